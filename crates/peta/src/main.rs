//! Peta's one binary: Core, its command line, the bridge for agents that speak over standard streams, and (when it is
//! started so) the launcher of one stdio server.

mod cli;
mod client;
mod config;
mod doctor;
mod edge;
mod environment;
mod fault;
mod keep;
mod metrics;
mod output;
mod place;
mod serve;
mod show;
mod stdio;
mod telemetry;
mod terminal;
mod way_out;

use std::process::ExitCode;

/// A call takes and gives back memory some fifty times (docs/decisions/0002-dependencies.md). What is given back is wiped:
/// requests that bring secrets leave none behind.
#[global_allocator]
static MEMORY: peta_arena::Wiping<mimalloc::MiMalloc> = peta_arena::Wiping::around(mimalloc::MiMalloc);

fn main() -> ExitCode {
    // The launcher comes before everything else: it must stay tiny, with no thread and no event loop.
    if std::env::args_os().nth(1).is_some_and(|first| first == "launch") {
        return peta_runtime::launch::main();
    }
    cli::main()
}
