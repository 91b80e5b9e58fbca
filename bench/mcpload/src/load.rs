//! The load generator: closed loop by default, paced open loop with `--rate`.

mod pacer;
mod plan;
mod report;
mod watch;
mod worker;

use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::sync::Barrier;

#[cfg(test)]
pub use self::report::Process;
pub use self::report::Report;
use crate::args::Args;
use pacer::{Pacer, Window};
use plan::Plan;
use report::print;
use watch::Watch;
use worker::{Run, Tally, worker};

pub const HELP: &str = "\
mcpload load: measures one gateway (or the upstream itself) under one kind of load.

  --url URL             MCP endpoint, http:// only (required)
  --token T             sent as `Authorization: Bearer T`
  --header 'Name: V'    a further header; may be repeated
  --protocol V          MCP revision (default 2025-11-25; from 2026-07-28 on without sessions)
  --op call|list|session   tools/call, tools/list, or a whole session per step (default call)
  --tool NAME           tool to call (default echo)
  --payload N           bytes of text that echo is given (default 100)
  --args JSON           arguments of the call, instead of a payload
  --expect-bytes N      shorter responses count as errors
  --connections N       connections, each with one request at a time (default 1)
  --sessions N          sessions, used in turn (default: one per connection)
  --rate R              requests per second, paced; latency counts from the due time
                        (default: closed loop, as fast as answers come)
  --seconds S           measured time (default 10), after --warmup S (default 2)
  --timeout-ms N        per request (default 10000)
  --pid P               gateway process: CPU and memory of its tree; may be repeated
  --upstream-pid P      the same for the upstream. Servers that the gateway started itself
                        (`mcpload stdio-upstream`) count as upstream, not as gateway
  --threads N           worker threads of the load generator (default 1)
  --label TEXT          goes into the report
  --json                one JSON object instead of text

Errors never count as completed requests.";

pub const OPTIONS: &[&str] = &[
    "url",
    "token",
    "header",
    "protocol",
    "op",
    "tool",
    "payload",
    "args",
    "expect-bytes",
    "connections",
    "sessions",
    "seconds",
    "warmup",
    "rate",
    "timeout-ms",
    "pid",
    "upstream-pid",
    "threads",
    "label",
    "json",
];

pub async fn run(args: &Args) -> Result<(), String> {
    args.allow_only(OPTIONS)?;
    let plan = Plan::from_args(args)?;
    let mut watch = Watch::new(args)?;
    let workers = plan.connections;
    let (warmup, length, rate) = (plan.warmup, plan.length, plan.rate);
    let mut report = Report {
        label: args.text("label").unwrap_or("").to_owned(),
        url: args.text("url").unwrap_or("").to_owned(),
        protocol: plan.profile.protocol.clone(),
        connections: plan.connections,
        sessions: plan.sessions,
        offered_rate: rate,
        seconds: length.as_secs_f64(),
        ..Report::default()
    };
    let run = Arc::new(Run {
        plan,
        ready: Barrier::new(workers + 1),
        go: Barrier::new(workers + 1),
        schedule: Mutex::new(None),
    });
    let tasks: Vec<_> = (0..workers).map(|i| tokio::spawn(worker(run.clone(), i))).collect();
    run.ready.wait().await;
    watch.refresh();
    watch.after_sessions = watch.read();
    let pacer = (rate > 0.0).then(|| Pacer::start(rate, warmup + length));
    let start = Instant::now() + warmup;
    let window = Arc::new(Window { start, end: start + length });
    *run.schedule.lock().expect("no panics while held") = Some((window.clone(), pacer));
    run.go.wait().await;
    watch.observe(&window).await;

    let mut tally = Tally::default();
    for task in tasks {
        tally.merge(task.await.map_err(|e| e.to_string())??);
    }
    let round = |v: f64| (v * 10.0).round() / 10.0;
    let seconds = report.seconds;
    report.completed = tally.latency.count();
    report.rps = round(report.completed as f64 / seconds);
    report.mean_us = round(tally.latency.mean_us());
    report.p50_us = round(tally.latency.quantile_us(0.5));
    report.p90_us = round(tally.latency.quantile_us(0.9));
    report.p99_us = round(tally.latency.quantile_us(0.99));
    report.p999_us = round(tally.latency.quantile_us(0.999));
    report.max_us = round(tally.latency.max_us());
    report.response_bytes = tally.response_bytes / report.completed.max(1);
    report.sse_share = round(tally.sse as f64 / report.completed.max(1) as f64);
    report.errors = tally.failures.values().sum();
    report.error_kinds = tally.failures.iter().map(|(k, v)| (format!("{k:?}"), *v)).collect();
    report.error_sample = tally.sample;
    let watched = |i: usize| (!watch.groups[i].is_empty()).then(|| watch.process(i, report.completed, seconds));
    report.gateway = watched(0);
    report.upstream = watched(1);
    report.loader = watch.process(2, report.completed, seconds);
    report.foreign_cores = watch.foreign_cores(seconds);
    print(&report, args.flag("json"))
}
