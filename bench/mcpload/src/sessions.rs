//! What idle sessions cost a gateway in memory.

use std::time::{Duration, Instant};

use http::header::HeaderValue;
use hyper::body::Incoming;
use serde::Serialize;

use crate::args::Args;
use crate::client::{Client, Profile};
use crate::procstat::{self, Usage};

pub const HELP: &str = "\
mcpload sessions: opens idle sessions and reports the gateway's memory per session.

  --url URL           MCP endpoint (required)
  --pid P             gateway process, its tree is measured (required)
  --counts A,B,…      session counts at which to report (default 100,1000,5000)
  --streams           also hold the GET stream of every session open, each on a connection of its
                      own (an upstream of ours needs --get-streams for gateways that pass it on)
  --connections N     without --streams: connections that the sessions share (default 16)
  --settle S          pause before memory is read (default 2)
  --token, --header, --protocol   as in `mcpload load`
  --json              one JSON object per count

Memory per session is counted from the first report line, after 10 sessions have warmed the
gateway up, so that what it allocates once is not charged to them.";

#[derive(Serialize)]
struct Line {
    sessions: usize,
    rss_mib: f64,
    kib_per_session: f64,
    cpu_us_per_session: f64,
    seconds: f64,
}

struct Held {
    clients: Vec<Client>,
    streams: Vec<Incoming>,
    sessions: Vec<Option<HeaderValue>>,
}

pub async fn run(args: &Args) -> Result<(), String> {
    args.allow_only(&[
        "url",
        "token",
        "header",
        "protocol",
        "timeout-ms",
        "pid",
        "counts",
        "streams",
        "connections",
        "settle",
        "threads",
        "json",
    ])?;
    let profile = Profile::from_args(args, 30_000)?;
    let pid: u32 = args.get("pid", 0)?;
    if pid == 0 {
        return Err("--pid is required".to_owned());
    }
    let counts = args
        .text("counts")
        .unwrap_or("100,1000,5000")
        .split(',')
        .map(|c| c.trim().parse().map_err(|e| format!("--counts: {e}")))
        .collect::<Result<Vec<usize>, _>>()?;
    let settle = Duration::from_secs_f64(args.get("settle", 2.0)?);
    let connections: usize = args.get("connections", 16)?;
    let streams = args.flag("streams");
    let mut held = Held { clients: Vec::new(), streams: Vec::new(), sessions: Vec::new() };

    grow(&mut held, &profile, 10, connections, streams).await?;
    let base = settled(pid, settle).await;
    let mut before = base;
    print(
        &Line {
            sessions: held.sessions.len(),
            rss_mib: base.rss_kib as f64 / 1024.0,
            kib_per_session: 0.0,
            cpu_us_per_session: 0.0,
            seconds: 0.0,
        },
        args.flag("json"),
    )?;
    for count in counts {
        let (had, began) = (held.sessions.len(), Instant::now());
        grow(&mut held, &profile, count, connections, streams).await?;
        let seconds = began.elapsed().as_secs_f64();
        let now = settled(pid, settle).await;
        let opened = held.sessions.len().saturating_sub(had).max(1) as f64;
        print(
            &Line {
                sessions: held.sessions.len(),
                rss_mib: now.rss_kib as f64 / 1024.0,
                kib_per_session: (now.rss_kib as f64 - base.rss_kib as f64)
                    / held.sessions.len().saturating_sub(10).max(1) as f64,
                cpu_us_per_session: now.cpu_us.saturating_sub(before.cpu_us) as f64 / opened,
                seconds,
            },
            args.flag("json"),
        )?;
        before = now;
    }
    Ok(())
}

async fn grow(
    held: &mut Held,
    profile: &Profile,
    count: usize,
    connections: usize,
    streams: bool,
) -> Result<(), String> {
    while held.sessions.len() < count {
        let n = held.sessions.len();
        let lanes = if streams { usize::MAX } else { connections.max(1) };
        if held.clients.len() <= n % lanes {
            held.clients.push(Client::new(profile.clone(), n as u64 * 1_000_000));
        }
        let client = &mut held.clients[n % lanes];
        let at = |e| format!("session {}: {e}", n + 1);
        let session = client.open_session().await.map_err(at)?;
        if streams {
            held.streams.push(client.listen(session.as_ref()).await.map_err(at)?);
        }
        held.sessions.push(session);
    }
    Ok(())
}

async fn settled(pid: u32, settle: Duration) -> Usage {
    tokio::time::sleep(settle).await;
    procstat::usage(&procstat::tree(pid).0)
}

fn print(line: &Line, json: bool) -> Result<(), String> {
    if json {
        println!("{}", serde_json::to_string(line).map_err(|e| e.to_string())?);
    } else {
        println!(
            "{:6} sessions: {:8.1} MiB resident, {:6.1} KiB per session, {:6.0} us CPU to open one ({:.1} s)",
            line.sessions, line.rss_mib, line.kib_per_session, line.cpu_us_per_session, line.seconds
        );
    }
    Ok(())
}
