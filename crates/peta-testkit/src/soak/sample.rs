//! What Core takes, at one moment.

use std::{fs, time::Duration};

use http::Method;

use super::world::World;
use crate::{Agent, memory_of};

/// The series that are looked at: what each is called, how much it may grow over the second half of a run (a fixed
/// part, and a part of its mean), and how a sample gives it. Sessions and connections follow the load.
pub(super) const SERIES: [Series; 6] = [
    Series { name: "memory, MiB", fixed: 8.0, part: 0.06, of: |sample| sample.memory },
    Series { name: "descriptors", fixed: 30.0, part: 0.20, of: |sample| sample.descriptors },
    Series { name: "threads", fixed: 6.0, part: 0.20, of: |sample| sample.threads },
    Series { name: "tasks", fixed: 80.0, part: 0.20, of: |sample| sample.tasks },
    Series { name: "processes", fixed: 16.0, part: 0.25, of: |sample| sample.processes },
    Series { name: "sessions", fixed: 25.0, part: 0.25, of: |sample| sample.sessions },
];

pub(super) struct Series {
    pub(super) name: &'static str,
    pub(super) fixed: f64,
    pub(super) part: f64,
    pub(super) of: fn(&Sample) -> f64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Sample {
    /// Seconds since the agents began.
    pub(super) at: f64,
    pub(super) memory: f64,
    pub(super) descriptors: f64,
    pub(super) threads: f64,
    pub(super) tasks: f64,
    /// Launchers and servers.
    pub(super) processes: f64,
    pub(super) sessions: f64,
}

/// Takes a sample; `token` is an administrator's.
pub(super) async fn sample(world: &World, token: &str, at: Duration) -> Sample {
    let pid = world.core.pid();
    let entries = |name: &str| fs::read_dir(format!("/proc/{pid}/{name}")).map_or(0, Iterator::count);
    let agent = Agent::new(&world.core.address, "/metrics", Some(token));
    let page = agent.request(Method::GET).send().await;
    assert_eq!(page.status, 200, "/metrics: {page:?}");
    let gauge = |name: &str| {
        let line = page.body.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.trim().parse().ok()).unwrap_or_else(|| panic!("no {name} in {}", page.body))
    };
    Sample {
        at: at.as_secs_f64(),
        memory: memory_of(pid) as f64 / f64::from(1 << 20),
        descriptors: entries("fd") as f64,
        threads: entries("task") as f64,
        tasks: gauge("peta_tasks"),
        processes: world.below().len() as f64,
        sessions: gauge("peta_sessions"),
    }
}
