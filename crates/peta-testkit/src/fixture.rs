//! A scripted MCP server on raw JSON text. It shares no code with the product, so that an error of the product's own
//! reading and writing cannot hide, and it can be made wrong on purpose (`options.rs` lists how).
//! Three faces: `stdio`, `http` (Streamable HTTP at `/mcp`) and `sse` (HTTP+SSE at `/sse` and `/messages`).

mod answer;
mod apps;
mod body;
mod catalog;
mod conformance;
mod decorate;
mod hostile;
mod http;
mod job;
mod kept;
mod offer;
mod options;
mod outlet;
mod peer;
mod probe;
mod reverse;
mod said;
mod say;
mod sse;
mod stdio;
mod task;
mod trace;
mod wire;
mod world;

use std::{process::ExitCode, sync::Arc};

use options::{Face, Options};
use say::say;
use world::World;

/// Runs the fixture with this process's arguments until its client goes away or it is killed.
pub fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(wrong) => {
            say(&format!("peta-fixture: {wrong}"));
            return ExitCode::from(2);
        }
    };
    let Ok(runtime) = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() else {
        return ExitCode::FAILURE;
    };
    let code = runtime.block_on(run(options));
    // A reader of standard input cannot be cancelled; it must not hold the process.
    runtime.shutdown_background();
    code
}

async fn run(options: Options) -> ExitCode {
    if options.exit {
        say("fixture: leaving at once, as told");
        return ExitCode::from(7);
    }
    if let Some(file) = &options.grandchild
        && let Err(error) = world::start_grandchild(file)
    {
        say(&format!("fixture: no grandchild: {error}"));
        return ExitCode::FAILURE;
    }
    if options.stubborn {
        world::ignore_term();
    }
    for line in 0..options.stderr_lines {
        say(&format!("fixture stderr line {line}"));
    }
    let face = options.face;
    let world = Arc::new(World::new(options));
    match face {
        Face::Stdio => stdio::serve(world).await,
        Face::Http => http::serve(world).await,
        Face::Sse => sse::serve(world).await,
    }
}

#[cfg(test)]
mod tests;
