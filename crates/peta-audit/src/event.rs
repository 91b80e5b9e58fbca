//! One event of the record, as it is read: an intent and its ending together. The names and the order of its JSON
//! fields are a contract, written down in `docs/formats/event.md`; what is not known is `null`, never left out.

use peta_model::{Decision, EventId, EventKind, Moment, Slug};
use serde::{Serialize, Serializer, ser::SerializeStruct};
use serde_json::value::RawValue;

use crate::{Admin, Caller, Ending, Facts, Intent, Origin, detail};

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub id: EventId,
    /// Its place in the record; later ones are greater.
    pub sequence: u64,
    pub time: Moment,
    /// A word of the record; a string, since a newer Peta may have written words that this one does not know.
    pub kind: String,
    pub caller: Caller,
    pub subject: Subject,
    pub decision: Decision,
    pub reasons: Vec<String>,
    pub request_bytes: u64,
    /// Of an administrative act, what it changed: a JSON object.
    pub detail: Option<String>,
    /// None while it is still going on.
    pub ending: Option<Ending>,
    /// What else is known of a call.
    pub facts: Facts,
    pub origin: Origin,
}

/// What it was about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    pub session: Option<String>,
    pub server: Option<Slug>,
    /// Foreign text; show it through `escaped`.
    pub capability: Option<String>,
}

impl Event {
    /// The version of the schema, as `docs/formats/event.md` has it. A field more is no new version.
    pub const VERSION: u64 = 1;

    /// The intent that began it, with a kind in the place of its word.
    pub fn into_intent(self, kind: EventKind) -> Intent {
        let Self { id, time, caller, subject, decision, reasons, request_bytes, detail, facts, .. } = self;
        let Subject { session, server, capability } = subject;
        let concerns = None;
        Intent {
            id,
            time,
            kind,
            caller,
            session,
            server,
            capability,
            decision,
            reasons,
            request_bytes,
            detail,
            concerns,
            facts,
        }
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self { caller: Caller { agent, agent_id, user, token, admin }, subject, ending, facts, origin, .. } = self;
        let mut fields = to.serialize_struct("Event", 30)?;
        fields.serialize_field("id", &self.id)?;
        fields.serialize_field("sequence", &self.sequence)?;
        fields.serialize_field("time", &self.time)?;
        fields.serialize_field("tenant", &origin.tenant)?;
        fields.serialize_field("boot", &origin.boot)?;
        fields.serialize_field("kind", &self.kind)?;
        fields.serialize_field("agent", agent)?;
        fields.serialize_field("agent_id", agent_id)?;
        fields.serialize_field("user", user)?;
        fields.serialize_field("token", token)?;
        fields.serialize_field("role", &admin.map(|Admin { role, .. }| role))?;
        fields.serialize_field("door", &admin.map(|Admin { door, .. }| door.word()))?;
        fields.serialize_field("client", &facts.client.as_deref())?;
        fields.serialize_field("session", &subject.session)?;
        fields.serialize_field("request", &facts.request)?;
        fields.serialize_field("server", &subject.server)?;
        fields.serialize_field("capability", &subject.capability)?;
        fields.serialize_field("pin", &facts.pin)?;
        fields.serialize_field("operation", &facts.operation)?;
        fields.serialize_field("decision", &self.decision)?;
        fields.serialize_field("reasons", &self.reasons)?;
        fields.serialize_field("policy_version", &facts.policy_version)?;
        fields.serialize_field("credentials", &Some(&facts.credentials).filter(|carried| !carried.is_empty()))?;
        fields.serialize_field("outcome", &ending.map(|end| end.outcome))?;
        fields.serialize_field("code", &ending.and_then(|end| end.code).map(|code| code.as_str()))?;
        fields.serialize_field("duration_us", &ending.map(|end| end.duration_us))?;
        fields.serialize_field("stages", &ending.map(|end| end.stages).filter(|stages| !stages.is_none()))?;
        fields.serialize_field("request_bytes", &self.request_bytes)?;
        fields.serialize_field("response_bytes", &ending.map(|end| end.response_bytes))?;
        match self.detail.as_deref().map(|text| (text, raw(text))) {
            Some((_, Some(json))) => fields.serialize_field("detail", json)?,
            other => fields.serialize_field("detail", &other.map(|(text, _)| text))?,
        }
        fields.end()
    }
}

/// The text as it is, if it is JSON.
fn raw(text: &str) -> Option<&RawValue> {
    detail::value(text)?;
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests;
