//! `peta audit report changes`: what administrators changed, or tried to.

use std::collections::BTreeSet;

use clap::Args;
use peta_api::{
    Event,
    endpoint::ReportChanges,
    report::{ReportFilters, ReportKind, ReportQuery},
};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    csv::Sheet,
    give::{Report, Way, give},
    names::{or_dash, or_empty},
    period::Period,
    reading::Reading,
};
use crate::{client::Client, fault::Fault, show};

#[derive(Debug, Args)]
pub(crate) struct Changes {
    #[command(flatten)]
    period: Period,
    #[command(flatten)]
    way: Way,
}

#[derive(Serialize)]
struct Acts {
    /// Oldest first.
    acts: Vec<Event>,
    events: u64,
}

impl Changes {
    pub(super) async fn run(self, client: &Client) -> Result<(), Fault> {
        let filters: ReportFilters = self.period.filters();
        let (mut acts, mut reading) = (Vec::new(), Reading::default());
        let mut query = filters.query();
        loop {
            let part = client.call::<ReportChanges>(&[], &query, &()).await?;
            acts.extend(part.acts);
            reading.read(part.events, part.back_to, acts.len())?;
            let Some(next) = part.next else { break };
            query = ReportQuery { cursor: Some(next), ..query };
        }
        reading.done();
        acts.reverse();
        give(client, &self.way, &filters, &Acts { acts, events: reading.events }).await
    }
}

impl Report for Acts {
    const KIND: ReportKind = ReportKind::Changes;

    fn sheet(&self) -> Sheet {
        let headings = &[
            "time", "role", "door", "token", "act", "server", "before", "after", "detail", "decision", "outcome",
            "code", "event", "number",
        ];
        let row = |event: &Event| {
            let part = |name| event.detail.as_ref().and_then(|detail| detail.get(name)).map(Value::to_string);
            vec![
                event.time.to_string(),
                or_empty(event.caller.role.as_ref()),
                or_empty(event.caller.door.as_ref()),
                or_empty(event.caller.token.as_ref()),
                event.kind.clone(),
                or_empty(event.server.as_ref()),
                part("before").unwrap_or_default(),
                part("after").unwrap_or_default(),
                or_empty(event.detail.as_ref()),
                event.decision.to_string(),
                event.end.outcome.map_or_else(|| "running".to_owned(), |outcome| outcome.to_string()),
                or_empty(event.end.code.as_ref()),
                event.id.to_string(),
                event.sequence.to_string(),
            ]
        };
        Sheet { headings, rows: self.acts.iter().map(row).collect() }
    }

    fn text(&self, width: Option<u16>) -> String {
        let reading = Reading { events: self.events, sealed: 0 };
        if self.acts.is_empty() {
            return format!("Nothing was changed in that time. {}", reading.told());
        }
        let row = |event: &Event| {
            let outcome = event.end.outcome.map_or_else(|| "running".to_owned(), |outcome| outcome.to_string());
            vec![
                show::time(event.time),
                who(event),
                event.kind.clone(),
                or_dash(event.server.as_ref().map(|server| server.as_str())),
                or_dash(event.detail.as_ref().map(what).as_deref()),
                event.end.code.as_ref().map_or_else(|| outcome.clone(), |code| format!("{outcome} {code}")),
            ]
        };
        let rows: Vec<_> = self.acts.iter().map(row).collect();
        let table = show::table(&["TIME (UTC)", "WHO", "ACT", "SERVER", "WHAT", "OUTCOME"], &rows, width);
        let silent = self.acts.iter().filter(|event| event.detail.is_none()).count();
        let silent = if silent == 0 {
            String::new()
        } else {
            let why = "there was nothing to tell, or the person was erased, or the vault is or was locked";
            format!(" Of {silent} it is not known what they changed: {why}.")
        };
        format!("{table}\n\n{}{silent}", reading.told())
    }
}

/// What changed, where both states are known; else all that is said of it, but for what is not set.
fn what(detail: &Value) -> String {
    let part = |name| detail.get(name).and_then(Value::as_object);
    let (Some(before), Some(after)) = (part("before"), part("after")) else { return set(detail).to_string() };
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let at = |state: &Map<String, Value>, name: &String| state.get(name).cloned().unwrap_or_default();
    let changed = names.into_iter().map(|name| (name, at(before, name), at(after, name)));
    let changed = changed.filter(|(_, before, after)| before != after);
    let shown: Vec<String> = changed.map(|(name, before, after)| format!("{name}: {before} → {after}")).collect();
    if shown.is_empty() { "nothing".to_owned() } else { shown.join(", ") }
}

/// Without what is null or empty.
fn set(value: &Value) -> Value {
    let Value::Object(members) = value else { return value.clone() };
    let members = members.iter().map(|(name, value)| (name.clone(), set(value)));
    let is_set = |value: &Value| match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => true,
    };
    Value::Object(members.filter(|(_, value)| is_set(value)).collect())
}

/// The role, the door, and the token that was shown.
fn who(event: &Event) -> String {
    let caller = &event.caller;
    let role = caller.role.as_deref().unwrap_or("-");
    match (caller.door.as_deref(), &caller.token) {
        (Some("core"), _) => "Core itself".to_owned(),
        (_, Some(token)) => format!("{role}, token {token}"),
        (Some(door), None) => format!("{role}, {door}"),
        (None, None) => role.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_is_shown_as_what_changed() {
        let detail = json!({ "before": { "idle": null, "url": "a" }, "after": { "idle": "9s", "url": "a", "new": 1 } });
        assert_eq!(what(&detail), "idle: null → \"9s\", new: null → 1");
        assert_eq!(what(&json!({ "before": { "a": 1 }, "after": { "a": 1 } })), "nothing");
        let detail = json!({ "report": "access", "filters": { "user": null, "list": [] }, "no": false });
        assert_eq!(what(&detail), r#"{"no":false,"report":"access"}"#);
        assert_eq!(what(&json!("as it is")), "\"as it is\"");
    }
}
