//! What Core puts on record about its sinks.

use peta_audit::{Ending, Intent};
use peta_model::{Code, EventId, Outcome, SinkName};
use peta_store::{Ended, Recorder};
use serde_json::{Value, json};

use crate::senses::Senses;

pub(crate) const LAGGING: &str = "sink.lagging";
pub(crate) const RECOVERED: &str = "sink.recovered";
pub(crate) const SKIPPED: &str = "sink.skipped";

/// Something about a sink, that ended so.
pub(crate) async fn tell(
    (recorder, senses): (&Recorder, &Senses),
    kind: &'static str,
    code: Option<Code>,
    detail: &Value,
) {
    let intent = Intent::of_core(EventId::from_bytes(senses.random()), senses.now(), kind, detail.to_string());
    let outcome = if code.is_some() { Outcome::Failed } else { Outcome::Ok };
    let ending = Ending { code, ..Ending::of(outcome) };
    if recorder.whole(intent, ending).await.is_err() {
        tracing::error!(kind, %detail, "what happened to a sink could not be recorded");
    }
}

pub(crate) fn behind(sink: &SinkName, lag_us: u64, entries: u64) -> Value {
    json!({ "sink": sink, "lag_seconds": lag_us / 1_000_000, "lag_entries": entries })
}

pub(crate) fn without(sink: &SinkName, ended: &Ended, why: &str) -> Value {
    json!({ "sink": sink, "event": ended.event.id, "sequence": ended.event.sequence, "kind": ended.event.kind, "why": why })
}
