//! A client of the admin API: over Core's Unix socket, or over HTTP with `PETA_URL` and `PETA_TOKEN`.
//!
//! It knows no more than the contract in `peta-api`; whatever the command line can do, any client can.

use std::{path::PathBuf, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use peta_api::{Endpoint, Problem, route::Body as _};
use peta_dial::Answer;
use peta_model::Code;

use crate::{
    environment::Environment,
    fault::Fault,
    place::Place,
    way_out::{self, Line, Unsent},
};

/// The longest a command waits: learning a server takes up to 30 s.
const PATIENCE: Duration = Duration::from_secs(120);
/// The largest answer that is read.
const LARGEST: usize = 64 << 20;

/// How to reach one Core.
pub(crate) struct Client {
    way: Way,
    line: Line,
}

enum Way {
    Socket { path: PathBuf, dir: PathBuf },
    Url { base: Uri, token: HeaderValue },
}

/// What goes on coming: the bytes of a stream.
pub(crate) struct Stream(Answer);

impl Client {
    /// Over HTTP if the environment names a URL (and no data directory was named), else over the socket.
    pub(crate) fn find(place: &Place, environment: &Environment) -> Result<Self, Fault> {
        let Some(url) = environment.url.as_ref().filter(|_| !place.is_named()) else {
            let way = Way::Socket { path: place.socket(), dir: place.dir().to_owned() };
            return Ok(Self { way, line: Line::new()? });
        };
        let base = way_out::core_url(url)?;
        let token = environment.token.as_ref().and_then(|token| HeaderValue::try_from(format!("Bearer {token}")).ok());
        let mut token = token.ok_or_else(|| {
            Fault::new(
                Code::TOKEN_UNREADABLE,
                "PETA_URL is set, but PETA_TOKEN holds no administrator's token",
                "make one where Core runs, with `peta admin token`, or unset PETA_URL to use the socket",
            )
        })?;
        token.set_sensitive(true);
        Ok(Self { way: Way::Url { base, token }, line: Line::new()? })
    }

    /// Calls an operation.
    pub(crate) async fn call<E: Endpoint>(
        &self,
        names: &[&str],
        query: &E::Query,
        body: &E::Body,
    ) -> Result<E::Answer, Fault> {
        let asked = async {
            let body = if E::Body::NONE { None } else { Some(serde_json::to_vec(body).map_err(|e| unreadable(&e))?) };
            let response = self.send::<E>(names, query, body).await?;
            let bytes = whole(response.into_body()).await?;
            // What answers with no body answers with the type that needs none.
            let text: &[u8] = if E::Answer::NONE { b"null" } else { &bytes };
            serde_json::from_slice(text).map_err(|error| unreadable(&error))
        };
        tokio::time::timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(self.lost("it does not answer")))
    }

    /// Calls an operation that answers with a stream.
    pub(crate) async fn stream<E: Endpoint>(&self, names: &[&str], query: &E::Query) -> Result<Stream, Fault> {
        let asked = self.send::<E>(names, query, None);
        let response =
            tokio::time::timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(self.lost("it does not answer")))?;
        Ok(Stream(response.into_body()))
    }

    async fn send<E: Endpoint>(
        &self,
        names: &[&str],
        query: &E::Query,
        body: Option<Vec<u8>>,
    ) -> Result<Response<Answer>, Fault> {
        let operation = E::OPERATION;
        let mut request = Request::builder().method(operation.method.as_str()).uri(operation.target(names, query));
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request.body(Full::new(Bytes::from(body.unwrap_or_default()))).map_err(|e| unreadable(&e))?;
        let response = self.pass(request).await?;
        if response.status().is_success() { Ok(response) } else { Err(refused(response).await) }
    }

    async fn pass(&self, mut request: Request<Full<Bytes>>) -> Result<Response<Answer>, Fault> {
        match &self.way {
            Way::Socket { path, .. } => {
                request.headers_mut().insert(header::HOST, HeaderValue::from_static("localhost"));
                let stream = peta_dial::connect_unix(path).await.map_err(|error| self.unreached(&error))?;
                let mut sender = way_out::begin(stream).await.map_err(|error| self.lost(&error.to_string()))?;
                let answer = sender.send_request(request).await.map_err(|error| self.lost(&error.to_string()))?;
                Ok(answer.map(Answer::from))
            }
            Way::Url { base, token } => {
                request.headers_mut().insert(header::AUTHORIZATION, token.clone());
                self.line.send(base, request).await.map_err(|unsent| match unsent {
                    Unsent::Never(why) => self.lost(&why),
                    Unsent::Maybe => self.lost("the connection broke; look whether it was done before you try again"),
                })
            }
        }
    }

    /// Nobody listens at the socket.
    fn unreached(&self, error: &std::io::Error) -> Fault {
        use std::io::ErrorKind;
        let Way::Socket { path, dir } = &self.way else { return self.lost(&error.to_string()) };
        let (path, dir) = (path.display(), dir.display());
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::ConnectionRefused => Fault::new(
                Code::CORE_UNREACHABLE,
                format!("no Core is running on the data directory {dir}"),
                format!("start one with `peta serve --data {dir}`, or name another directory with --data"),
            ),
            ErrorKind::PermissionDenied => Fault::new(
                Code::CORE_UNREACHABLE,
                format!("the socket {path} belongs to another user"),
                "run this as the user who runs Core, or set PETA_URL and PETA_TOKEN",
            ),
            _ => self.lost(&error.to_string()),
        }
    }

    fn lost(&self, why: &str) -> Fault {
        let place = match &self.way {
            Way::Socket { path, .. } => path.display().to_string(),
            Way::Url { base, .. } => base.to_string(),
        };
        Fault::new(
            Code::CORE_UNREACHABLE,
            format!("Core cannot be reached at {place}: {why}"),
            "is it running, and is the address right? `peta doctor` looks closer",
        )
    }
}

