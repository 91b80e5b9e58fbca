//! What a reader should read of an event.

use peta_audit::{
    CARRIED_LIMIT, Event, TEXT_LIMIT,
    format::{DETAIL_LIMIT, REASONS_LIMIT},
};
use serde_json::{Map, Value};

/// The event's fields, texts cut as they are sent, nothing that is not known.
pub(crate) fn fields(event: &Event) -> Map<String, Value> {
    let mut whole = event.clone();
    for text in
        [&mut whole.caller.user, &mut whole.subject.session, &mut whole.subject.capability, &mut whole.facts.request]
            .into_iter()
            .flatten()
    {
        cut(text, TEXT_LIMIT);
    }
    whole.facts.client = whole.facts.client.map(|client| {
        let mut client = client.to_string();
        cut(&mut client, TEXT_LIMIT);
        client.into()
    });
    whole.facts.credentials.truncate(CARRIED_LIMIT);
    cut(&mut whole.kind, TEXT_LIMIT);
    let more = whole.reasons.len() > REASONS_LIMIT;
    whole.reasons.truncate(REASONS_LIMIT);
    whole.reasons.iter_mut().for_each(|reason| cut(reason, TEXT_LIMIT));
    whole.reasons.extend(more.then(|| "…".to_owned()));
    let detail = whole.detail.take().map(|mut detail| {
        cut(&mut detail, DETAIL_LIMIT);
        let is_deep = |value: &Value| depth(value) > 64;
        serde_json::from_str(&detail).ok().filter(|value| !is_deep(value)).unwrap_or(Value::String(detail))
    });
    let Ok(Value::Object(mut fields)) = serde_json::to_value(&whole) else { panic!("an event is an object") };
    fields.insert("detail".into(), detail.unwrap_or_default());
    fields.retain(|_, value| !value.is_null());
    fields
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

fn cut(text: &mut String, limit: usize) {
    if text.len() > limit {
        let at = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= limit).last().unwrap_or_default();
        text.replace_range(at.., "…");
    }
}
