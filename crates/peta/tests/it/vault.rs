//! The vault, from outside: servers get secrets that agents never see.

mod binding;
mod due;
mod echo;
mod forms;
mod full;
mod grep;
mod guessing;
mod handing;
mod killed;
mod kinds;
mod memory;
mod root;
mod rows;
mod subjects;
mod vectors;
mod whose;

use peta_testkit::{Core, Served, Setup, Traced, read_trace};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// 40 characters that stand nowhere else.
pub(crate) const SECRET: &str = "sk-live-7Qm2xV9cT4bN8rK1wZ5yH3pL6dF0gJ2s";

/// A Core with a fixture at a URL that writes down what it is sent, and an agent for it.
pub(crate) struct World {
    pub(crate) core: Core,
    pub(crate) served: Served,
    pub(crate) trace: PathBuf,
    pub(crate) said: PathBuf,
}

impl World {
    pub(crate) async fn new(face: &str) -> Self {
        Self::of(Setup::new(), face).await
    }

    pub(crate) async fn of(setup: Setup, face: &str) -> Self {
        let core = setup.start().await;
        let (trace, said) = (core.file("trace"), core.file("said"));
        let options = ["--trace", trace.to_str().unwrap(), "--said", said.to_str().unwrap()];
        let (served, path) = match face {
            "sse" => (Served::sse(&options).await, "/sse"),
            _ => (Served::http(&options).await, "/mcp"),
        };
        core.url_server("fix", &served.url(path), &[]).await;
        Self { core, served, trace, said }
    }

    /// What stands in the file that the tool `said` says.
    pub(crate) fn says(&self, lines: &str) {
        std::fs::write(&self.said, lines).unwrap();
    }

    /// Heads of requests that the fixture saw.
    pub(crate) fn heads(&self) -> Vec<Value> {
        heads(&self.trace)
    }
}

pub(crate) fn heads(trace: &Path) -> Vec<Value> {
    let heads = read_trace(trace).into_iter().filter(|traced: &Traced| traced.way == "headers");
    heads.map(|traced| serde_json::from_str(&traced.text).unwrap()).collect()
}

/// The events of one call, newest last.
pub(crate) async fn calls(core: &Core) -> Vec<Value> {
    core.events(|event| event["kind"] == "tool_call").await
}
