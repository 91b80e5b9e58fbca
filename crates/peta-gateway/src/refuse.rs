//! The one file that turns refusals and failures into replies to agents: a JSON-RPC error where a request can be
//! answered, `application/problem+json` (RFC 9457) below that.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use peta_mcp::{Fault, Malformed, write};
use peta_model::{Code, Outcome};

use crate::body::Body;

/// JSON-RPC's own codes, and MCP's.
pub(crate) mod rpc {
    pub(crate) const PARSE: i64 = -32_700;
    pub(crate) const INVALID_REQUEST: i64 = -32_600;
    pub(crate) const METHOD_NOT_FOUND: i64 = -32_601;
    pub(crate) const INVALID_PARAMS: i64 = -32_602;
    pub(crate) const INTERNAL: i64 = -32_603;
    pub(crate) const RESOURCE_NOT_FOUND: i64 = -32_002;
    pub(crate) const URL_ELICITATION: i64 = -32_042;
}

/// Why a request was not carried out: a code, a JSON-RPC code, and a sentence that is safe to show.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) code: Code,
    rpc: i64,
    text: String,
    /// A member of `data` besides `code` and `help`: its name and raw value.
    extra: Option<(&'static str, String)>,
    outcome: Outcome,
}

impl Refusal {
    /// Peta says no.
    pub(crate) fn new(code: Code, rpc: i64, text: impl Into<String>) -> Self {
        Self { code, rpc, text: text.into(), extra: None, outcome: Outcome::Refused }
    }

    /// Something broke, or took too long.
    pub(crate) fn failure(code: Code, text: impl Into<String>) -> Self {
        let outcome = match code {
            Code::SERVER_IDLE_TIMEOUT | Code::SERVER_TOTAL_TIMEOUT => Outcome::Timeout,
            Code::CALL_CANCELLED => Outcome::Cancelled,
            _ => Outcome::Failed,
        };
        Self { code, rpc: rpc::INTERNAL, text: text.into(), extra: None, outcome }
    }

    /// With one more member of `data`, as it is written there.
    pub(crate) fn with(self, name: &'static str, raw: String) -> Self {
        Self { extra: Some((name, raw)), ..self }
    }

    pub(crate) fn bad_params(text: impl Into<String>) -> Self {
        Self::new(Code::BAD_PARAMS, rpc::INVALID_PARAMS, text)
    }

    pub(crate) fn no_method(method: &str) -> Self {
        Self::new(Code::UNKNOWN_METHOD, rpc::METHOD_NOT_FOUND, format!("Method not found: {}", shown(method)))
    }

    pub(crate) fn not_offered(feature: &str) -> Self {
        Self::new(Code::FEATURE_NOT_OFFERED, rpc::METHOD_NOT_FOUND, format!("The server does not offer {feature}"))
    }

    /// The same for what does not exist and for what this caller may not use.
    pub(crate) fn no_tool(name: &str) -> Self {
        Self::new(Code::NO_SUCH_CAPABILITY, rpc::INVALID_PARAMS, format!("Unknown tool: {}", shown(name)))
    }

    pub(crate) fn no_prompt(name: &str) -> Self {
        Self::new(Code::NO_SUCH_CAPABILITY, rpc::INVALID_PARAMS, format!("Unknown prompt: {}", shown(name)))
    }

    pub(crate) fn no_resource(uri: &str) -> Self {
        let mut this = Self::new(Code::NO_SUCH_CAPABILITY, rpc::RESOURCE_NOT_FOUND, "Resource not found");
        this.extra = Some(("uri", write::string(uri)));
        this
    }

    pub(crate) fn task_support(text: &str) -> Self {
        Self::new(Code::TASK_SUPPORT, rpc::METHOD_NOT_FOUND, text)
    }

    /// The same for an id that was never given, for another's, and for one whose tool this caller may not use any more.
    pub(crate) fn no_task() -> Self {
        Self::new(Code::NO_SUCH_TASK, rpc::INVALID_PARAMS, "Unknown task")
    }

    pub(crate) fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The JSON-RPC error that answers a request with this id (as written).
    pub(crate) fn error(&self, id_raw: &str) -> Bytes {
        let extra = self.extra.as_ref().map(|(name, raw)| format!(r#","{name}":{raw}"#)).unwrap_or_default();
        let data = format!(r#"{{"code":"{}","help":"{}"{extra}}}"#, self.code, self.code.help());
        write::error(id_raw, self.rpc, &self.text, Some(&data))
    }

    /// The error as an HTTP answer of its own.
    pub(crate) fn response(&self, status: StatusCode, id_raw: &str) -> Response<Body> {
        json(status, self.error(id_raw))
    }
}

impl From<&Malformed> for Refusal {
    fn from(malformed: &Malformed) -> Self {
        let (code, rpc) = match malformed.fault {
            Fault::NotUtf8 | Fault::NotJson { .. } => (Code::NOT_JSON, rpc::PARSE),
            Fault::TooLarge { .. } => (Code::TOO_LARGE, rpc::INVALID_REQUEST),
            Fault::TooDeep { .. } => (Code::TOO_DEEP, rpc::INVALID_REQUEST),
            Fault::DuplicateKey => (Code::DUPLICATE_KEY, rpc::INVALID_REQUEST),
            Fault::LoneSurrogate => (Code::LONE_SURROGATE, rpc::INVALID_REQUEST),
            Fault::NotAMessage(_) => (Code::NOT_A_MESSAGE, rpc::INVALID_REQUEST),
            Fault::BadId { .. } => (Code::BAD_ID, rpc::INVALID_REQUEST),
        };
        Self::new(code, rpc, malformed.fault.to_string())
    }
}

/// What a caller sent, cut and escaped, so that it forges nothing where it is shown.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(200).flat_map(char::escape_debug).collect()
}

/// A JSON answer.
pub(crate) fn json(status: StatusCode, text: Bytes) -> Response<Body> {
    json_body(status, Body::text(text))
}

/// A JSON answer that is a body already.
pub(crate) fn json_body(status: StatusCode, body: Body) -> Response<Body> {
    typed(status, "application/json", body)
}

/// A refusal below JSON-RPC.
pub(crate) fn problem(status: StatusCode, code: Code) -> Response<Body> {
    let text = format!(
        r#"{{"type":"about:blank","title":"{}","status":{},"code":"{code}","help":"{}"}}"#,
        code.title(),
        status.as_u16(),
        code.help()
    );
    let mut response = typed(status, "application/problem+json", Body::text(text));
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

fn typed(status: StatusCode, media_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}
