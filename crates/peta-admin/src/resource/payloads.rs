//! What was said in calls, for the one role that may read it. Before anything is opened, the record says who reads what.

use peta_api::{
    Endpoint, EventQuery, List,
    audit::EventPlaces,
    endpoint::{ReadPayloads, ShowPayload},
    payload::{EventPayloads, KeptPayload},
};
use peta_model::{Code, LogName};
use peta_store::{Opened, Said, Which};
use serde_json::{Value, json};

use super::events::{filter, which};
use crate::{act, problem::Fault, register::Ask, view};

/// Events of one page: each may hold some megabytes.
const PAGE: u32 = 100;

pub(crate) async fn show(ask: Ask<ShowPayload>) -> Result<EventPayloads, Fault> {
    let store = ask.admin.store();
    let found = store.event(which(ask.name())?).await?.ok_or_else(Fault::no_such_event)?.event;
    let intent = act::intent(&ask.admin, &ask.who, ShowPayload::OPERATION);
    let intent = act::about_person(intent, found.caller.user.as_deref());
    let intent = act::with_detail(intent, &json!({ "event": found.id, "sequence": found.sequence }));
    act::carry_out(&ask.admin, intent, async {
        let said = store.said_in(Which::Number(found.sequence)).await?.ok_or_else(Fault::no_such_event)?;
        Ok(shown(said))
    })
    .await
}

pub(crate) async fn read(ask: Ask<ReadPayloads>) -> Result<List<EventPayloads>, Fault> {
    let Ask { admin, who, query, body, .. } = ask;
    if query.follow {
        return Err(Fault::bad_field("follow", "payloads are not followed"));
    }
    if query.openings {
        return Err(Fault::bad_field("openings", "list the events to read them"));
    }
    if query.limit.is_some_and(|limit| limit > PAGE) {
        return Err(Fault::bad_field("limit", format!("a page has 1 to {PAGE} events")));
    }
    if query.log.is_some_and(|log| log != LogName::Default) {
        return Err(Fault::bad_field("log", "nothing that was said stands beside the log `system`"));
    }
    let about = json!({ "filter": told(&query), "text": body.text });
    let intent = act::about_person(act::intent(&admin, &who, ReadPayloads::OPERATION), query.user.as_deref());
    let query = filter(EventQuery { limit: query.limit.or(Some(PAGE)), ..query })?;
    act::carry_out(&admin, act::with_detail(intent, &about), async {
        let page = admin.store().said(&query, body.text.as_deref().filter(|text| !text.is_empty())).await?;
        let next = page.cursor.map(|cursor| cursor.to_string());
        Ok(List { items: page.items.into_iter().map(shown).collect(), next })
    })
    .await
}

/// What of a query was asked for.
fn told(query: &EventQuery) -> Value {
    serde_json::to_value(query).unwrap_or_default()
}

fn shown(said: Said) -> EventPayloads {
    let Said { event, outcome, arguments, result } = said;
    let place = event.sequence.saturating_sub(1);
    let places = EventPlaces { event: view::event(event), place, outcome_place: outcome.map(|number| number - 1) };
    EventPayloads { event: places, arguments: arguments.map(kept), result: result.map(kept) }
}

fn kept(opened: Opened) -> KeptPayload {
    let lost = |code: Code, why: &str| KeptPayload {
        text: None,
        form: None,
        length: None,
        cut: false,
        salt: None,
        lost: Some(code.to_string()),
        why: Some(why.to_owned()),
    };
    match opened {
        Opened::Whole(salt, payload) => KeptPayload {
            form: Some(payload.form.word().to_owned()),
            length: Some(payload.length),
            cut: payload.cut,
            text: Some(payload.text),
            salt: Some(salt.iter().map(|byte| format!("{byte:02x}")).collect()),
            lost: None,
            why: None,
        },
        Opened::Expired => lost(Code::PAYLOAD_GONE, "it expired"),
        Opened::Sealed => {
            lost(Code::PAYLOAD_GONE, "its key is not there: the person was erased, or the vault is locked")
        }
        Opened::Changed => lost(Code::PAYLOAD_CHANGED, "what is there is not what was recorded"),
    }
}
