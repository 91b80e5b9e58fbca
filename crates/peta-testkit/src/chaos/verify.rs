//! What must hold after each fault: what the agents saw, what the record says and what the servers did are one story.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::note::{Became, Note};

/// How an event of the load is known.
type Key = (String, String, String, u64);

/// Holds the notes of the load against the record and against what the servers executed. What is wrong, in words.
pub fn compare(notes: &[Note], events: &[Value], executed: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut recorded: HashMap<Key, Vec<&Value>> = HashMap::new();
    for event in events.iter().filter(|event| is_call(event)) {
        recorded.entry(key_of(event)).or_default().push(event);
    }
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for id in executed {
        *times.entry(id).or_default() += 1;
    }
    for note in notes {
        let found = recorded.remove(&key(note)).unwrap_or_default();
        let ran = times.remove(note.id.as_str()).unwrap_or(0);
        wrong.extend(
            judge(note, &found, ran).map(|what| format!("{what}: {note:?}, ran {ran} times, recorded {found:?}")),
        );
    }
    wrong.extend(recorded.into_values().flatten().map(|event| format!("nobody made this call: {event}")));
    wrong.extend(times.into_keys().map(|id| format!("executed, and nobody made this call: {id}")));
    wrong
}

/// The outcomes that the record gives to calls whose agents got no answer.
pub(super) fn outcomes_of_cut(notes: &[Note], events: &[Value]) -> BTreeMap<String, usize> {
    let cut: BTreeSet<Key> = notes.iter().filter(|note| matches!(note.became, Became::Cut(_))).map(key).collect();
    let mut outcomes = BTreeMap::new();
    for event in events.iter().filter(|event| is_call(event) && cut.contains(&key_of(event))) {
        *outcomes.entry(event["outcome"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
    }
    outcomes
}

fn judge(note: &Note, found: &[&Value], ran: usize) -> Option<&'static str> {
    let outcome = found.first().and_then(|event| event["outcome"].as_str());
    if found.len() > 1 {
        return Some("one call, several events");
    }
    if ran > 1 {
        return Some("it ran twice");
    }
    if ran > 0 && found.is_empty() {
        return Some("it ran, and was not recorded");
    }
    match &note.became {
        Became::Ok if outcome != Some("ok") => Some("answered, and not recorded so"),
        Became::Ok if ran == 0 => Some("answered, and never run"),
        Became::Refused(code) => refused(code, found),
        Became::NotSent(_) if !found.is_empty() => Some("recorded, and never sent"),
        // A call that was cut may have come to any end, but never to none.
        Became::Cut(_) if !found.is_empty() && outcome.is_none() => Some("it has no end"),
        _ => None,
    }
}

/// An answer that refuses is an answer, too, unless it says that it could not be recorded.
fn refused(code: &str, found: &[&Value]) -> Option<&'static str> {
    match found.first() {
        None if code.contains("P6001") => None,
        None => Some("refused, and not recorded"),
        Some(event) if event["outcome"] == "ok" => Some("refused, and recorded as answered"),
        // Its answer was withheld; if Core was killed before it could write so, the next start says the same.
        Some(event) if code.contains("P6001") && event["outcome"] == "unknown" => None,
        Some(event) => (!code.ends_with(event["code"].as_str().unwrap_or_default())).then_some("refused otherwise"),
    }
}

fn is_call(event: &Value) -> bool {
    event["kind"] == "tool_call" || event["kind"] == "resource_read"
}

fn key(note: &Note) -> Key {
    (note.agent.clone(), note.kind.to_owned(), note.capability.clone(), note.bytes.unwrap_or(0))
}

fn key_of(event: &Value) -> Key {
    let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    let bytes = if event["kind"] == "tool_call" { event["request_bytes"].as_u64().unwrap_or(0) } else { 0 };
    (text("agent"), text("kind"), text("capability"), bytes)
}

#[cfg(test)]
mod tests;
