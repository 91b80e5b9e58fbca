//! The record, read a page at a time, newest first.

use peta_api::{
    Event, List,
    audit::EventPlaces,
    endpoint::{ListEvents, ShowEvent},
};
use peta_store::{EventQuery, PAGE_LIMIT, Part, Which};

use super::expiry::check_there;
use crate::{
    follow,
    problem::Fault,
    register::{Ask, Given},
    view,
};

const PAGE_DEFAULT: usize = 100;

pub(crate) async fn list(ask: Ask<ListEvents>) -> Result<Given<List<Event>>, Fault> {
    let Ask { admin, who, query, last_event, .. } = ask;
    let (follow, openings) = (query.follow, query.openings);
    if follow && openings {
        return Err(Fault::bad_field("openings", "a stream has none"));
    }
    let log = query.log.unwrap_or_default();
    let query = filter(query)?;
    if follow {
        let after = last_event.as_deref().map(|id| number("Last-Event-ID", id)).transpose()?;
        return Ok(Given::Stream(follow::start(admin, who, (log, query), after)));
    }
    if openings {
        let (found, cursor) = admin.store().log(log).openings(&query).await?;
        let items = found.into_iter().rev().map(view::opened).collect();
        return Ok(Given::Answer(List { items, next: cursor.map(|cursor| cursor.to_string()) }));
    }
    let page = admin.store().log(log).events(&query).await?;
    let items = page.events.into_iter().rev().map(view::event).collect();
    Ok(Given::Answer(List { items, next: page.cursor.map(|cursor| cursor.to_string()) }))
}

pub(crate) async fn show(ask: Ask<ShowEvent>) -> Result<EventPlaces, Fault> {
    let which = which(ask.name())?;
    let log = ask.admin.store().log(ask.query.log.unwrap_or_default());
    let found = log.event(which).await?;
    if let (None, Which::Number(number)) = (&found, which) {
        check_there(log, number)?;
    }
    let found = found.ok_or_else(Fault::no_such_event)?;
    let place = found.event.sequence.saturating_sub(1);
    Ok(EventPlaces { event: view::event(found.event), place, outcome_place: found.outcome.map(|number| number - 1) })
}

/// The event that a path names.
pub(crate) fn which(name: &str) -> Result<Which, Fault> {
    match (name.parse(), name.parse()) {
        (Ok(id), _) => Ok(Which::Id(id)),
        (_, Ok(number)) => Ok(Which::Number(number)),
        _ => Err(Fault::no_such_event()),
    }
}

/// The query in the store's words.
pub(crate) fn filter(query: peta_api::EventQuery) -> Result<EventQuery, Fault> {
    let limit = query.limit.map_or(Ok(PAGE_DEFAULT), usize::try_from).unwrap_or(usize::MAX);
    if limit == 0 || limit > PAGE_LIMIT {
        return Err(Fault::bad_field("limit", format!("a page has 1 to {PAGE_LIMIT} events")));
    }
    let cursor = query.cursor.as_deref().map(|cursor| number("cursor", cursor)).transpose()?;
    Ok(EventQuery {
        agent: query.agent,
        user: query.user,
        about: query.about,
        server: query.server,
        capability: query.capability,
        kind: query.kind,
        decision: query.decision,
        outcome: query.outcome,
        code: query.code,
        text: query.text,
        from: query.since,
        to: query.until,
        part: Part::Before(cursor),
        limit,
    })
}

fn number(field: &str, text: &str) -> Result<u64, Fault> {
    text.parse().map_err(|_| Fault::bad_field(field, "this is no place in the record; pass what the API gave"))
}
