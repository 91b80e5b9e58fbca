//! One run that puts gateways beside the direct way and the bare proxy, interleaved, as ratios.

mod cell;
mod subject;
mod table;
#[cfg(test)]
mod tests;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::process::Command;
use std::time::Duration;

use cell::{Cell, Kind};
use subject::Subject;
use table::{Run, progress, tables};

use crate::args::Args;
use crate::load::Report;
use crate::spawn::Group;

pub const HELP: &str = "\
mcpload compare: measures gateways beside the direct way and the bare proxy, and prints ratios.

  mcpload compare [options] --gateway NAME --url URL [gateway options] [--gateway …]

It starts the upstream (127.0.0.1:9100) and the bare proxy (127.0.0.1:9200) itself. The gateway
must have these as its MCP servers, as far as the cells asked for need them:
  http://127.0.0.1:9100/mcp        answers with JSON, 20 tools
  http://127.0.0.1:9100/mcp-sse    answers with SSE, 20 tools
  http://127.0.0.1:9100/mcp-many   answers with JSON, 500 tools
Each round takes the cells one after the other and, within a cell, every subject in turn.

Gateway options, after its --gateway NAME:
  --url URL            its endpoint in front of /mcp, for the call and session cells
  --sse-url URL        in front of /mcp-sse; cells whose URL is missing leave the gateway out
  --many-url URL       in front of /mcp-many, for the list cells
  --stdio-url URL      in front of `mcpload stdio-upstream`, which it starts; for the stdio cells
  --credential-url URL in front of /mcp, its server with a credential; for the cells named cred, in
                       which it is measured at --url too
  --token T, --header 'Name: V', --protocol V
  --start 'COMMAND'    shell command that runs it, pinned and ended by us; or
  --pid P              its process if it runs already. Start it under `taskset -c 1`
  --echo-tool N, --blob-tool N   tool names if the gateway renames them

Options:
  --cells A,B,…        cells, or the sets `quick` (default), `all`; see below
  --rounds N           (default 3)     --seconds S, --warmup S   per run (default 3 and 1)
  --inspect            also the bare proxy that reads the envelope (`mcpload proxy --inspect`)
  --harness-cpus LIST  CPUs of load generator and upstream (default 0), and
  --gateway-cpus LIST  of the proxies and of what --start starts (default 1); `any`: not pinned
  --foreign F          a run is repeated, up to --retries N times (default 3), when other programs
                       used more than F cores meanwhile (default 0.15)
  --out FILE           append every run as a JSON line
  --table FILE         write the tables there as well (Markdown)

Cells: call-100b-, call-10k-, call-1m-, the same three with cred- (call-100b-cred-c16), sse-100b-, sse-10k-, list-500-, session-, stdio-100b-,
stdio-10k- with c1, c16 or c64 (connections), e.g. call-100b-c16. `session` is initialize,
initialized and DELETE. The yardstick of the stdio cells is `mcpload bridge`.";

const COMMON: &[&str] = &[
    "cells",
    "rounds",
    "seconds",
    "warmup",
    "inspect",
    "harness-cpus",
    "gateway-cpus",
    "foreign",
    "retries",
    "out",
    "table",
    "threads",
];

const UPSTREAM: &str = "127.0.0.1:9100";
const BARE: &str = "127.0.0.1:9200";
const INSPECT: &str = "127.0.0.1:9201";
const BRIDGE: &str = "127.0.0.1:9202";

struct Settings {
    rounds: usize,
    seconds: String,
    warmup: String,
    harness_cpus: Option<String>,
    gateway_cpus: Option<String>,
    foreign: f64,
    retries: usize,
    out: Option<String>,
}

impl Settings {
    fn from_args(args: &Args) -> Result<Self, String> {
        let cpus = |key: &str, default: &str| Some(args.text(key).unwrap_or(default).to_owned()).filter(|c| c != "any");
        Ok(Self {
            rounds: args.get("rounds", 3)?,
            seconds: args.text("seconds").unwrap_or("3").to_owned(),
            warmup: args.text("warmup").unwrap_or("1").to_owned(),
            harness_cpus: cpus("harness-cpus", "0"),
            gateway_cpus: cpus("gateway-cpus", "1"),
            foreign: args.get("foreign", 0.15)?,
            retries: args.get("retries", 3)?,
            out: args.text("out").map(str::to_owned),
        })
    }

    fn measure(&self, cell: &Cell, subject: &Subject, upstream: u32) -> Result<Report, String> {
        let program = program()?;
        let url = subject.url(cell).ok_or("no URL for this cell")?;
        let mut command = match &self.harness_cpus {
            None => Command::new(program),
            Some(cpus) => {
                let mut command = Command::new("taskset");
                command.args(["-c", cpus]).arg(program);
                command
            }
        };
        command.args(["load", "--json", "--url", url, "--seconds", &self.seconds]);
        command.args(["--warmup", &self.warmup, "--upstream-pid", &upstream.to_string()]);
        if let Some(pid) = subject.pid {
            command.args(["--pid", &pid.to_string()]);
        }
        command.args(&subject.options).args(cell.options(&subject.echo_tool, &subject.blob_tool));
        let output = command.output().map_err(|e| e.to_string())?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        serde_json::from_slice(&output.stdout).map_err(|e| e.to_string())
    }

