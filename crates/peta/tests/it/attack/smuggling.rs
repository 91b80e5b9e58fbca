//! Request smuggling (T03): Core behind proxies that frame requests by the one header or by the other and share one
//! connection among their clients. Whatever an attacker sends, the next client's answer is its own.

use peta_testkit::{Setup, raw_socket, within};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::house::{Solo, Way};

/// By which header a proxy says where a request ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Believes {
    Length,
    Chunks,
}

/// A careless proxy: it takes one request at a time from a client, by its own reading, and sends its bytes on as they are
/// over the one connection that it keeps to Core; then it hands back the first answer that comes.
struct Proxy {
    listener: TcpListener,
    core: String,
    believes: Believes,
    back: Option<TcpStream>,
}

impl Proxy {
    async fn before(core: &str, believes: Believes) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { listener, core: core.to_owned(), believes, back: None }
    }

    /// One client sends these bytes; what it gets back.
    async fn client(&mut self, bytes: &[u8]) -> String {
        let address = self.listener.local_addr().unwrap().to_string();
        let mut client = raw_socket(&address).await;
        client.write_all(bytes).await.unwrap();
        client.shutdown().await.unwrap();
        let (mut served, _) = self.listener.accept().await.unwrap();
        let mut all = Vec::new();
        served.read_to_end(&mut all).await.unwrap();
        let request = all.get(..self.end_of(&all)).unwrap_or(&all).to_vec();
        within("an answer through the proxy", self.pass_on(&request)).await
    }

    /// Where this proxy thinks that the first request ends.
    fn end_of(&self, all: &[u8]) -> usize {
        let text = String::from_utf8_lossy(all);
        let head = text.find("\r\n\r\n").map_or(all.len(), |at| at + 4);
        let lower = text[..head].to_ascii_lowercase();
        match self.believes {
            Believes::Length => {
                // Of several it takes the last, as one of the real ones did.
                let length = lower.rsplit("content-length:").next().filter(|_| lower.contains("content-length:"));
                let digits: String =
                    length.unwrap_or("0").trim_start().chars().take_while(char::is_ascii_digit).collect();
                (head + digits.parse::<usize>().unwrap_or(0)).min(all.len())
            }
            Believes::Chunks => match text[head..].find("0\r\n\r\n") {
                Some(at) if lower.contains("chunked") => head + at + 5,
                _ => all.len(),
            },
        }
    }

    async fn pass_on(&mut self, request: &[u8]) -> String {
        for _ in 0..2 {
            if self.back.is_none() {
                self.back = Some(raw_socket(&self.core).await);
            }
            let back = self.back.as_mut().unwrap();
            let sent = back.write_all(request).await.is_ok();
            if let Some(answer) = if sent { one_answer(back).await } else { None } {
                if answer.to_ascii_lowercase().contains("connection: close") {
                    self.back = None;
                }
                return answer;
            }
            // The connection it kept was closed meanwhile: it takes a new one, as proxies do.
            self.back = None;
        }
        String::new()
    }
}

/// One answer with a length, or none if the connection ends first (or Core waits for more of the request).
async fn one_answer(back: &mut TcpStream) -> Option<String> {
    let mut all = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&all).to_string();
        if let Some(head) = text.find("\r\n\r\n") {
            let length = text.to_ascii_lowercase();
            let length = length.split("content-length: ").nth(1)?.split("\r\n").next()?.parse::<usize>().ok()?;
            if all.len() >= head + 4 + length {
                return Some(String::from_utf8_lossy(&all[..head + 4 + length]).into_owned());
            }
        }
        match tokio::time::timeout(std::time::Duration::from_secs(3), back.read(&mut piece)).await {
            Ok(Ok(count)) if count > 0 => all.extend_from_slice(&piece[..count]),
            _ => return None,
        }
    }
}

