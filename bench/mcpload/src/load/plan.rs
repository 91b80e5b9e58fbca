//! What to send: read from the command line, carried out one step at a time.

use std::time::Duration;

use http::Method;
use http::header::HeaderValue;

use crate::args::Args;
use crate::client::{Client, Failure, Profile, Reply, Template};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    /// `tools/call` in an open session.
    Call,
    /// `tools/list` in an open session.
    List,
    /// A whole session per iteration: `initialize`, `notifications/initialized`, `DELETE`.
    Session,
}

pub(super) struct Plan {
    pub(super) profile: Profile,
    pub(super) op: Op,
    pub(super) request: Template,
    pub(super) min_len: usize,
    pub(super) connections: usize,
    pub(super) sessions: usize,
    pub(super) warmup: Duration,
    pub(super) length: Duration,
    pub(super) rate: f64,
}

impl Plan {
    pub(super) fn from_args(args: &Args) -> Result<Self, String> {
        let profile = Profile::from_args(args, 10_000)?;
        let op = match args.text("op").unwrap_or("call") {
            "call" => Op::Call,
            "list" => Op::List,
            "session" => Op::Session,
            other => return Err(format!("unknown --op `{other}`: call, list or session")),
        };
        let payload: usize = args.get("payload", 100)?;
        let (arguments, echoed) = match args.text("args") {
            Some(json) => (json.to_owned(), 0),
            None => (format!(r#"{{"text":"{}"}}"#, "x".repeat(payload)), payload),
        };
        let request = match op {
            Op::Call => {
                let tool = args.text("tool").unwrap_or("echo");
                let fields = format!(r#""arguments":{arguments}"#);
                Template::new(&profile, "tools/call", Some(tool), &fields)
            }
            Op::List | Op::Session => Template::new(&profile, "tools/list", None, ""),
        };
        let connections: usize = args.get("connections", 1)?;
        Ok(Self {
            op,
            request,
            min_len: args.get("expect-bytes", if op == Op::Call { echoed } else { 0 })?,
            connections,
            sessions: args.get("sessions", connections)?.max(connections),
            warmup: Duration::from_secs_f64(args.get("warmup", 2.0)?),
            length: Duration::from_secs_f64(args.get("seconds", 10.0)?),
            rate: args.get("rate", 0.0)?,
            profile,
        })
    }

    pub(super) async fn step(
        &self,
        client: &mut Client,
        session: Option<&HeaderValue>,
    ) -> Result<Reply, (Failure, Option<String>)> {
        if self.op == Op::Session {
            let session = client.open_session().await.map_err(|e| (Failure::Rpc, Some(e)))?;
            if let Some(session) = session {
                let sent = client.send(Method::DELETE, &self.request, None, Some(&session)).await;
                sent.map_err(|f| (f, None))?;
            }
            return Ok(Reply::default());
        }
        let id = client.next_id();
        let reply = client.send(Method::POST, &self.request, Some(id), session).await.map_err(|f| (f, None))?;
        reply.check(id, self.min_len).map_err(|f| (f, Some(reply.text())))?;
        Ok(reply)
    }
}
