//! Ready-made worlds: one server and one agent, on each transport.

use std::path::PathBuf;

use http::Method;
use peta_testkit::{Agent, Answer, Core, Served, Setup, Traced, eventually, read_trace};

/// A Core with the fixture as server `fix` and an agent `a` with a session at `/mcp/fix`.
pub(crate) struct Solo {
    pub(crate) core: Core,
    pub(crate) agent: Agent,
    /// The fixture, where it is a process of its own.
    pub(crate) served: Option<Served>,
    pub(crate) trace: PathBuf,
}

/// How the fixture is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Stdio,
    Http,
    Sse,
}

pub(crate) const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

pub(crate) const WAYS: [Way; 3] = [Way::Stdio, Way::Http, Way::Sse];

impl Solo {
    /// Over stdio, at the server's own endpoint.
    pub(crate) async fn new(fixture: &[&str]) -> Self {
        Self::by(Way::Stdio, &[], fixture).await
    }

    /// Over this transport, with options of `server add`.
    pub(crate) async fn by(way: Way, add: &[&str], fixture: &[&str]) -> Self {
        Self::on(Setup::new(), way, add, fixture).await
    }

    /// The same, on a Core that is set up so.
    pub(crate) async fn on(setup: Setup, way: Way, add: &[&str], fixture: &[&str]) -> Self {
        let core = setup.start().await;
        let trace = core.file("trace");
        let mut options = fixture.to_vec();
        options.extend(["--trace", trace.to_str().unwrap()]);
        let served = match way {
            Way::Stdio => {
                core.stdio_server("fix", add, &options).await;
                None
            }
            Way::Http => Some(Served::http(&options).await),
            Way::Sse => Some(Served::sse(&options).await),
        };
        if let Some(served) = &served {
            let path = if way == Way::Http { "/mcp" } else { "/sse" };
            core.url_server("fix", &served.url(path), add).await;
        }
        let agent = core.open("a", &["fix"], "/mcp/fix").await;
        Self { core, agent, served, trace }
    }

    /// What the fixture received and sent so far.
    pub(crate) fn traced(&self) -> Vec<Traced> {
        read_trace(&self.trace)
    }

    /// The texts that the fixture received and that hold this.
    pub(crate) fn received(&self, part: &str) -> Vec<String> {
        self.traced()
            .into_iter()
            .filter(|line| line.way == "in" && line.text.contains(part))
            .map(|line| line.text)
            .collect()
    }

    /// The first text with this in it that the fixture receives, once it does.
    pub(crate) async fn receives(&self, part: &str) -> String {
        eventually(&format!("the server receives {part}"), || async { self.received(part).into_iter().next() }).await
    }
}

/// The raw text of a member of an object.
pub(crate) fn raw<'a>(object: &'a str, name: &str) -> &'a str {
    find(object, name).unwrap_or_else(|| panic!("no {name} in {object}"))
}

/// The raw text of a member of an object, if it is there.
pub(crate) fn find<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    let members: std::collections::BTreeMap<String, &'a serde_json::value::RawValue> =
        serde_json::from_str(object).unwrap_or_else(|error| panic!("{error}: {object}"));
    members.get(name).map(|value| value.get())
}

/// A ping at this path, with this token and this session's id, whatever the agent's own are.
pub(crate) async fn knock(agent: &Agent, method: &Method, token: &str, path: &str, session: &str) -> Answer {
    agent
        .request(method.clone())
        .path(path)
        .header("authorization", &format!("Bearer {token}"))
        .header("mcp-session-id", session)
        .header("accept", "application/json, text/event-stream")
        .header("content-type", "application/json")
        .body(PING.into())
        .send()
        .await
}
