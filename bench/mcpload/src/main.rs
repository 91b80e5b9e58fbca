//! Load harness for MCP gateways: an upstream, a load generator, yardsticks and a comparison.

mod args;
mod bridge;
mod client;
mod compare;
mod echo;
mod hist;
mod load;
mod procstat;
mod proxy;
mod sessions;
mod spawn;
mod startup;
mod stdio;
mod upstream;

use std::process::ExitCode;

use crate::args::Args;

const USAGE: &str = "\
mcpload measures MCP gateways.

  mcpload compare         a gateway beside the direct way and the bare proxy, as ratios
  mcpload load            one load against one URL
  mcpload sessions        memory per idle session
  mcpload startup         time to the first successful call
  mcpload upstream        a bare, fast MCP server over Streamable HTTP
  mcpload stdio-upstream  the same over standard input and output
  mcpload proxy           a bare HTTP reverse proxy, the floor
  mcpload bridge          a bare bridge from HTTP to stdio, the floor for stdio servers

`mcpload COMMAND --help` explains each. Loopback and plain http:// only.";

const FLAGS: &[&str] = &["json", "sessionless", "inspect", "get-streams", "streams", "help"];

fn main() -> ExitCode {
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("mcpload: {e}");
            ExitCode::FAILURE
        }
    }
}

fn start() -> Result<(), String> {
    let mut raw = std::env::args().skip(1);
    let command = raw.next().unwrap_or_else(|| "help".to_owned());
    let help = match command.as_str() {
        "compare" => compare::HELP,
        "load" => load::HELP,
        "sessions" => sessions::HELP,
        "startup" => startup::HELP,
        "upstream" => upstream::HELP,
        "stdio-upstream" => stdio::HELP,
        "proxy" => proxy::HELP,
        "bridge" => bridge::HELP,
        "help" | "--help" | "-h" => USAGE,
        other => return Err(format!("unknown command `{other}`\n\n{USAGE}")),
    };
    let args = Args::parse(raw, FLAGS)?;
    if args.flag("help") || help == USAGE {
        println!("{help}");
        return Ok(());
    }
    if command == "stdio-upstream" {
        return stdio::run(&args);
    }
    let threads: usize = args.get("threads", 1)?;
    let mut builder = if threads == 1 {
        tokio::runtime::Builder::new_current_thread()
    } else {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(threads);
        builder
    };
    let runtime = builder.enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(async {
        match command.as_str() {
            "compare" => compare::run(&args).await,
            "load" => load::run(&args).await,
            "sessions" => sessions::run(&args).await,
            "startup" => startup::run(&args).await,
            "bridge" => bridge::run(&args).await,
            "upstream" => upstream::run(&args).await,
            _ => proxy::run(&args).await,
        }
    })
}
