//! What storing one more credential costs, with ever more of them there, and what finding one costs then.
//! `cargo run --release -p peta-store --example credentials [HOW MANY]`; docs/performance.md has figures of it. They are
//! stored as an administrator's acts, with envelopes as large as a token's; in memory where there is such a directory, for
//! what a disk adds is the same however many there are.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement for developers")]

use std::{hint::black_box, path::Path, time::Instant};

use peta_audit::{Caller, Intent};
use peta_model::{
    CredentialId, Decision, Delivery, EventId, EventKind, HttpMode, Isolation, Moment, Owner, ServerId, ServerSpec,
    Transport, Whose,
};
use peta_store::{Config, NewCredential, Store};

const FINDS: u32 = 200_000;

fn act(number: u32) -> Intent {
    let mut id = [7; 16];
    id.iter_mut().zip(number.to_be_bytes()).for_each(|(to, from)| *to = from);
    Intent {
        id: EventId::from_bytes(id),
        time: Moment::from_micros(1_800_000_000_000_000 + i64::from(number)),
        kind: EventKind::Admin("credential.add"),
        caller: Caller::default(),
        session: None,
        server: Some("crowd".parse().unwrap()),
        capability: None,
        decision: Decision::Allow,
        reasons: vec![],
        request_bytes: 300,
        detail: None,
        concerns: None,
        facts: Default::default(),
    }
}

fn server() -> ServerSpec {
    ServerSpec {
        name: "crowd".parse().unwrap(),
        transport: Transport::Http { url: "https://crowd.example/mcp".into(), mode: HttpMode::Auto },
        isolation: Isolation::PerSession,
        eager: false,
        discover: false,
        idle: None,
        total: None,
        credential: Whose::User,
        payloads: None,
    }
}

fn person(number: u32) -> Owner {
    Owner::User(format!("person-{number}@crowd.example"))
}

/// Ids are random, as real ones are.
fn id(number: u32) -> CredentialId {
    let mixed = u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).rotate_left(64);
    CredentialId::from_bytes(mixed.to_be_bytes())
}

fn new(number: u32, server: ServerId) -> NewCredential {
    NewCredential {
        id: id(number),
        name: format!("crowd-{number}").parse().unwrap(),
        server,
        owner: person(number),
        delivery: Delivery::Header { name: "Authorization".into(), template: "Bearer {}".into() },
        scope: None,
        origin: "https://crowd.example".into(),
        held: false,
        by: "an owner".into(),
        sealed: vec![1; 180],
        prints: vec![2; 900],
        oauth: None,
    }
}

/// What a call finds in the snapshot: its token's hash is looked up likewise.
fn find(store: &Store, server: ServerId, there: u32) {
    let owners: Vec<Owner> = (0..1_000).map(|number| person(number * (there / 1_000))).collect();
    let began = Instant::now();
    for number in 0..FINDS {
        let snapshot = store.snapshot();
        let owner = owners.get(number as usize % owners.len()).unwrap();
        assert_eq!(black_box(snapshot.credentials_of(server, owner)).len(), 1);
    }
    println!(
        "{there:7} there: finding what a person has {:5.0} ns",
        began.elapsed().as_secs_f64() * 1e9 / f64::from(FINDS)
    );
}

/// What looking at all costs: in order, as lists show them, and those that are granted, which Core looks at after changes.
fn look(store: &Store, there: u32) {
    let snapshot = store.snapshot();
    let time = |what: &str, count: &dyn Fn() -> usize| {
        let began = Instant::now();
        let count = black_box(count());
        println!("{there:7} there: {what} ({count}) {:8.0} us", began.elapsed().as_secs_f64() * 1e6);
    };
    time("all, in order", &|| snapshot.credentials().len());
    time("those that are granted", &|| snapshot.granting().count());
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let most: u32 = std::env::args().nth(1).map_or(200_000, |text| text.parse().unwrap());
    let memory = Path::new("/dev/shm");
    let dir = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    let store = Store::open(Config::new(dir.path()), Moment::from_micros(1_800_000_000_000_000)).await.unwrap();
    let server = store.add_server(act(0), server()).await.unwrap().id;
    let (mut there, mut next) = (0, 1_000);
    while there < most {
        let (began, from) = (Instant::now(), there);
        while there < next.min(most) {
            store.add_credential(act(there + 1), new(there, server)).await.unwrap();
            there += 1;
        }
        let each = began.elapsed().as_secs_f64() * 1e6 / f64::from(there - from);
        println!("{there:7} there: storing one {each:6.0} us (mean of the last {})", there - from);
        find(&store, server, there);
        look(&store, there);
        next *= 2;
    }
}
