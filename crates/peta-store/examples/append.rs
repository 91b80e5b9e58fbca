//! What a recorded call costs: intent and outcome together, by 1, 16 and 64 tasks at once, and what reading costs then.
//! `cargo run --release -p peta-store --example append [CALLS] [bare]`; `bare` leaves out what else is known of a call. The
//! figures in decision 0007 were made with it.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement for developers")]

use std::time::{Duration, Instant};

use peta_audit::{Caller, Carried, Ending, Facts, Intent, Pin, Stage, Stages};
use peta_model::{AgentId, CredentialId, Decision, DeliveryClass, EventId, EventKind, Moment, Operation, Outcome};
use peta_store::{Config, EventQuery, Part, Store};

fn facts(number: u64) -> Facts {
    Facts {
        client: None,
        request: Some(number.to_string()),
        pin: Some(Pin([9; 32])),
        operation: Some(Operation::Read),
        policy_version: Some(300),
        credentials: vec![Carried {
            id: CredentialId::from_bytes([3; 16]),
            version: 2,
            delivery: DeliveryClass::Request,
        }],
    }
}

fn call(number: u64, is_bare: bool) -> Intent {
    let mut id = [7; 16];
    id.iter_mut().zip(number.to_be_bytes()).for_each(|(to, from)| *to = from);
    let agent_id = Some(AgentId::from_bytes([1; 16]));
    Intent {
        id: EventId::from_bytes(id),
        time: Moment::from_micros(1_800_000_000_000_000 + i64::try_from(number).unwrap()),
        kind: EventKind::ToolCall,
        caller: Caller { agent: Some("robot".parse().unwrap()), agent_id, ..Caller::default() },
        session: Some("4f1c2a7e".into()),
        server: Some("fs".parse().unwrap()),
        capability: Some("read_file".into()),
        decision: Decision::Allow,
        reasons: vec!["fs".into()],
        request_bytes: 140,
        detail: None,
        concerns: None,
        facts: if is_bare { Facts::default() } else { facts(number) },
    }
}

fn ok(is_bare: bool) -> Ending {
    let mut stages = Stages::NONE;
    if !is_bare {
        for (stage, micros) in [(Stage::Judge, 4), (Stage::Record, 3), (Stage::Credential, 2), (Stage::Server, 880)] {
            stages.set(stage, micros);
        }
    }
    Ending { duration_us: 900, response_bytes: 200, stages, ..Ending::of(Outcome::Ok) }
}

/// The processor time of this process, in steps of the kernel's clock (10 ms).
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    let ticks = |at: usize| fields.get(at).unwrap().parse::<u64>().unwrap();
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}

async fn append(store: &Store, tasks: u64, calls: u64, is_bare: bool) {
    let (began, used) = (Instant::now(), cpu());
    let mut running = Vec::new();
    for task in 0..tasks {
        let recorder = store.recorder();
        running.push(tokio::spawn(async move {
            for number in 0..calls / tasks {
                let receipt = recorder.intent(call(task * calls + number, is_bare)).await.unwrap();
                recorder.outcome(receipt, ok(is_bare)).await.unwrap();
            }
        }));
    }
    for task in running {
        task.await.unwrap();
    }
    let (wall, used) = (began.elapsed(), cpu() - used);
    let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(u32::try_from(calls).unwrap());
    println!("{tasks:3} tasks: {:6.2} µs CPU, {:6.2} µs of wall time for each call", each(used), each(wall));
}

async fn read(store: &Store, what: &str, query: EventQuery) {
    let (began, used) = (Instant::now(), cpu());
    let found = store.events(&query).await.unwrap().events.len();
    println!("{what}: {found} events in {:?}, {:?} CPU", began.elapsed(), cpu() - used);
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let calls = std::env::args().nth(1).map_or(200_000, |text| text.parse().unwrap());
    let is_bare = std::env::args().nth(2).is_some_and(|word| word == "bare");
    let dir = tempfile::tempdir().unwrap();
    let now = Moment::from_micros(1_800_000_000_000_000);
    let store = Store::open(Config::new(dir.path()), now).await.unwrap();
    for tasks in [1, 16, 64] {
        append(&store, tasks, calls, is_bare).await;
    }
    read(&store, "newest 100", EventQuery { limit: 100, ..EventQuery::default() }).await;
    read(&store, "newest 100 again", EventQuery { limit: 100, ..EventQuery::default() }).await;
    read(&store, "none matches", EventQuery { agent: Some("nobody".into()), ..EventQuery::default() }).await;
    let oldest = EventQuery { part: Part::After(None), limit: 1000, ..EventQuery::default() };
    read(&store, "oldest 1000", oldest).await;
    drop(store);
    for before in ["a kill", "a close"] {
        let (began, used) = (Instant::now(), cpu());
        let store = Store::open(Config::new(dir.path()), now).await.unwrap();
        println!("start after {before}: {:?}, {:?} CPU", began.elapsed(), cpu() - used);
        store.close(now).await;
    }
}
