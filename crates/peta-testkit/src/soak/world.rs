//! Where the soak runs: one Core with twenty servers of all kinds, two strands whose lines can be cut, and the agents'
//! tokens.

use std::sync::Arc;

use tokio::sync::Mutex;

use super::tally::Tally;
use crate::{
    Core, Served, Setup,
    chaos::{Kin, Strand, kin},
    fixture_program, peers, python_peer, suite_node,
};

/// Sessions and instances that nobody needs go soon, so that an hour sees many generations of them; and the limits are
/// above what this load needs.
const SETTINGS: &str = concat!(
    "[sessions]\nidle = \"20s\"\nkept = \"60s\"\n",
    "[instances]\nper_agent = 64\nper_server = 256\ntotal = 512\nidle = \"20s\"\nwait = \"20s\"\n",
    "backoff = \"50ms\"\nbackoff_most = \"1s\"\n[telemetry]\nlog = \"error\"\n"
);

const EVERYTHING: &str = "node_modules/@modelcontextprotocol/server-everything/dist/index.js";

/// What a server can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Fixture,
    /// The reference server of Node.
    Everything,
    /// A server of Python that tells the time.
    Time,
}

#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// A fixture that listens, which can be killed and started again at its port.
pub(super) struct Listening {
    face: &'static str,
    served: Served,
}

pub(super) struct World {
    pub(super) core: Core,
    pub(super) servers: Vec<Server>,
    pub(super) listening: Mutex<Vec<Listening>>,
    /// Between agents and Core, and between Core and one of its servers.
    pub(super) north: Strand,
    pub(super) south: Strand,
    pub(super) tally: Tally,
    /// What all processes below Core carry.
    mark: String,
    _node: Served,
}

impl World {
    pub(super) async fn new() -> Arc<Self> {
        let setup = Setup::new();
        let mark = setup.file("").to_str().expect("UTF-8").trim_end_matches('/').to_owned();
        let core = setup.config(SETTINGS).flag("--legacy-sse").env("TMPDIR", &mark).start().await;
        let north = Strand::to(&core.address).await;
        let (mut servers, mut listening) = (Vec::new(), Vec::new());
        let fixture = |name: &str| Server { name: name.to_owned(), kind: Kind::Fixture };
        let piped = ["per-session", "per-session", "per-session", "per-session", "per-user", "per-user"];
        for (number, isolation) in piped.into_iter().chain(["shared"; 4]).enumerate() {
            let name = format!("pipe-{number}");
            core.stdio_server(&name, &["--isolation", isolation], &[]).await;
            servers.push(fixture(&name));
        }
        let faces = [("http", "/mcp"), ("http", "/mcp"), ("http", "/mcp"), ("http", "/mcp")];
        let faces = faces.into_iter().chain([("sse", "/sse"); 3]);
        let isolations = ["per-session", "per-session", "per-user", "shared", "per-session", "per-user", "shared"];
        let mut south = None;
        for (number, ((face, path), isolation)) in faces.zip(isolations).enumerate() {
            let served = if face == "http" { Served::http(&[]).await } else { Served::sse(&[]).await };
            let url = match &south {
                None => {
                    let strand = south.insert(Strand::to(&format!("127.0.0.1:{}", served.port)).await);
                    format!("http://{}{path}", strand.address)
                }
                Some(_) => served.url(path),
            };
            let name = format!("{face}-{number}");
            core.url_server(&name, &url, &["--isolation", isolation]).await;
            servers.push(fixture(&name));
            listening.push(Listening { face, served });
        }
        let node = foreign(&core, &mut servers).await;
        Arc::new(Self {
            core,
            servers,
            listening: Mutex::new(listening),
            north,
            south: south.expect("a server over HTTP"),
            tally: Tally::default(),
            mark,
            _node: node,
        })
    }

    /// All processes that Core has started: launchers and servers.
    pub(super) fn below(&self) -> Vec<Kin> {
        let all = kin(&self.mark, self.core.pid()).into_iter();
        all.filter(|kin| !kin.command.contains("peta stdio") && !kin.command.contains("peta-soak")).collect()
    }
}

impl Listening {
    /// Kills it, and starts it again where it was; its sessions are gone.
    pub(super) async fn start_again(&mut self) {
        let port = self.served.port.to_string();
        self.served.kill().await;
        let options = ["--port", &port];
        self.served = if self.face == "http" { Served::http(&options).await } else { Served::sse(&options).await };
    }
}

/// Three servers of others, each shared by all.
async fn foreign(core: &Core, servers: &mut Vec<Server>) -> Served {
    let everything = peers().join(EVERYTHING).display().to_string();
    let node = suite_node().display().to_string();
    let shared = ["--isolation", "shared"];
    core.peta(&[&["server", "add", "everything"], &shared[..], &["--", &node, &everything, "stdio"]].concat()).await;
    let time = python_peer("mcp-server-time").display().to_string();
    core.peta(&[&["server", "add", "time"], &shared[..], &["--", &time, "--local-timezone", "UTC"]].concat()).await;
    let port =
        std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address").port();
    let words = [everything, "streamableHttp".to_owned()];
    let served = Served::program(suite_node(), &words, &[("PORT", port.to_string())], |said| {
        said.contains("listening on port").then_some(port)
    })
    .await;
    core.url_server("everywhere", &served.url("/mcp"), &shared).await;
    for (name, kind) in [("everything", Kind::Everything), ("time", Kind::Time), ("everywhere", Kind::Everything)] {
        servers.push(Server { name: name.to_owned(), kind });
    }
    served
}

/// The fixture's program, built if it is not there, before the clock runs.
pub(super) fn built() {
    fixture_program();
}