impl Stream {
    /// The next bytes; none at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        loop {
            match self.0.frame().await {
                None => return Ok(None),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
                Some(Err(_)) => {
                    return Err(Fault::new(
                        Code::CORE_UNREACHABLE,
                        "the stream broke off",
                        "run the command again once Core is back",
                    ));
                }
            }
        }
    }
}

/// What Core said no with.
async fn refused(response: Response<Answer>) -> Fault {
    let status = response.status();
    let bytes = whole(response.into_body()).await.unwrap_or_default();
    if let Ok(problem) = serde_json::from_slice::<Problem>(&bytes) {
        let text = if problem.detail.is_empty() { problem.title } else { problem.detail };
        return Fault::answered(&problem.code, text, advice(status));
    }
    // The edge's refusals have no detail; what is not Core at all has no code either.
    let members: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let text = |name: &str| members.get(name).and_then(serde_json::Value::as_str);
    match (text("code"), text("title")) {
        (Some(code), Some(title)) => Fault::answered(code, title, advice(status)),
        _ => Fault::new(
            Code::CORE_UNREACHABLE,
            format!("what answered with {status} is not Core"),
            "does PETA_URL name Core itself, such as https://peta.example.com?",
        ),
    }
}

fn advice(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "PETA_TOKEN must hold an administrator's token: `peta admin token` makes one",
        StatusCode::FORBIDDEN => "use a token whose role allows it: `peta admin token --role owner`",
        _ => "",
    }
}

async fn whole(body: Answer) -> Result<Bytes, Fault> {
    let read = Limited::new(body, LARGEST).collect().await.map_err(|error| {
        let why = if error.is::<LengthLimitError>() { "its answer is too large" } else { "the answer broke off" };
        Fault::new(Code::CORE_UNREACHABLE, format!("Core cannot be reached: {why}"), "try again")
    })?;
    Ok(read.to_bytes())
}

fn unreadable(error: &dyn std::fmt::Display) -> Fault {
    Fault::new(
        Code::ADMIN_FAILED,
        format!("Core and this command do not understand each other: {error}"),
        "are both of the same version? `peta --version` and `peta doctor` tell",
    )
}
