//! The only file that turns errors into replies of the admin API: problem details (RFC 9457), one code each.
//! What a reply says is safe to show: never a secret, never a Rust type, never the database's own words.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use peta_api::Problem;
use peta_model::{Code, Moment};
use peta_store::{ChangeError, ExpiryError, NoLogKey, NotRecorded, QueryError};
use peta_vault::{
    envelope::{OpenError, SealError},
    keyring::LendError,
    safe::{NotLent, NotSealed},
};

use crate::{connector::NotConnected, keeper::NotKept};

/// Why a request is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    status: StatusCode,
    code: Code,
    detail: String,
    field: Option<String>,
    /// What `WWW-Authenticate` says, on 401.
    challenge: Option<&'static str>,
    /// Whether the store has written it into the record already.
    recorded: bool,
}

impl Fault {
    fn new(status: StatusCode, code: Code, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), field: None, challenge: None, recorded: false }
    }

    pub(crate) const fn code(&self) -> Code {
        self.code
    }

    /// Whether something broke, rather than being refused.
    pub(crate) fn is_failure(&self) -> bool {
        self.status.is_server_error()
    }

    pub(crate) const fn is_recorded(&self) -> bool {
        self.recorded
    }

    /// 401: no token at all.
    pub(crate) fn no_token() -> Self {
        let detail = "this needs an administrator's token: send `Authorization: Bearer peta_ac_…`. \
                      `peta admin token` makes one";
        Self { challenge: Some("Bearer"), ..Self::new(StatusCode::UNAUTHORIZED, Code::ADMIN_NOT_SIGNED_IN, detail) }
    }

    /// 401: a token that opens nothing (unknown, misspelt, expired, revoked).
    pub(crate) fn bad_token() -> Self {
        let detail = "the token is unknown, misspelt, expired or revoked. `peta admin token` makes a new one";
        let challenge = Some("Bearer error=\"invalid_token\"");
        Self { challenge, ..Self::new(StatusCode::UNAUTHORIZED, Code::ADMIN_NOT_SIGNED_IN, detail) }
    }

    /// 403: an agent's token. It opens no door here, whatever is behind it.
    pub(crate) fn agents_token() -> Self {
        let detail = "an agent's token opens nothing here; this needs an administrator's token";
        Self::new(StatusCode::FORBIDDEN, Code::ADMIN_ROLE, detail)
    }

    /// 403: the role does not allow the action. The answer is the same whether the thing asked about exists or not.
    pub(crate) fn not_allowed(role: &str, action: &str) -> Self {
        let detail = format!("the role `{role}` does not allow `{action}`; ask an owner");
        Self::new(StatusCode::FORBIDDEN, Code::ADMIN_ROLE, detail)
    }

    /// 403: what was said in calls, to anybody but the one role.
    pub(crate) fn not_said(role: &str) -> Self {
        let detail = format!(
            "the role `{role}` does not allow `payload:read`; only the role `payloads` does, and `peta admin token --role \
             payloads` makes a token of it, on record"
        );
        Self::new(StatusCode::FORBIDDEN, Code::ADMIN_ROLE, detail)
    }

    pub(crate) fn no_route() -> Self {
        Self::new(StatusCode::NOT_FOUND, Code::ADMIN_NO_ROUTE, "there is no such address in the admin API")
    }

    pub(crate) fn no_method() -> Self {
        let detail = "this address does not take that HTTP method; `Allow` names those it takes";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, Code::METHOD_NOT_ALLOWED, detail)
    }

    pub(crate) fn media_type() -> Self {
        let detail = "send the body as `Content-Type: application/json`";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::MEDIA_TYPE, detail)
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        let detail = format!("the body is over {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, Code::TOO_LARGE, detail)
    }

    pub(crate) fn bad_body(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Code::ADMIN_BAD_BODY, detail)
    }

    pub(crate) fn bad_field(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::new(StatusCode::BAD_REQUEST, Code::ADMIN_BAD_FIELD, detail) }
    }

    /// 404: there is no `what` (server, agent) of that name.
    pub(crate) fn not_found(what: &str, name: &str) -> Self {
        let shown: String = name.chars().take(80).flat_map(char::escape_debug).collect();
        let detail = format!("there is no {what} named `{shown}`; `peta {what} list` shows those there are");
        Self::new(StatusCode::NOT_FOUND, Code::ADMIN_NOT_FOUND, detail)
    }

    pub(crate) fn no_such_event() -> Self {
        let detail = "there is no event of that id or number in the record";
        Self::new(StatusCode::NOT_FOUND, Code::ADMIN_NOT_FOUND, detail)
    }

    /// 410: it was there.
    pub(crate) fn expired(number: u64, at: Moment) -> Self {
        let detail = format!("entry {number} of the record expired on {at}; its hash is still in the tree");
        Self::new(StatusCode::GONE, Code::RECORD_EXPIRED, detail)
    }

    pub(crate) fn no_archive() -> Self {
        let detail = "no archive is set; `peta audit archive set --to …` says where files of the record go";
        Self::new(StatusCode::NOT_FOUND, Code::ADMIN_NOT_FOUND, detail)
    }

    /// What whoever reads the archive says.
    pub(crate) fn of_archive((code, why): (Code, String)) -> Self {
        match code {
            Code::VAULT_LOCKED => Self::locked(),
            Code::ARCHIVE_AWAY => Self::new(StatusCode::SERVICE_UNAVAILABLE, code, why),
            code => Self::new(StatusCode::BAD_GATEWAY, code, why),
        }
    }

    pub(crate) fn no_such_person(name: &str) -> Self {
        let detail =
            format!("nothing of a person named `{name}` is in the record; names are those that agents have (`--user`)");
        Self::new(StatusCode::NOT_FOUND, Code::ADMIN_NOT_FOUND, detail)
    }

    /// A tile or an entry.
    pub(crate) fn not_in_tree(what: &str) -> Self {
        let detail = format!("the record's tree has no such {what} yet; `GET /api/v1/audit/log` tells its size");
        Self::new(StatusCode::NOT_FOUND, Code::ADMIN_NOT_FOUND, detail)
    }

    pub(crate) fn no_such_token() -> Self {
        let detail = "there is no administrator's token of that id";
        Self::new(StatusCode::NOT_FOUND, Code::ADMIN_NOT_FOUND, detail)
    }

    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, Code::ADMIN_CONFLICT, detail)
    }

    /// 400: the secret cannot be stored so, or not be delivered so. The text never holds it.
    pub(crate) fn unfit(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::new(StatusCode::BAD_REQUEST, Code::SECRET_UNFIT, detail) }
    }

    /// 423: without its keys the vault gives nothing and takes nothing.
    pub(crate) fn locked() -> Self {
        let detail = "the vault is locked; `peta vault unlock` unlocks it";
        Self::new(StatusCode::LOCKED, Code::VAULT_LOCKED, detail)
    }

    pub(crate) fn damaged() -> Self {
        let detail =
            "what is stored of the credential does not open: set its secret again with `peta credential rotate`";
        Self::new(StatusCode::CONFLICT, Code::CREDENTIAL_DAMAGED, detail)
    }

    /// The same, now that it is on record.
    pub(crate) fn on_record(self) -> Self {
        Self { recorded: true, ..self }
    }

    fn closing() -> Self {
        let detail = "Core is shutting down; try again when it is back";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, Code::DRAINING, detail)
    }

    /// 422: too much would have to be opened.
    fn too_wide(code: Code, field: &str, why: &dyn std::fmt::Display) -> Self {
        let detail = format!("{why}; narrow the search by time, agent or server");
        Self { field: Some(field.to_owned()), ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail) }
    }

    /// 500: something broke; what, is told in Core's own log only.
    pub(crate) fn failed(why: &dyn std::fmt::Display) -> Self {
        tracing::error!(%why, "an administrator's request failed");
        let detail = "something broke inside Core; its log tells what";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, Code::ADMIN_FAILED, detail)
    }

    /// As it is shown.
    pub(crate) fn shown(self) -> Problem {
        Problem {
            kind: self.code.help(),
            title: self.code.title().to_owned(),
            status: self.status.as_u16(),
            code: self.code.to_string(),
            detail: self.detail,
            help: self.code.help(),
            field: self.field,
        }
    }
}