/// Heads by which the two readings part. `{len}` and `{body}` are filled in.
const HEADS: [&str; 10] = [
    "Content-Length: {len}\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\nContent-Length: {len}\r\n",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\nContent-Length: {len}\r\n",
    "Transfer-Encoding: xchunked\r\nContent-Length: {len}\r\n",
    "Transfer-Encoding : chunked\r\nContent-Length: {len}\r\n",
    "Transfer-Encoding:\x0bchunked\r\nContent-Length: {len}\r\n",
    "X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: {len}\r\n",
    "Content-Length: 5\r\nContent-Length: {len}\r\n",
    "Content-Length: {len}\r\nContent-Length: 5\r\n",
    "Content-Length: +{len}\r\nTransfer-Encoding: chunked\r\n",
];

#[tokio::test]
async fn smuggling() {
    let setup = Setup::new().config("[limits]\nbody_read = \"1s\"\nhead_read = \"1s\"");
    let solo = Solo::on(setup, Way::Stdio, &[], &[]).await;
    let address = solo.core.address.clone();
    let thief = solo.core.token("thief", &[]).await;
    let (token, session) = (solo.agent.token.clone().unwrap(), solo.agent.session.clone().unwrap());
    let victim = |id: usize| {
        let body = format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"echo","arguments":{{"of":"victim"}}}}}}"#
        );
        format!(
            "POST /mcp/fix HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nMcp-Session-Id: {session}\r\n\
             Content-Type: application/json\r\nAccept: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    // What the attacker hopes that Core takes for a request of its own, or for the head of the victim's.
    let hidden = format!("GET /smuggled HTTP/1.1\r\nHost: {address}\r\nX-Swallow: ");
    let mut id = 100;
    for believes in [Believes::Length, Believes::Chunks] {
        for head in HEADS {
            for body in
                [format!("0\r\n\r\n{hidden}"), format!("5\r\nabcde\r\n0\r\n\r\n{hidden}"), format!("{{\"a\"}}{hidden}")]
            {
                let mut proxy = Proxy::before(&address, believes).await;
                let head = head.replace("{len}", &body.len().to_string());
                let attack = format!(
                    "POST /mcp HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {thief}\r\nContent-Type: application/json\r\n{head}\r\n{body}"
                );
                let first = proxy.client(attack.as_bytes()).await;
                assert!(first.is_empty() || first.starts_with("HTTP/1.1 4"), "{believes:?} {head:?}: {first}");
                id += 1;
                let second = proxy.client(victim(id).as_bytes()).await;
                assert!(
                    second.starts_with("HTTP/1.1 200"),
                    "{believes:?} {head:?} {body:?}: the victim got {second:?}"
                );
                assert!(
                    second.contains(&format!("\"id\":{id}")) && second.contains("victim"),
                    "{believes:?} {head:?}: {second}"
                );
            }
        }
    }
    let sent = solo.received("victim");
    assert_eq!(sent.len(), id - 100, "each of the victim's calls came once");
}

/// Towards servers, requests are made anew: nothing of an agent's head goes along.
#[tokio::test]
async fn nothing_of_a_head_goes_south() {
    let solo = Solo::by(Way::Http, &[], &[]).await;
    for (name, value) in [
        ("x-secret-note", "from-the-agent"),
        ("cookie", "from-the-agent"),
        ("x-forwarded-for", "from-the-agent"),
        ("user-agent", "from-the-agent"),
        ("trailer", "from-the-agent"),
        ("keep-alive", "from-the-agent"),
        ("te", "from-the-agent"),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ("mcp-name", "from-the-agent"),
    ] {
        let call = solo.agent.request_text("tools/call", r#"{"name":"echo","arguments":{}}"#);
        let answer = solo.agent.post(&call).header(name, value).send().await;
        assert_eq!(answer.status, 200, "{name}: {answer:?}");
    }
    let heads: Vec<String> =
        solo.traced().into_iter().filter(|line| line.way == "headers").map(|line| line.text).collect();
    assert!(heads.len() > 9);
    for head in heads {
        assert!(!head.contains("from-the-agent") && !head.contains("0af7651916cd43dd"), "{head}");
    }
}
