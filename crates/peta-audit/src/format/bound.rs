//! How long an event may be where it is sent: what takes messages cuts them where they are too long, and what is cut there
//! is no JSON any more. So long texts are cut here, with a mark, and each within its field.

use crate::{
    Caller, Event, Facts, Subject, clip,
    clip::{CARRIED_LIMIT, clip_to},
};

/// How many bytes of `detail` are sent. A longer one is sent as a text, cut.
pub const DETAIL_LIMIT: usize = 4_096;
/// How many reasons are sent; behind them stands `…` if there were more.
pub const REASONS_LIMIT: usize = 32;

/// The event, no longer than what is sent. Other texts have the limit of foreign texts, `TEXT_LIMIT`.
pub(crate) fn bounded(event: &Event) -> Event {
    let clipped = |text: &Option<String>| text.clone().map(within);
    let mut reasons: Vec<String> = event.reasons.iter().take(REASONS_LIMIT).cloned().map(within).collect();
    if event.reasons.len() > REASONS_LIMIT {
        reasons.push("…".to_owned());
    }
    Event {
        kind: within(event.kind.clone()),
        caller: Caller { user: clipped(&event.caller.user), ..event.caller.clone() },
        subject: Subject {
            session: clipped(&event.subject.session),
            server: event.subject.server.clone(),
            capability: clipped(&event.subject.capability),
        },
        reasons,
        detail: event.detail.clone().map(|mut detail| {
            clip_to(&mut detail, DETAIL_LIMIT);
            detail
        }),
        facts: Facts {
            client: event.facts.client.as_deref().map(|client| within(client.to_owned()).into()),
            request: clipped(&event.facts.request),
            credentials: event.facts.credentials.iter().take(CARRIED_LIMIT).copied().collect(),
            ..event.facts.clone()
        },
        ..event.clone()
    }
}

fn within(mut text: String) -> String {
    clip(&mut text);
    text
}
