//! Two of the agents are programs of others: clients on the TypeScript and the Python SDK, which open and end sessions
//! and use a server until their time is over. Each prints one JSON line at its end.

use std::{path::PathBuf, sync::Arc, time::Duration};

use serde_json::Value;
use tokio::time::timeout;

use super::world::World;
use crate::{command, peers, python_peer, suite_node};

/// What they use: a server on a pipe of their own, on the aggregate.
const SERVER: &str = "pipe-0";

/// Runs one for so long, and notes what came of it.
pub(super) async fn client(world: Arc<World>, name: &str, token: String, seconds: u64) {
    let (program, script) = match name {
        "typescript" => (suite_node(), peers().join("ts/soak.mjs")),
        _ => (python_peer("python"), peers().join("py/soak.py")),
    };
    match run(&world, program, script, &token, seconds).await {
        Ok(told) => {
            for word in ["rounds", "calls", "broken"] {
                world.tally.add(&format!("{name} {word}"), told[word].as_u64().unwrap_or(0));
            }
            for wrong in told["wrong"].as_array().into_iter().flatten() {
                world.tally.wrong(&format!("{name}: {wrong}"));
            }
            if told["rounds"].as_u64().unwrap_or(0) == 0 {
                world.tally.wrong(&format!("{name} never came round: {told}"));
            }
        }
        Err(why) => world.tally.wrong(&format!("{name}: {why}")),
    }
}

async fn run(world: &World, program: PathBuf, script: PathBuf, token: &str, seconds: u64) -> Result<Value, String> {
    let mut command = command(&program);
    command.arg(script).env("URL", world.core.url("/mcp")).env("TOKEN", token);
    command.env("PREFIX", format!("{SERVER}__")).env("SECONDS", seconds.to_string());
    let output = timeout(Duration::from_secs(seconds + 120), command.output()).await;
    let output = output.map_err(|_| "it does not end")?.map_err(|error| error.to_string())?;
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let last = out.lines().last().unwrap_or_default();
    serde_json::from_str(last).map_err(|error| format!("{error}: {out}\n{err}"))
}

/// What such an agent may use.
pub(super) const GRANT: &str = SERVER;
