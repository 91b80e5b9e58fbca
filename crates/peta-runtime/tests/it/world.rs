//! One test's own world: a runtime, a server to reach, and ears that keep what they hear.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use peta_dial::Dialer;
use peta_mcp::{Message, write};
use peta_model::{HttpMode, Isolation, Moment, ServerId, ServerSpec, Transport, Whose};
use peta_runtime::{
    Config, Custodian, Ears, Exchange, Holder, Instance, InstanceKey, InstanceState, LostWhy, NoVault, Profile,
    Runtime, Said, Senses,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

pub(crate) const SERVER: ServerId = ServerId::from_bytes([1; 16]);
pub(crate) const LONG: Duration = Duration::from_secs(30);

pub(crate) struct World {
    pub(crate) runtime: Runtime,
    pub(crate) spec: Arc<ServerSpec>,
    pub(crate) heard: UnboundedReceiver<Heard>,
    tell: UnboundedSender<Heard>,
}

#[derive(Debug)]
pub(crate) enum Heard {
    Message { about: Option<u64>, text: String },
    Changed(InstanceState),
}

struct Keeps(UnboundedSender<Heard>);

impl Ears for Keeps {
    fn heard(&self, _instance: &Arc<Instance>, about: Option<u64>, message: Message) {
        let _ = self.0.send(Heard::Message { about, text: message.text().to_owned() });
    }

    fn changed(&self, _instance: &Arc<Instance>, now: InstanceState) {
        let _ = self.0.send(Heard::Changed(now));
    }
}

pub(crate) fn config() -> Config {
    let mut config = Config::new(std::env::current_exe().unwrap());
    config.times.stop_input = Duration::from_millis(300);
    config.times.stop_term = Duration::from_millis(300);
    config
}

/// A runtime whose chance is always `random`.
pub(crate) fn runtime(config: Config, random: u64) -> Runtime {
    kept_by(config, random, Arc::new(NoVault))
}

fn kept_by(config: Config, random: u64, custodian: Arc<dyn Custodian>) -> Runtime {
    let clock = AtomicI64::new(0);
    let senses = Senses {
        now: Arc::new(move || Moment::from_micros(clock.fetch_add(1, Ordering::Relaxed))),
        random: Arc::new(move || random),
    };
    Runtime::start(config, Dialer::new(peta_dial::Config::default()).unwrap(), senses, custodian)
}

impl World {
    pub(crate) fn new(transport: Transport) -> Self {
        Self::with(config(), transport)
    }

    pub(crate) fn with(config: Config, transport: Transport) -> Self {
        Self::with_chance(config, transport, 0)
    }

    pub(crate) fn with_chance(config: Config, transport: Transport, random: u64) -> Self {
        let (tell, heard) = unbounded_channel();
        Self { runtime: runtime(config, random), spec: Arc::new(spec(transport)), heard, tell }
    }

    /// One whose servers are handed what this custodian keeps.
    pub(crate) fn kept_by(config: Config, transport: Transport, custodian: impl Custodian + 'static) -> Self {
        let (tell, heard) = unbounded_channel();
        let runtime = kept_by(config, 0, Arc::new(custodian));
        Self { runtime, spec: Arc::new(spec(transport)), heard, tell }
    }

    /// The instance of session 1.
    pub(crate) fn instance(&self) -> Arc<Instance> {
        self.instance_of(session(1))
    }

    pub(crate) fn instance_of(&self, holder: Holder) -> Arc<Instance> {
        self.instance_told(holder, r#"{"capabilities":{"roots":{}},"clientInfo":{"name":"t","version":"1"}}"#)
    }

    pub(crate) fn instance_told(&self, holder: Holder, params: &str) -> Arc<Instance> {
        let profile = Arc::new(Profile { params: params.to_owned() });
        let ears = Arc::new(Keeps(self.tell.clone()));
        let key = InstanceKey { server: SERVER, holder };
        self.runtime.instance(key, Arc::clone(&self.spec), profile, ears)
    }

    /// What is heard next that is a message.
    pub(crate) async fn message(&mut self) -> (Option<u64>, String) {
        loop {
            if let Heard::Message { about, text } = self.heard.recv().await.unwrap() {
                return (about, text);
            }
        }
    }

    /// Until the instance is in that state.
    pub(crate) async fn becomes(&mut self, state: InstanceState) {
        while !matches!(self.heard.recv().await.unwrap(), Heard::Changed(now) if now == state) {}
    }
}

pub(crate) fn spec(transport: Transport) -> ServerSpec {
    ServerSpec {
        name: "peer".parse().unwrap(),
        transport,
        isolation: Isolation::PerSession,
        eager: false,
        discover: true,
        idle: None,
        total: None,
        credential: Whose::default(),
        payloads: None,
    }
}

pub(crate) fn http(url: impl Into<String>, mode: HttpMode) -> Transport {
    Transport::Http { url: url.into(), mode }
}

pub(crate) fn session(number: u128) -> Holder {
    Holder::Session { number, caller: "agent".to_owned() }
}

/// A tool call that is on its way.
pub(crate) async fn begin(instance: &Instance, tool: &str, arguments: &str) -> Exchange {
    let mut exchange = instance.begin();
    let params = format!(r#"{{"name":{},"arguments":{arguments}}}"#, write::string(tool));
    exchange.send(write::request(exchange.id(), "tools/call", Some(&params))).await.unwrap();
    exchange
}

/// The text that a tool answers with.
pub(crate) async fn call(instance: &Instance, tool: &str, arguments: &str) -> Result<String, LostWhy> {
    answer(&mut begin(instance, tool, arguments).await).await
}

pub(crate) async fn answer(exchange: &mut Exchange) -> Result<String, LostWhy> {
    loop {
        match exchange.next().await {
            Said::Related(_) => {}
            Said::Answer(answer) => return Ok(text(&answer)),
            Said::Passing(answer) => return answer.whole().await.map(|answer| text(&answer)),
            Said::Lost(why) => return Err(why),
        }
    }
}

pub(crate) fn text(answer: &Message) -> String {
    let result = answer.result().unwrap_or_else(|| panic!("{}", answer.text()));
    let content = result.get("content").and_then(|content| content.items().next());
    content.and_then(|item| item.get("text")).and_then(|text| text.as_str()).unwrap_or_default().into_owned()
}

pub(crate) fn bytes(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}