    fn keep(&self, run: &Run) -> Result<(), String> {
        let Some(path) = &self.out else { return Ok(()) };
        let line = serde_json::to_string(run).map_err(|e| e.to_string())?;
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .and_then(|mut file| writeln!(file, "{line}"))
            .map_err(|e| format!("{path}: {e}"))
    }
}

fn program() -> Result<String, String> {
    let path = std::env::current_exe().map_err(|e| e.to_string())?;
    path.into_os_string().into_string().map_err(|_| "program path is not UTF-8".to_owned())
}

fn own(args: &[&str], cpus: Option<&str>) -> Result<Group, String> {
    let args: Vec<String> = args.iter().map(|a| (*a).to_owned()).collect();
    Group::start(&program()?, &args, cpus)
}

pub async fn run(args: &Args) -> Result<(), String> {
    let (common, gateways) = args.groups("gateway");
    crate::spawn::end_with_us()?;
    common.allow_only(COMMON)?;
    let cells = Cell::parse_list(common.text("cells").unwrap_or("quick"))?;
    let settings = Settings::from_args(&common)?;
    for addr in [UPSTREAM, BARE, INSPECT, BRIDGE] {
        if tokio::net::TcpStream::connect(addr).await.is_ok() {
            return Err(format!("{addr} is in use"));
        }
    }

    let mut groups = vec![own(&["upstream", "--listen", UPSTREAM], settings.harness_cpus.as_deref())?];
    let upstream = groups[0].id();
    let mut subjects = vec![Subject::of("direct", UPSTREAM, None)];
    subjects[0].ready(groups.first_mut()).await?;
    let to = format!("http://{UPSTREAM}");
    let mut proxies = vec![("bare proxy", BARE, None)];
    if common.flag("inspect") {
        proxies.push(("inspecting proxy", INSPECT, Some("mcpload")));
    }
    for (name, addr, token) in proxies {
        let mut words = vec!["proxy", "--listen", addr, "--url", &to];
        words.extend(token.map(|_| "--inspect"));
        let mut group = own(&words, settings.gateway_cpus.as_deref())?;
        let mut subject = Subject::of(name, addr, token);
        subject.ready(Some(&mut group)).await?;
        subject.pid = Some(group.id());
        subjects.push(subject);
        groups.push(group);
    }
    if cells.iter().any(|c| matches!(c.kind, Kind::Stdio(_))) {
        let program = program()?;
        let mut words = vec!["bridge", "--listen", BRIDGE, "--", &program, "stdio-upstream"];
        words.extend(settings.harness_cpus.iter().flat_map(|cpus| ["--cpus", cpus]));
        let mut group = own(&words, settings.gateway_cpus.as_deref())?;
        let mut subject = Subject::of("bare bridge", BRIDGE, None);
        subject.ready(Some(&mut group)).await?;
        subject.pid = Some(group.id());
        // It serves the stdio cells only.
        subject.stdio_url = subject.url.take();
        (subject.sse_url, subject.many_url, subject.credential_url) = (None, None, None);
        subjects.push(subject);
        groups.push(group);
    }
    for gateway in &gateways {
        let mut subject = Subject::from_args(gateway)?;
        let mut group = match &subject.start {
            Some(command) => {
                let words = ["-c".to_owned(), format!("exec {command}")];
                Some(Group::start("sh", &words, settings.gateway_cpus.as_deref())?)
            }
            None => None,
        };
        subject.ready(group.as_mut()).await?;
        if let Some(group) = group {
            subject.pid = Some(group.id());
            groups.push(group);
        }
        subjects.extend(subject.twice());
    }

    let mut runs = Vec::new();
    for round in 1..=settings.rounds {
        for cell in &cells {
            for subject in subjects.iter().filter(|s| s.url(cell).is_some()) {
                for attempt in 0..=settings.retries {
                    let report = match settings.measure(cell, subject, upstream) {
                        Ok(report) => report,
                        Err(e) => {
                            say(&format!("{round} {:15} {:18} failed: {e}", cell.name, subject.name));
                            break;
                        }
                    };
                    let disturbed = report.foreign_cores > settings.foreign;
                    let run = Run { cell: cell.name.clone(), subject: subject.name.clone(), round, disturbed, report };
                    say(&progress(&run));
                    settings.keep(&run)?;
                    if !disturbed || attempt == settings.retries {
                        runs.push(run);
                        break;
                    }
                    tokio::time::sleep(Duration::from_secs(2)).await;
                }
            }
        }
    }
    drop(groups);
    let tables = tables(&runs);
    say(&format!("\n{tables}"));
    match common.text("table") {
        Some(path) => std::fs::write(path, tables).map_err(|e| format!("{path}: {e}")),
        None => Ok(()),
    }
}

/// Prints a line. A reader that went away does not stop the run, whose results may go to a file.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
