//! One connection of a run, and what it counts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::Barrier;

use super::pacer::{Pacer, Window};
use super::plan::{Op, Plan};
use crate::client::{Client, Failure};
use crate::hist::Hist;

#[derive(Default)]
pub(super) struct Tally {
    pub(super) latency: Hist,
    pub(super) sse: u64,
    pub(super) response_bytes: u64,
    pub(super) failures: BTreeMap<Failure, u64>,
    pub(super) sample: Option<String>,
}

impl Tally {
    pub(super) fn fail(&mut self, failure: Failure, sample: Option<String>) {
        *self.failures.entry(failure).or_default() += 1;
        if self.sample.is_none() {
            self.sample = sample.filter(|s| !s.is_empty());
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.latency.merge(&other.latency);
        self.response_bytes += other.response_bytes;
        self.sse += other.sse;
        for (k, v) in other.failures {
            *self.failures.entry(k).or_default() += v;
        }
        self.sample = self.sample.take().or(other.sample);
    }
}

/// When to measure and, for a paced run, when to send.
pub(super) type Schedule = (Arc<Window>, Option<Arc<Pacer>>);

/// State shared by the workers of one run.
pub(super) struct Run {
    pub(super) plan: Plan,
    pub(super) ready: Barrier,
    pub(super) go: Barrier,
    pub(super) schedule: Mutex<Option<Schedule>>,
}

pub(super) async fn worker(run: Arc<Run>, index: usize) -> Result<Tally, String> {
    let plan = &run.plan;
    let mut client = Client::new(plan.profile.clone(), (index as u64 + 1) * 1_000_000_000);
    let mut sessions = Vec::new();
    let mut opened = Ok(());
    if plan.op != Op::Session {
        for _ in (index..plan.sessions).step_by(plan.connections) {
            match client.open_session().await {
                Ok(session) => sessions.push(session),
                Err(e) => {
                    opened = Err(e);
                    break;
                }
            }
        }
    }
    run.ready.wait().await;
    run.go.wait().await;
    opened?;
    let schedule = run.schedule.lock().expect("no panics while held").clone();
    let (window, pacer) = schedule.ok_or("no schedule")?;
    let mut tally = Tally::default();
    for turn in 0.. {
        let began = match &pacer {
            None => Instant::now(),
            Some(pacer) => match pacer.next().await {
                Some(released) => released,
                None => break,
            },
        };
        if began >= window.end {
            break;
        }
        let session = sessions.get(turn % sessions.len().max(1)).and_then(Option::as_ref);
        let outcome = plan.step(&mut client, session).await;
        let done = Instant::now();
        // Closed loop counts what completes inside the window, open loop what arrives inside it.
        let counts = match pacer {
            None => done >= window.start && done < window.end,
            Some(_) => began >= window.start,
        };
        match outcome {
            Ok(reply) if counts => {
                tally.latency.record(done - began);
                tally.response_bytes += reply.len as u64;
                tally.sse += u64::from(reply.sse);
            }
            Ok(_) => {}
            Err((failure, sample)) => {
                tally.fail(failure, sample);
                // Do not spin on a server that is down.
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
    Ok(tally)
}
