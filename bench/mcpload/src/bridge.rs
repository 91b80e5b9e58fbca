//! A bare bridge from Streamable HTTP to stdio: the floor for gateways with stdio servers.
//!
//! Every HTTP connection gets a server process of its own, so that nothing has to be matched:
//! one request, one line to the child, one line back.

use std::convert::Infallible;
use std::process::Stdio;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Mutex;

use crate::args::Args;

pub const HELP: &str = "\
mcpload bridge: a bare bridge from HTTP to stdio servers, the floor for managed stdio servers.

  mcpload bridge [--listen ADDR] [-- COMMAND ARGS…]

  --listen ADDR   address to listen on (default 127.0.0.1:9202), any path
  --threads N     worker threads (default 1)

COMMAND (default: mcpload stdio-upstream) is started once per HTTP connection. There are no
sessions; requests of one connection are answered in turn, notifications with 202.";

struct Server {
    /// Ends the process when dropped.
    _child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Server {
    fn start(command: &[String]) -> Result<Self, String> {
        let (program, args) = command.split_first().ok_or("no command")?;
        let mut child = Command::new(program)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| format!("{program}: {e}"))?;
        let input = child.stdin.take().ok_or("no standard input")?;
        let output = BufReader::new(child.stdout.take().ok_or("no standard output")?);
        Ok(Self { _child: child, input, output })
    }

    /// Passes one message on; the answer is empty for a notification.
    async fn exchange(&mut self, message: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut line = Vec::with_capacity(message.len() + 1);
        line.extend_from_slice(message);
        line.push(b'\n');
        self.input.write_all(&line).await?;
        line.clear();
        // Our load generator puts the id, if any, in front.
        if message.windows(5).take(64).any(|w| w == b"\"id\":") {
            self.output.read_until(b'\n', &mut line).await?;
        }
        Ok(line)
    }
}

async fn handle(server: &Mutex<Server>, req: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let answer = |status, body: Vec<u8>| {
        let mut resp = Response::new(Full::new(Bytes::from(body)));
        *resp.status_mut() = status;
        let kind = HeaderValue::from_static("application/json");
        resp.headers_mut().insert(CONTENT_TYPE, kind);
        resp
    };
    if req.method() != Method::POST {
        return Ok(answer(StatusCode::METHOD_NOT_ALLOWED, Vec::new()));
    }
    let Ok(body) = req.into_body().collect().await else {
        return Ok(answer(StatusCode::BAD_REQUEST, Vec::new()));
    };
    Ok(match server.lock().await.exchange(&body.to_bytes()).await {
        Ok(line) if line.is_empty() => answer(StatusCode::ACCEPTED, line),
        Ok(line) => answer(StatusCode::OK, line),
        Err(_) => answer(StatusCode::BAD_GATEWAY, Vec::new()),
    })
}

pub async fn run(args: &Args) -> Result<(), String> {
    args.allow_only(&["listen", "threads"])?;
    let addr = args.text("listen").unwrap_or("127.0.0.1:9202");
    let command = if args.rest.is_empty() {
        let program = std::env::current_exe().map_err(|e| e.to_string())?;
        vec![program.to_string_lossy().into_owned(), "stdio-upstream".to_owned()]
    } else {
        args.rest.clone()
    };
    let command = Arc::new(command);
    let listener = TcpListener::bind(addr).await.map_err(|e| format!("bind {addr}: {e}"))?;
    eprintln!("bridge listening on http://{addr}");
    loop {
        let (stream, _) = listener.accept().await.map_err(|e| e.to_string())?;
        let _ = stream.set_nodelay(true);
        let command = command.clone();
        tokio::spawn(async move {
            match Server::start(&command) {
                Ok(server) => {
                    let server = Mutex::new(server);
                    let service = service_fn(|req| handle(&server, req));
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                }
                Err(e) => eprintln!("bridge: {e}"),
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn passes_requests_and_notifications() {
        let mut server = Server::start(&["cat".to_owned()]).expect("cat exists");
        let request = br#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
        let answer = server.exchange(request).await.expect("cat answers");
        assert_eq!(answer.strip_suffix(b"\n"), Some(request.as_slice()));
        let note = br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
        assert_eq!(server.exchange(note).await.expect("cat reads"), b"");
    }
}
