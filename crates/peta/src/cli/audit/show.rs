//! `peta audit show`

use std::collections::BTreeMap;

use clap::Args;
use peta_api::{
    EventCredential,
    audit::{EventPlaces, LogQuery},
    endpoint::{ShowEvent, ShowPayload},
    payload::KeptPayload,
};
use peta_audit::Stage;
use peta_model::Code;

use super::{head, mirror, source::OfLog};
use crate::{
    client::Client,
    fault::{Fault, printable},
    output::{Output, print_json},
    show, terminal,
};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  peta audit show 4711
  peta audit show 4711 --payload     what was said, with a token of the role `payloads`
  peta audit show 8d0c6a1f7c0e4f1e9d2b3a4c5d6e7f80 --json")]
pub(crate) struct Show {
    /// The event, by its id or its number.
    event: String,
    /// What was said in it, too, if that was kept. Needs a token of the role `payloads`, and is an event of its own.
    #[arg(long)]
    payload: bool,
    #[command(flatten)]
    of: OfLog,
    #[command(flatten)]
    output: Output,
}

impl Show {
    pub(crate) async fn run(self, client: &Client) -> Result<(), Fault> {
        if self.payload && self.of.name().is_some() {
            let text = "nothing that was said stands beside the log `system`";
            return Err(Fault::new(Code::USAGE, text, "leave out --log or --payload"));
        }
        let of = self.of.at(client);
        let (found, said) = if self.payload {
            let said = client.call::<ShowPayload>(&[&self.event], &(), &()).await?;
            if self.output.json {
                return print_json(&said);
            }
            let rows = [("arguments", said.arguments.as_ref()), ("result", said.result.as_ref())];
            let rows = rows.map(|(name, kept)| (name, spoken(kept)));
            (said.event, Vec::from(rows))
        } else {
            (client.call::<ShowEvent>(&[&self.event], &LogQuery { log: of.name() }, &()).await?, Vec::new())
        };
        if self.output.json {
            return print_json(&found);
        }
        let signed = head::head(of).await.ok().map(|head| head.checkpoint.size);
        let entry = mirror::entries(of, found.place, 1).await.ok().and_then(|mut entries| entries.pop());
        let rows = [rows(&found, signed, entry), said].concat();
        terminal::answer(&show::fields(&rows, terminal::width()));
        Ok(())
    }
}

fn spoken(kept: Option<&KeptPayload>) -> String {
    let Some(kept) = kept else { return "not kept".to_owned() };
    let whole = kept.length.filter(|_| kept.cut).map_or(String::new(), |length| format!(" … (cut, of {length} bytes)"));
    match (&kept.text, &kept.lost, &kept.why) {
        (Some(text), ..) => format!("{}{whole}", printable(text)),
        (None, code, why) => format!("lost ({}): {}", code.as_deref().unwrap_or("-"), why.as_deref().unwrap_or("-")),
    }
}

fn rows(found: &EventPlaces, signed: Option<u64>, entry: Option<String>) -> Vec<(&'static str, String)> {
    let EventPlaces { event, place, outcome_place } = found;
    let (caller, facts) = (&event.caller, &event.facts);
    let some = |name, text: &Option<String>| text.as_deref().map(|text| (name, printable(text).replace('\n', " ")));
    let last = outcome_place.unwrap_or(*place);
    let where_it_is = match signed {
        Some(size) if last < size => format!("entry {place}, signed"),
        _ => format!("entry {place}, not signed yet"),
    };
    let ended = event.end.outcome.map_or_else(|| "still going on".to_owned(), |outcome| outcome.to_string());
    let bytes = |count: Option<u64>| count.map(|count| format!("{count} bytes"));
    [
        Some(("event", event.id.to_string())),
        Some(("number", event.sequence.to_string())),
        Some(("time", show::time(event.time))),
        Some(("kind", event.kind.clone())),
        some("agent", &caller.agent),
        some("user", &caller.user),
        some("role", &caller.role),
        some("door", &caller.door),
        some("token", &caller.token),
        some("client", &facts.client),
        some("session", &caller.session),
        some("request", &facts.request),
        event.server.as_ref().map(|server| ("server", server.to_string())),
        some("capability", &event.capability),
        some("pin", &facts.pin),
        facts.operation.map(|operation| ("operation", operation.to_string())),
        Some(("decision", event.decision.to_string())),
        (!event.reasons.is_empty()).then(|| ("reasons", printable(&event.reasons.join(", ")))),
        facts.policy_version.map(|version| ("policy", format!("version {version}"))),
        facts.credentials.as_deref().map(|carried| ("credentials", carried_as(carried))),
        Some(("outcome", ended)),
        event.end.code.as_ref().map(|code| ("code", code.clone())),
        event.end.duration_us.map(|took| ("took", show::length(took))),
        event.end.stages.as_ref().map(|stages| ("stages", stages_as(stages))),
        Some(("asked", format!("{} bytes", event.end.request_bytes))),
        bytes(event.end.response_bytes).map(|size| ("answered", size)),
        event.detail.as_ref().map(|detail| ("detail", printable(&detail.to_string()))),
        some("tenant", &facts.tenant),
        some("run of Core", &facts.boot),
        Some(("in the tree", where_it_is)),
        entry.map(|entry| ("its entry", printable(&entry))),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn carried_as(carried: &[EventCredential]) -> String {
    let one = |EventCredential { id, version, delivery }: &EventCredential| {
        format!("{}, version {version}, {}", printable(id), delivery.word())
    };
    carried.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// In the order of the line, each with its length.
fn stages_as(stages: &BTreeMap<String, u64>) -> String {
    let known = Stage::ALL.into_iter().filter_map(|stage| stages.get_key_value(stage.word()));
    known.map(|(stage, took)| format!("{stage} {}", show::length(*took))).collect::<Vec<_>>().join(", ")
}
