//! The first page for what people ask, in a process that has read nothing yet.

use std::{path::Path, time::Duration};

use peta_model::{Moment, Outcome};
use peta_store::{Config, EventQuery, Part, Store, Which};

use crate::{
    figures::{Watch, memory, millis, row},
    keys::unlock,
    year::{START, YEAR, agent, id, time},
};

/// The best of so many is what it takes; what disturbs only makes it longer.
const ROUNDS: usize = 5;

pub(crate) async fn search(dir: &Path, events: u64) {
    let watch = Watch::start();
    let store = Store::open(Config::new(dir), Moment::from_micros(START + YEAR)).await.unwrap();
    unlock(&store);
    row("start", &format!("{}, {} CPU", millis(watch.wall()), millis(watch.cpu())));
    row("memory after the start", &memory());
    for (what, query) in queries(events) {
        ask(&store, what, query).await;
    }
    for (what, which) in [
        ("one event by its number", Which::Number(events / 2 * 2)),
        ("one event by its id, from the middle", Which::Id(id(events / 2))),
    ] {
        let mut best = (Duration::MAX, Duration::MAX);
        for _ in 0..ROUNDS {
            let watch = Watch::start();
            store.event(which).await.unwrap();
            best = best.min((watch.wall(), watch.cpu()));
        }
        row(what, &format!("{}, {} CPU", millis(best.0), millis(best.1)));
    }
    row("memory after all that", &memory());
    store.close(Moment::from_micros(START + YEAR)).await;
}

fn queries(events: u64) -> Vec<(&'static str, EventQuery)> {
    let all = || EventQuery { limit: 100, ..EventQuery::default() };
    let text = |text: &str| EventQuery { text: Some(text.into()), ..all() };
    let noon = time(events / 2, events).micros();
    let (from, to) = (Some(Moment::from_micros(noon)), Some(Moment::from_micros(noon + 86_400_000_000)));
    let uri = Some("file:///home/p7/notes.md".to_owned());
    vec![
        ("the newest, and first of all", all()),
        (
            "nothing: an agent and an outcome that never met",
            EventQuery { agent: Some(agent(0)), outcome: Some(Outcome::Timeout), ..all() },
        ),
        ("nothing: a capability that is nowhere", EventQuery { capability: Some("nothing".into()), ..all() }),
        ("rare: an outcome of one call in five million", EventQuery { outcome: Some(Outcome::Cancelled), ..all() }),
        (
            "an agent, a tool, an outcome",
            EventQuery {
                agent: Some(agent(7)),
                capability: Some("tool_123".into()),
                outcome: Some(Outcome::Error),
                ..all()
            },
        ),
        ("a person", EventQuery { user: Some("person-3".into()), ..all() }),
        ("a code", EventQuery { code: Some("P5005".into()), ..all() }),
        ("text: part of a tool's name", text("OOL_39")),
        ("text: a session of the year's first day", text(&first_session())),
        ("text: nothing", text("no such text")),
        ("the year's first hour", EventQuery { to: Some(Moment::from_micros(START + 3_600_000_000)), ..all() }),
        (
            "a day in its middle, one server, what failed",
            EventQuery { from, to, server: Some("server-03".into()), outcome: Some(Outcome::Timeout), ..all() },
        ),
        ("the oldest", EventQuery { part: Part::After(None), ..all() }),
        (
            "a resource, whose address is sealed, of one agent on one day",
            EventQuery { agent: Some(agent(7)), capability: uri.clone(), from, to, ..all() },
        ),
        ("the same over the whole year: is refused", EventQuery { capability: uri, ..all() }),
    ]
}

fn first_session() -> String {
    let year = crate::year::Year { events: 1, agents: Vec::new() };
    year.event(0).0.session.unwrap()
}

async fn ask(store: &Store, what: &str, query: EventQuery) {
    let (mut best, mut first, mut found) = ((Duration::MAX, Duration::MAX), None, String::new());
    for _ in 0..ROUNDS {
        let watch = Watch::start();
        found = match store.events(&query).await {
            Ok(page) => format!("{} found", page.events.len()),
            Err(error) => error.code().to_string(),
        };
        let took = (watch.wall(), watch.cpu());
        first = first.or(Some(took));
        best = best.min(took);
    }
    let pair = |(wall, used)| format!("{}, {} CPU", millis(wall), millis(used));
    row(what, &format!("{}; at first {}; {found}", pair(best), pair(first.unwrap())));
}
