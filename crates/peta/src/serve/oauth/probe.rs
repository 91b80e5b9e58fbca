//! What a server says to whoever shows nothing: its challenge names where its metadata stands, and what to ask for.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use peta_dial::{Answer, Http, Target};
use peta_identity::oauth::Challenge;

use super::clerk::Clerk;

const WITHIN: std::time::Duration = std::time::Duration::from_secs(10);
const VERSION: &str = "2025-11-25";
const GREETING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"peta","version":"1"}}}"#;
const LIST: &str = r#"{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{}}"#;
const SESSION: &str = "mcp-session-id";

impl Clerk {
    /// Nothing where there is none: the metadata may stand at its usual places all the same. Some servers greet everybody,
    /// and name what they want only when they are asked for something.
    pub(super) async fn probe(&self, url: &str) -> Option<Challenge> {
        let target = self.dialer().target(url).ok()?;
        let greeted = self.ask(&target, (Method::POST, GREETING), HeaderMap::new()).await?;
        if !greeted.status().is_success() {
            return challenge(&greeted);
        }
        let mut headers = HeaderMap::from_iter([(
            header::HeaderName::from_static("mcp-protocol-version"),
            HeaderValue::from_static(VERSION),
        )]);
        let session = greeted.headers().get(SESSION).cloned();
        if let Some(session) = &session {
            headers.insert(SESSION, session.clone());
        }
        let asked = self.ask(&target, (Method::POST, LIST), headers.clone()).await;
        if session.is_some() {
            // What is not said is that it was done: the server ends it by itself, too.
            self.ask(&target, (Method::DELETE, ""), headers).await;
        }
        challenge(&asked?)
    }

    async fn ask(
        &self,
        target: &Target,
        (method, body): (Method, &'static str),
        headers: HeaderMap,
    ) -> Option<Response<Answer>> {
        let request = Request::builder()
            .method(method)
            .uri(target.path())
            .header(header::ACCEPT, "application/json, text/event-stream")
            .header(header::CONTENT_TYPE, "application/json");
        let mut request = request.body(Full::new(Bytes::from_static(body.as_bytes()))).ok()?;
        request.headers_mut().extend(headers);
        let http = Http::new(self.dialer(), target.clone());
        tokio::time::timeout(WITHIN, http.send_once(request)).await.ok()?.ok()
    }
}

fn challenge(answer: &Response<Answer>) -> Option<Challenge> {
    if answer.status() != StatusCode::UNAUTHORIZED {
        return None;
    }
    let headers = answer.headers().get_all(header::WWW_AUTHENTICATE);
    Challenge::find(headers.iter().filter_map(|header| header.to_str().ok()))
}
