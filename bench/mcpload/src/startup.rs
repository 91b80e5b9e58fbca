//! Time from spawning a gateway to its first successful tool call.

use std::time::{Duration, Instant};

use crate::args::Args;
use crate::client::{Client, Profile, Template};
use crate::procstat;
use crate::spawn::Group;
use http::Method;

pub const HELP: &str = "\
mcpload startup: time from starting a gateway to its first successful tool call.

  mcpload startup --url URL [options] -- COMMAND ARGS…

  --url URL           MCP endpoint of the gateway (required)
  --token, --header, --protocol   as in `mcpload load`
  --tool NAME         tool to call (default echo)
  --runs N            starts (default 1); the median and the range are printed
  --limit-s N         give up after so many seconds (default 120)

The upstream must be running. The gateway is asked again every millisecond, and ended afterwards.";

struct Start {
    listening: Duration,
    ready: Duration,
    rss_mib: f64,
    cpu_ms: f64,
}

pub async fn run(args: &Args) -> Result<(), String> {
    args.allow_only(&["url", "token", "header", "protocol", "tool", "threads", "limit-s", "timeout-ms", "runs"])?;
    let (program, rest) = args.rest.split_first().ok_or(HELP)?;
    crate::spawn::end_with_us()?;
    let profile = Profile::from_args(args, 2_000)?;
    let tool = args.text("tool").unwrap_or("echo");
    let call = Template::new(&profile, "tools/call", Some(tool), r#""arguments":{"text":"up"}"#);
    let limit = Duration::from_secs(args.get("limit-s", 120)?);
    let mut starts = Vec::new();
    for _ in 0..args.get("runs", 1)? {
        starts.push(one(&profile, &call, limit, program, rest).await?);
    }
    starts.sort_by_key(|s| s.ready);
    let (Some(first), Some(last)) = (starts.first(), starts.last()) else {
        return Err("--runs must be at least 1".to_owned());
    };
    let median = &starts[starts.len() / 2];
    println!(
        "listening after {:.1} ms, first successful call after {:.1} ms ({:.1} to {:.1}), {:.1} MiB resident, {:.0} ms CPU",
        median.listening.as_secs_f64() * 1e3,
        median.ready.as_secs_f64() * 1e3,
        first.ready.as_secs_f64() * 1e3,
        last.ready.as_secs_f64() * 1e3,
        median.rss_mib,
        median.cpu_ms,
    );
    Ok(())
}

async fn one(
    profile: &Profile,
    call: &Template,
    limit: Duration,
    program: &str,
    rest: &[String],
) -> Result<Start, String> {
    if tokio::net::TcpStream::connect(&profile.target.addr).await.is_ok() {
        return Err(format!("{} is already in use", profile.target.addr));
    }
    let began = Instant::now();
    let mut group = Group::start(program, rest, None)?;
    let mut listening = None;
    loop {
        if began.elapsed() > limit {
            return Err("no successful call within the limit".to_owned());
        }
        if let Some(status) = group.exited() {
            return Err(format!("the gateway exited: {status}"));
        }
        if listening.is_none() {
            let addr = &profile.target.addr;
            listening = tokio::net::TcpStream::connect(addr).await.is_ok().then(|| began.elapsed());
        }
        if let Some(listening) = listening
            && first_call(profile, call).await.is_ok()
        {
            let ready = began.elapsed();
            let usage = procstat::usage(&procstat::tree(group.id()).0);
            return Ok(Start {
                listening,
                ready,
                rss_mib: usage.rss_kib as f64 / 1024.0,
                cpu_ms: usage.cpu_us as f64 / 1e3,
            });
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// One session and one call in it.
pub async fn first_call(profile: &Profile, call: &Template) -> Result<(), String> {
    let mut client = Client::new(profile.clone(), 0);
    let session = client.open_session().await?;
    let id = client.next_id();
    let reply = client.send(Method::POST, call, Some(id), session.as_ref()).await.map_err(|f| format!("{f:?}"))?;
    reply.check(id, 0).map_err(|f| format!("{f:?}: {}", reply.text()))
}
