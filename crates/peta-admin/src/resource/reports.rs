//! Reports of what is on record: a part at a time, counted up while it is read, and the event that a report was made.

use peta_api::{
    Endpoint, Event,
    endpoint::{RecordReport, ReportActivity, ReportChanges, ReportCredentials},
    report::{
        ActivityKey, ActivityPart, ActivityRow, ChangesPart, CredentialUsePart, ReportKind, ReportMade, ReportQuery,
        Seen, Tally, UseKey, UseRow,
    },
};
use peta_model::Moment;
use peta_store::{EventQuery, PAGE_LIMIT, Part};
use serde_json::json;

use super::agents::{check_name, named};
use crate::{act, admin::Admin, problem::Fault, register::Ask, view};

/// So many pages of events are counted up for one answer.
const PAGES: usize = 10;
/// So many acts are enough for one answer: what they changed can be long.
const ACTS: usize = 500;
/// The length of SHA-256 in hexadecimal.
const DIGEST: usize = 64;
const OF_ONE: &str = "only the report of credentials is of one credential";
const OF_ADMINISTRATORS: &str = "changes are acts of administrators, not of agents";

pub(crate) async fn activity(ask: Ask<ReportActivity>) -> Result<ActivityPart, Fault> {
    no("credential", ask.query.credential.as_ref(), OF_ONE)?;
    let mut tally = Tally::new();
    let count = |event: Event| {
        let at = event.time;
        if let Some(key) = ActivityKey::of(event) {
            tally.add(key, Seen::once(at));
        }
        true
    };
    let Stretch { events, sealed, back_to, next } = read(&ask.admin, ask.query, count).await?;
    let rows = tally.into_rows().map(|(what, seen)| ActivityRow { what, seen }).collect();
    Ok(ActivityPart { rows, events, sealed, back_to, next })
}

pub(crate) async fn credentials(ask: Ask<ReportCredentials>) -> Result<CredentialUsePart, Fault> {
    let only = ask.query.credential.clone();
    let mut tally = Tally::new();
    let count = |event: Event| {
        let is = |key: &UseKey| only.as_ref().is_none_or(|only| *only == key.name || *only == key.credential);
        let keys = UseKey::of(&event).into_iter().filter(is);
        keys.for_each(|key| tally.add(key, Seen::once(event.time)));
        true
    };
    let Stretch { events, sealed, back_to, next } = read(&ask.admin, ask.query, count).await?;
    let rows = tally.into_rows().map(|(what, seen)| UseRow { what, seen }).collect();
    Ok(CredentialUsePart { rows, events, sealed, back_to, next })
}

pub(crate) async fn changes(ask: Ask<ReportChanges>) -> Result<ChangesPart, Fault> {
    no("credential", ask.query.credential.as_ref(), OF_ONE)?;
    no("agent", ask.query.agent.as_ref(), OF_ADMINISTRATORS)?;
    no("user", ask.query.user.as_ref(), OF_ADMINISTRATORS)?;
    let mut acts = Vec::new();
    let pick = |event: Event| {
        if event.caller.role.is_some() {
            acts.push(event);
        }
        acts.len() < ACTS
    };
    let Stretch { events, back_to, next, .. } = read(&ask.admin, ask.query, pick).await?;
    Ok(ChangesPart { acts, events, back_to, next })
}

pub(crate) async fn record(ask: Ask<RecordReport>) -> Result<ReportMade, Fault> {
    let body = &ask.body;
    let manifest = body.manifest.as_deref();
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if manifest.is_some_and(|digest| digest.len() != DIGEST || !digest.bytes().all(is_digit)) {
        return Err(Fault::bad_field("manifest", "SHA-256 has 64 small hexadecimal digits"));
    }
    if body.log.is_some() && body.report != ReportKind::Export {
        return Err(Fault::bad_field("log", "exports alone are of a log"));
    }
    body.filters.user.as_ref().map_or(Ok(()), |user| check_name("filters.user", user))?;
    body.filters.credential.as_ref().map_or(Ok(()), |name| check_name("filters.credential", name))?;
    let agent = body.filters.agent.as_ref().map(|name| named(&ask.admin, name.as_str())).transpose()?;
    let mut filters = body.filters.clone();
    let unknown = match filters.user.take() {
        Some(user) if is_known(&ask.admin, &user).await? => {
            filters.user = Some(user);
            false
        }
        asked => asked.is_some(),
    };
    let person = filters.user.as_deref().or_else(|| agent.as_ref().and_then(|agent| agent.user.as_deref()));
    let intent = act::about_person(act::intent(&ask.admin, &ask.who, RecordReport::OPERATION), person);
    let unknown = unknown.then_some(true);
    let about = json!({ "report": body.report, "filters": filters, "log": body.log, "unknown_user": unknown });
    let mut intent = act::with_detail(intent, &about);
    // Reasons of this form are public: whoever has the signed record can hold the files against it.
    intent.reasons.extend(manifest.map(|digest| format!("manifest/{digest}")));
    let event = intent.id;
    act::carry_out(&ask.admin, intent, async { Ok(ReportMade { event }) }).await
}

/// Whether the record or an agent knows the person. A name that nothing knows is not written down: it would make a person of
/// a slip, or bring one back who was erased.
async fn is_known(admin: &Admin, user: &str) -> Result<bool, Fault> {
    let of_agent = admin.store().snapshot().agents().iter().any(|agent| agent.user.as_deref() == Some(user));
    Ok(of_agent || admin.store().subjects_named().await?.iter().any(|known| known.name == user))
}

/// What was read for one answer.
struct Stretch {
    events: u64,
    sealed: u64,
    back_to: Option<Moment>,
    next: Option<String>,
}

/// Reads some pages, newest first, as long as more is wanted.
async fn read(admin: &Admin, query: ReportQuery, mut each: impl FnMut(Event) -> bool) -> Result<Stretch, Fault> {
    if let Some(agent) = &query.agent {
        named(admin, agent.as_str())?;
    }
    let no_place = |_| Fault::bad_field("cursor", "this is no place in the record; pass what the API gave");
    let mut cursor: Option<u64> = query.cursor.as_deref().map(str::parse).transpose().map_err(no_place)?;
    let mut wanted = EventQuery {
        agent: query.agent.map(|agent| agent.to_string()),
        user: query.user,
        from: query.since,
        to: query.until,
        limit: PAGE_LIMIT,
        ..EventQuery::default()
    };
    let mut stretch = Stretch { events: 0, sealed: 0, back_to: None, next: None };
    for _ in 0..PAGES {
        wanted.part = Part::Before(cursor);
        let page = admin.store().events(&wanted).await?;
        let mut enough = false;
        for event in page.events.into_iter().rev().map(view::event) {
            stretch.events += 1;
            stretch.sealed += u64::from(event.caller.agent_id.is_some() && event.caller.agent.is_none());
            stretch.back_to = Some(event.time);
            enough |= !each(event);
        }
        cursor = page.cursor;
        if enough || cursor.is_none() {
            break;
        }
    }
    stretch.next = cursor.map(|cursor| cursor.to_string());
    Ok(stretch)
}

/// Refuses a filter that a report cannot have: it would be empty, and look as if nothing had happened.
fn no<T>(field: &str, given: Option<&T>, why: &str) -> Result<(), Fault> {
    given.map_or(Ok(()), |_| Err(Fault::bad_field(field, why)))
}
