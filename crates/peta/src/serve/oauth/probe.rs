//! What a server says to whoever shows nothing: its challenge names where its metadata stands.

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::Full;
use peta_dial::Http;
use peta_identity::oauth::Challenge;

use super::clerk::Clerk;

const WITHIN: std::time::Duration = std::time::Duration::from_secs(10);
const GREETING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"peta","version":"1"}}}"#;

impl Clerk {
    /// Nothing where there is none: the metadata may stand at its usual places all the same.
    pub(super) async fn probe(&self, url: &str) -> Option<Challenge> {
        let target = self.dialer().target(url).ok()?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(target.path())
            .header(header::ACCEPT, "application/json, text/event-stream")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from_static(GREETING.as_bytes())))
            .ok()?;
        let http = Http::new(self.dialer(), target);
        let answer = tokio::time::timeout(WITHIN, http.send_once(request)).await.ok()?.ok()?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            return None;
        }
        let headers = answer.headers().get_all(header::WWW_AUTHENTICATE);
        Challenge::find(headers.iter().filter_map(|header| header.to_str().ok()))
    }
}
