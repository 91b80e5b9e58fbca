//! Where the load runs: a Core that is started again and again at one address on one data directory, behind a strand;
//! servers on pipes with whole trees of processes, and one over HTTP behind a strand of its own.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{
    caller::Caller,
    disk::Disk,
    kin::{Kin, kin, work},
    strand::Strand,
    wall::Wall,
};
use crate::{Core, Served, Setup, eventually, fixture_program, json::parse};

/// A start may take so much work of the processor, in a debug build; and so long, beside whatever else is going on.
pub const START_WORK: Duration = Duration::from_secs(2);
pub const START: Duration = Duration::from_secs(15);

/// The server behind a wrapper that stays, with a stubborn daemon in a session of its own.
const TREE: &str = concat!(
    r#"(setsid sh -c 'trap "" TERM HUP INT; sleep 600 & wait; wait' daemon "$1" </dev/null >/dev/null 2>&1 &); "#,
    r#""$2" stdio --trace "$3"; exit $?"#
);

/// What a Core of chaos is told: servers come back at once, and ends are quick.
const SETTINGS: &str = "[instances]\nbackoff = \"5ms\"\nbackoff_most = \"40ms\"\nstop = \"300ms\"\nterm = \"300ms\"\n";

pub struct Site {
    pub core: Core,
    /// Between the agents and Core, and between Core and its server over HTTP.
    pub north: Strand,
    pub south: Strand,
    pub callers: Vec<Caller>,
    /// What all processes below Core carry.
    pub mark: String,
    pub starts: Vec<Duration>,
    /// Its clock, and the disk that its data directory is on, where it has one of its own.
    pub wall: Option<Wall>,
    pub disk: Option<Disk>,
    settings: String,
    /// How far the trace was read, and the record.
    read: u64,
    seen: u64,
    _web: Served,
}

/// What a site has that others have not.
#[derive(Default)]
pub struct Ground {
    /// More settings.
    pub settings: String,
    /// Its data directory lies on a disk of its own.
    pub disk: Option<Disk>,
    /// Its Core has a clock that can be set.
    pub clock: bool,
}

impl Site {
    /// On ground of the test's own; `disk` is given a folder to be at.
    pub async fn new(ground: Ground) -> Self {
        let Ground { settings, mut disk, clock } = ground;
        let setup = match &mut disk {
            Some(disk) => disk.setup(),
            None => Setup::new(),
        };
        let (wall, setup) = if clock {
            let (wall, setup) = Wall::of(setup);
            (Some(wall), setup)
        } else {
            (None, setup)
        };
        let mark = setup.file("").to_str().expect("UTF-8").trim_end_matches('/').to_owned();
        let trace = setup.file("trace").to_str().expect("UTF-8").to_owned();
        let web = Served::http(&["--trace", &trace]).await;
        let south = Strand::to(&format!("127.0.0.1:{}", web.port)).await;
        let settings = format!("{SETTINGS}{settings}");
        let mut core = setup.config(&settings).env("TMPDIR", &mark).start().await;
        if let Some(disk) = &disk {
            core.data = disk.seen();
        }
        let north = Strand::to(&core.address).await;
        let mut site = Self {
            core,
            north,
            south,
            callers: Vec::new(),
            mark,
            starts: Vec::new(),
            wall,
            disk,
            settings,
            read: 0,
            seen: 0,
            _web: web,
        };
        site.people_it(&trace).await;
        site
    }

    async fn people_it(&mut self, trace: &str) {
        let core = &self.core;
        core.stdio_server("own", &[], &["--trace", trace]).await;
        core.stdio_server("shared", &["--isolation", "shared"], &["--trace", trace]).await;
        let program = fixture_program();
        let tree = ["sh", "-c", TREE, "sh", &self.mark, program.to_str().expect("UTF-8"), trace];
        core.peta(&[&["server", "add", "tree", "--"], &tree[..]].concat()).await;
        core.url_server("web", &format!("http://{}/mcp", self.south.address), &[]).await;
        for (name, server) in [("ann", "own"), ("bob", "shared"), ("cat", "tree"), ("dan", "web")] {
            self.caller(name, server).await;
        }
        self.events(100).await;
        self.executed();
    }

    async fn caller(&mut self, name: &str, server: &str) {
        let token = self.core.token(name, &[server]).await;
        let mut caller = Caller::new(name, &format!("/mcp/{server}"), &token);
        caller.address.clone_from(&self.north.address);
        caller.host.clone_from(&self.core.address);
        self.callers.push(caller);
    }

    /// SIGKILLs Core; whoever was below it then.
    pub async fn kill_core(&mut self) -> Vec<Kin> {
        let below = self.below();
        self.core.kill().await;
        below
    }

    /// Starts Core again where it was.
    pub async fn start_again(&mut self) {
        let began = Instant::now();
        self.core = self.setup_again().start().await;
        if let Some(disk) = &self.disk {
            self.core.data = disk.seen();
        }
        let took = began.elapsed();
        let work = work(self.core.pid());
        assert!(took < START && work < START_WORK, "Core needed {took:?} to start, and {work:?} of work");
        self.starts.push(took);
    }

    /// What the next Core of this site is started with.
    pub fn setup_again(&self) -> Setup {
        let setup = Setup::again(&self.core).config(&self.settings).env("TMPDIR", &self.mark);
        let setup = setup.listen(&self.core.address);
        let setup = match &self.wall {
            Some(wall) => wall.again(setup),
            None => setup,
        };
        match &self.disk {
            Some(disk) => disk.under(setup),
            None => setup,
        }
    }

    /// All processes that came from Core: launchers, servers, and whoever those have started.
    pub fn below(&self) -> Vec<Kin> {
        let all = kin(&self.mark, 0).into_iter();
        all.filter(|kin| !kin.command.contains("peta-fixture http") && !kin.command.contains("peta serve ")).collect()
    }

    /// What the servers have received since this was asked for the last time: the ids of calls, as often as they came.
    pub fn executed(&mut self) -> Vec<String> {
        let mut file = File::open(self.core.file("trace")).expect("the trace");
        file.seek(SeekFrom::Start(self.read)).expect("the rest of the trace");
        let mut rest = String::new();
        file.read_to_string(&mut rest).expect("the trace");
        // What a killed server wrote to the half is no line.
        let whole = rest.rfind('\n').map_or(0, |end| end + 1);
        self.read += whole as u64;
        rest[..whole].lines().filter(|line| line.starts_with(r#"{"way":"in""#)).filter_map(call_id).collect()
    }

    /// The events that have come since this was asked for the last time, once each of them has an end. There are about
    /// so many; of other sites' and times' doings there may be some besides.
    pub async fn events(&mut self, about: usize) -> Vec<Value> {
        let limit = (about * 3 + 300).to_string();
        let events = eventually("every event has its end", || async {
            let text = self.core.peta(&["events", "--json", "--limit", &limit]).await;
            let events: Vec<Value> = text.lines().map(parse).filter(|event| sequence(event) > self.seen).collect();
            events.iter().all(|event| !event["outcome"].is_null()).then_some(events)
        })
        .await;
        self.seen = events.iter().map(sequence).max().unwrap_or(self.seen);
        events
    }
}

fn sequence(event: &Value) -> u64 {
    event["sequence"].as_u64().expect("a sequence")
}

/// The id of a call of the load in a message, written down as JSON in JSON.
fn call_id(line: &str) -> Option<String> {
    let (_, rest) = line.split_once(r#"\"call\":\""#).or_else(|| line.split_once("test://template/"))?;
    Some(rest.split_once('.')?.0.to_owned())
}
