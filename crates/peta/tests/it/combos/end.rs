//! The agent's end of a conversation, over each transport: texts go out, and all that comes in comes by one way.

use http::Method;
use peta_testkit::{Agent, Bridge, Core, Value};
use tokio::sync::mpsc;

use super::cell::{Cell, Door};

/// An agent that is connected (or about to be, by its first message).
pub(super) enum End {
    Http(Http),
    Bridge(Box<Bridge>),
}

/// Over HTTP: the streams of all requests and of the session flow together.
pub(super) struct Http {
    agent: Agent,
    /// The session's own stream is opened by `initialized`.
    streams: bool,
    version: &'static str,
    into: mpsc::UnboundedSender<Value>,
    from: mpsc::UnboundedReceiver<Value>,
}

impl End {
    /// Connects an agent of this token.
    pub(super) async fn connect(core: &Core, cell: &Cell, token: &str) -> Self {
        let slug = cell.slug();
        let at = |base: &str| if cell.aggregate { base.to_owned() } else { format!("{base}/{slug}") };
        let (into, from) = mpsc::unbounded_channel();
        let version = cell.version;
        match cell.door {
            Door::StreamableHttp => {
                Self::Http(Http { agent: core.agent(&at("/mcp"), token), streams: false, version, into, from })
            }
            Door::HttpSse => {
                let mut agent = core.agent(&at("/sse"), token);
                let mut stream = agent.request(Method::GET).header("accept", "text/event-stream").open().await;
                let event = stream.event().await.expect("the place to post to");
                assert_eq!(event.name, "endpoint", "{event:?}");
                agent.path = event.data;
                tokio::spawn(stream.forward(into.clone()));
                Self::Http(Http { agent, streams: true, version, into, from })
            }
            Door::Stdio => {
                let url = core.url("");
                let mut words = vec!["--url", &url];
                if !cell.aggregate {
                    words.extend(["--server", &slug]);
                }
                Self::Bridge(Box::new(Bridge::launch(&words, &[("PETA_AGENT_TOKEN", token)])))
            }
        }
    }

    /// Says one message.
    pub(super) async fn say(&mut self, message: &Value) {
        match self {
            Self::Http(http) => http.say(message).await,
            Self::Bridge(bridge) => bridge.write(&message.to_string()).await,
        }
    }

    /// The next message. It may be given up and asked for again.
    pub(super) async fn hear(&mut self) -> Value {
        match self {
            Self::Http(http) => http.from.recv().await.expect("it holds the other end itself"),
            Self::Bridge(bridge) => bridge.message().await,
        }
    }

    /// Ends the session.
    pub(super) async fn close(self) {
        match self {
            Self::Http(http) if http.agent.session.is_some() => {
                let ended = http.agent.end().await;
                assert!((200..300).contains(&ended.status), "{ended:?}");
            }
            Self::Http(_) => {}
            Self::Bridge(bridge) => assert_eq!(bridge.close().await, 0, "peta stdio ends well"),
        }
    }
}

impl Http {
    async fn say(&mut self, message: &Value) {
        let answer = self.agent.post(&message.to_string()).open().await;
        let wants = message["method"].is_string() && !message["id"].is_null();
        if self.agent.path.starts_with("/messages") || !wants {
            assert_eq!(answer.status, 202, "{message}");
        } else {
            assert_eq!(answer.status, 200, "{message}");
        }
        if message["method"] == "initialize"
            && let Some(session) = answer.headers.get("mcp-session-id")
        {
            self.agent.session = session.to_str().ok().map(str::to_owned);
            // Older clients know no such header.
            self.agent.version = (self.version >= "2025-06-18").then(|| self.version.to_owned());
        }
        if wants {
            tokio::spawn(answer.forward(self.into.clone()));
        }
        if message["method"] == "notifications/initialized" && !self.streams {
            self.streams = true;
            tokio::spawn(self.agent.listen().await.forward(self.into.clone()));
        }
    }
}
