//! The record as a stream: what there is, then each event as it ends. It stops when the reader goes, when Core does,
//! and when the token that opened it no longer opens anything.

use std::collections::HashSet;

use axum::response::Response;
use peta_audit::Event;
use peta_model::LogName;
use peta_store::{EventQuery, LogHandle, Part};
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    access::Who,
    admin::Admin,
    live::{self, Writer},
    view,
};

/// What is sent, and what was.
struct Feed {
    writer: Writer,
    /// The greatest number sent so far: what a reader that comes back has seen.
    newest: u64,
    /// Events of the beginning, which the store may tell once more when it follows.
    told: HashSet<u64>,
}

/// Starts the stream: first the newest events that the query asks for, or with `after` all that came after that one.
pub(crate) fn start(admin: Admin, who: Who, query: (LogName, EventQuery), after: Option<u64>) -> Response {
    let (writer, response) = live::open();
    let feed = Feed { writer: writer.clone(), newest: after.unwrap_or(0), told: HashSet::new() };
    tokio::spawn(async move {
        tokio::select! {
            () = run(admin.store().log(query.0), feed, query.1, after) => {}
            () = writer.gone() => {}
            () = admin.closed() => {}
            () = no_longer(&admin, &who, &writer) => {}
        }
    });
    response
}

async fn run(log: LogHandle<'_>, mut feed: Feed, query: EventQuery, after: Option<u64>) {
    // The place is taken before the beginning is read, so that nothing is missed between the two.
    let mut follow = log.follow(query.clone());
    if !begin(log, &mut feed, query, after).await {
        return;
    }
    loop {
        let events = match follow.next().await {
            Ok(events) => events,
            Err(error) => {
                tracing::debug!(%error, "a stream of events ends");
                return;
            }
        };
        for event in events {
            if !feed.told.remove(&event.sequence) && !feed.send(event).await {
                return;
            }
        }
    }
}

/// Sends the beginning; false when that cannot go on.
async fn begin(log: LogHandle<'_>, feed: &mut Feed, mut query: EventQuery, after: Option<u64>) -> bool {
    if after.is_some() {
        query.part = Part::After(after);
    }
    loop {
        let page = match log.events(&query).await {
            Ok(page) => page,
            Err(error) => {
                tracing::warn!(%error, "the record cannot be read for a stream");
                return false;
            }
        };
        // What has not ended comes when it does.
        for event in page.events.into_iter().filter(|event| event.ending.is_some()) {
            feed.told.insert(event.sequence);
            if !feed.send(event).await {
                return false;
            }
        }
        match (query.part, page.cursor) {
            (Part::After(_), Some(cursor)) => query.part = Part::After(Some(cursor)),
            _ => return true,
        }
    }
}

/// Waits until the administrator may read no longer; meanwhile says now and then that the stream is alive.
async fn no_longer(admin: &Admin, who: &Who, writer: &Writer) {
    let mut changes = admin.store().changes();
    let mut tick = interval(admin.config().keep_alive);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        if !who.stands(&admin.store().snapshot(), admin.lives()) {
            return;
        }
        tokio::select! {
            _ = changes.next() => {}
            _ = tick.tick() => if !writer.comment().await { return },
        }
    }
}

impl Feed {
    async fn send(&mut self, event: Event) -> bool {
        self.newest = self.newest.max(event.sequence);
        match serde_json::to_string(&view::event(event)) {
            Ok(json) => self.writer.event(self.newest, &json).await,
            Err(_) => true,
        }
    }
}
