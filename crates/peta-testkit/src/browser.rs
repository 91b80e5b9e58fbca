//! A browser without script: keeps cookies, sends forms, follows redirects one at a time.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;

use crate::{Answer, page::Form, raw::connect, within};

/// More pages than any sign-in has.
const STEPS: usize = 20;

/// Of one person.
#[derive(Default)]
pub struct Browser {
    /// By origin and name.
    pub cookies: BTreeMap<(String, String), String>,
}

impl Browser {
    pub async fn get(&mut self, url: &str) -> Answer {
        self.send(Method::GET, url, None).await
    }

    /// Presses the button of the page at this URL.
    pub async fn press(&mut self, url: &str) -> Answer {
        let origin = origin(url).to_owned();
        self.send(Method::POST, url, Some((&origin, String::new()))).await
    }

    /// Opens a link and does what its pages ask for, as the person of this name: presses buttons, signs in, agrees. The
    /// last page.
    pub async fn walk(&mut self, link: &str, who: &str) -> Answer {
        let (mut at, mut page) = (link.to_owned(), self.get(link).await);
        for _ in 0..STEPS {
            if (300..400).contains(&page.status) {
                at = join(&at, page.header("location"));
                page = self.get(&at).await;
                continue;
            }
            let Some(form) = Form::find(&page.body) else { return page };
            let (from, filled) = (origin(&at).to_owned(), form.filled(who));
            at = join(&at, &form.action);
            page = self.send(Method::POST, &at, Some((&from, filled))).await;
        }
        panic!("{link} leads on and on: {page:?}");
    }

    /// Opens a link, presses its button, signs in where it leads, and comes back; the last page.
    pub async fn connect(&mut self, link: &str) -> Answer {
        let back = self.go(link).await;
        self.get(&back).await
    }

    /// The same without coming back: where the authorization server sends the browser.
    pub async fn go(&mut self, link: &str) -> String {
        let page = self.get(link).await;
        assert_eq!(page.status, 200, "{page:?}");
        let pressed = self.press(link).await;
        assert_eq!(pressed.status, 303, "{pressed:?}");
        let there = self.get(pressed.header("location")).await;
        assert_eq!(there.status, 302, "{there:?}");
        there.header("location").to_owned()
    }

    /// A form goes out with the origin of the page that it stands on.
    async fn send(&mut self, method: Method, url: &str, form: Option<(&str, String)>) -> Answer {
        let at = origin(url).to_owned();
        let host = at.trim_start_matches("http://").to_owned();
        let target = url.strip_prefix(&at).filter(|path| !path.is_empty()).unwrap_or("/").to_owned();
        let mut request = Request::builder().method(method).uri(target).header(header::HOST, &host);
        request = request.header(header::ACCEPT, "text/html");
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .filter(|((origin, _), _)| *origin == at)
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let mut body = Bytes::new();
        if let Some((from, filled)) = form {
            request = request.header(header::ORIGIN, from);
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            body = filled.into();
        }
        let request = request.body(Full::new(body)).expect("a request");
        let response = within("a page", async {
            let (mut sender, connection) =
                hyper::client::conn::http1::handshake(TokioIo::new(connect(&host).await)).await.expect("HTTP");
            tokio::spawn(connection);
            sender.send_request(request).await.expect("an answer")
        })
        .await;
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let text = cookie.to_str().expect("a cookie");
            let (name, value) = text.split(';').next().and_then(|pair| pair.split_once('=')).expect("a pair");
            let key = (at.clone(), name.to_owned());
            // An empty one takes an older one away.
            if value.is_empty() {
                self.cookies.remove(&key)
            } else {
                self.cookies.insert(key, value.to_owned())
            };
        }
        let body = body.collect().await.expect("a body").to_bytes();
        let body = String::from_utf8_lossy(&body).into_owned();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }
}

fn origin(url: &str) -> &str {
    let end = url.match_indices('/').nth(2).map_or(url.len(), |(at, _)| at);
    &url[..end]
}

/// Where a page's reference leads: elsewhere, to its own origin, or, where it is empty, to the page itself.
fn join(page: &str, to: &str) -> String {
    if to.is_empty() {
        page.to_owned()
    } else if to.starts_with('/') {
        format!("{}{to}", origin(page))
    } else {
        assert!(to.starts_with("http://"), "{to} on {page}");
        to.to_owned()
    }
}