/// The store records what it refuses.
impl From<ChangeError> for Fault {
    fn from(error: ChangeError) -> Self {
        let refused = |status, detail: String| Self::new(status, error.code(), detail);
        let fault = match &error {
            ChangeError::NameTaken(_) => {
                let fault = refused(StatusCode::CONFLICT, format!("{error}; choose another name"));
                Self { field: Some("name".to_owned()), ..fault }
            }
            ChangeError::NotFound(_) => refused(StatusCode::NOT_FOUND, error.to_string()),
            ChangeError::Conflict(_) => refused(StatusCode::CONFLICT, error.to_string()),
            ChangeError::Failed(cause) => Self::failed(&cause),
            ChangeError::NotRecorded => return NotRecorded.into(),
            ChangeError::NoEntropy => Self::failed(&error),
            ChangeError::Closed => Self::closing(),
            ChangeError::Keys(fault) => Self::new(StatusCode::CONFLICT, fault.code, error.to_string()),
        };
        Self { recorded: true, ..fault }
    }
}

impl From<NotRecorded> for Fault {
    fn from(_: NotRecorded) -> Self {
        let detail = "the act cannot be recorded, so it was not done; look at the disk that holds the data directory";
        Self { recorded: true, ..Self::new(StatusCode::SERVICE_UNAVAILABLE, Code::NOT_RECORDED, detail) }
    }
}

impl From<QueryError> for Fault {
    fn from(error: QueryError) -> Self {
        match &error {
            QueryError::Failed(cause) => Self::failed(&cause),
            QueryError::Closed => Self::closing(),
            QueryError::TooWide => Self::too_wide(error.code(), "capability", &error),
            QueryError::TooMuchSaid => Self::too_wide(error.code(), "text", &error),
        }
    }
}

impl From<ExpiryError> for Fault {
    fn from(error: ExpiryError) -> Self {
        match error {
            ExpiryError::Io(error) => Self::failed(&error),
            ExpiryError::NotRecorded(error) => error.into(),
            ExpiryError::Store(error) => error.into(),
            ExpiryError::Closed => Self::closing(),
        }
    }
}

impl From<NotSealed> for Fault {
    fn from(error: NotSealed) -> Self {
        match &error {
            NotSealed::Unfit(why) => Self::unfit("secret", why.to_string()),
            NotSealed::Digest(LendError::Locked)
            | NotSealed::Seal(SealError::Locked | SealError::Open(OpenError::Locked)) => Self::locked(),
            NotSealed::Seal(SealError::Open(_)) => Self::damaged(),
            NotSealed::Seal(SealError::TooLong) => Self::unfit("secret", "the secret is too long"),
            NotSealed::Seal(_) | NotSealed::Digest(_) => Self::failed(&error),
        }
    }
}

impl From<NoLogKey> for Fault {
    fn from(error: NoLogKey) -> Self {
        match error {
            NoLogKey::Store(error) => error.into(),
            NoLogKey::Sealed(error) => error.into(),
            NoLogKey::Opened(_) | NoLogKey::Damaged => Self::failed(&error),
        }
    }
}

impl From<NotLent> for Fault {
    fn from(error: NotLent) -> Self {
        match &error {
            NotLent::Locked => Self::locked(),
            NotLent::Unbound => Self::new(StatusCode::CONFLICT, Code::CREDENTIAL_UNBOUND, error.to_string()),
            NotLent::Damaged(_) => Self::damaged(),
            NotLent::Full => Self::new(StatusCode::SERVICE_UNAVAILABLE, Code::ARENA_FULL, error.to_string()),
        }
    }
}

impl From<NotConnected> for Fault {
    fn from(error: NotConnected) -> Self {
        let status = match error.code {
            Code::VAULT_LOCKED => StatusCode::LOCKED,
            Code::PROVIDER_BUSY => StatusCode::SERVICE_UNAVAILABLE,
            Code::METADATA_UNTRUSTED | Code::PROVIDER_GARBAGE | Code::CONNECT_REFUSED => StatusCode::BAD_GATEWAY,
            Code::ADMIN_FAILED => return Self::failed(&error.text),
            _ => StatusCode::CONFLICT,
        };
        Self::new(status, error.code, error.text)
    }
}

impl From<NotKept> for Fault {
    fn from(error: NotKept) -> Self {
        let text = error.to_string();
        match error {
            NotKept::Locked => Self::locked(),
            NotKept::NoPassphrase => Self::bad_field("passphrase", text),
            NotKept::WrongPassphrase => Self {
                field: Some("passphrase".to_owned()),
                ..Self::new(StatusCode::BAD_REQUEST, Code::PASSPHRASE_WRONG, text)
            },
            NotKept::Wait(_) => Self::new(StatusCode::TOO_MANY_REQUESTS, Code::PASSPHRASE_WAIT, text),
            NotKept::Unavailable(_) => Self::new(StatusCode::SERVICE_UNAVAILABLE, Code::ROOT_UNAVAILABLE, text),
            NotKept::OtherRoot(_) => Self::new(StatusCode::CONFLICT, Code::ROOT_OTHER, text),
            NotKept::Unusable(_) => Self::new(StatusCode::CONFLICT, Code::ROOT_UNUSABLE, text),
            NotKept::Busy => Self::new(StatusCode::CONFLICT, Code::VAULT_BUSY, text),
            NotKept::Conflict(_) => Self::conflict(text),
            // What the store refuses here it has not recorded: it is no act of its own.
            NotKept::Store(error) => Self { recorded: false, ..error.into() },
            NotKept::Failed(_) => Self::failed(&text),
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let (status, challenge) = (self.status, self.challenge);
        let body = serde_json::to_vec(&self.shown()).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        if let Some(challenge) = challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}
