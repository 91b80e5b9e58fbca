//! How sinks look to people.

use peta_api::{Sink, SinkState};

use crate::{fault::printable, show, terminal};

/// The table of all, and under it what is wrong.
pub(super) fn list(sinks: &[Sink]) {
    if sinks.is_empty() {
        terminal::answer("no sinks yet; `peta audit sink add --help` shows how to add one");
        return;
    }
    let row = |it: &Sink| {
        vec![
            it.name.to_string(),
            it.setup.to.to_string(),
            it.setup.format.clone(),
            it.health.state.word().to_owned(),
            behind(it),
            it.health.sent.to_string(),
            it.health.skipped.to_string(),
            show::time_or(it.health.last_sent, "never"),
        ]
    };
    let headings = ["NAME", "TO", "FORMAT", "STATE", "BEHIND", "SENT", "LEFT OUT", "LAST SENT"];
    let rows: Vec<Vec<String>> = sinks.iter().map(row).collect();
    let mut text = show::table(&headings, &rows, terminal::width());
    for it in sinks.iter().filter(|it| it.health.state != SinkState::Ok) {
        text.push_str(&format!("\n\n{}: {}", it.name, printable(&trouble(it))));
    }
    terminal::answer(&text);
}

/// All about one.
pub(super) fn show(it: &Sink) {
    let (setup, health) = (&it.setup, &it.health);
    let mut pairs = vec![("name", it.name.to_string()), ("state", health.state.word().to_owned())];
    if health.state != SinkState::Ok {
        pairs.push(("why", trouble(it)));
    }
    pairs.extend([
        ("to", setup.to.to_string()),
        ("format", setup.format.clone()),
        ("events", which(it)),
        ("private parts", if setup.private { "sent; no erasure reaches them there" } else { "not sent" }.to_owned()),
        ("behind", behind(it)),
        ("sent", format!("{} since Core started, last {}", health.sent, show::time_or(health.last_sent, "never"))),
        ("left out", health.skipped.to_string()),
        ("secret", if it.secret { "sealed in the vault" } else { "none" }.to_owned()),
    ]);
    if !setup.headers.is_empty() {
        pairs.push(("headers", setup.headers.join("\n")));
    }
    pairs.extend(setup.user.clone().map(|user| ("user", user)));
    pairs.extend(setup.region.clone().map(|region| ("region", region)));
    if setup.ack {
        pairs.push(("acknowledged by", "Splunk's indexers".to_owned()));
    }
    if setup.ca {
        pairs.push(("trusts", "its own certificate authorities, and no other".to_owned()));
    }
    pairs.extend([("added", show::time(it.added)), ("id", it.id.to_string())]);
    terminal::answer(&show::fields(&pairs, terminal::width()));
}

pub(super) fn added(it: &Sink, from_beginning: bool) {
    let what = if from_beginning { "all that was ever recorded, and will be," } else { "what is recorded from now on" };
    let name = &it.name;
    terminal::answer(&format!("sink `{name}` is added: {what} is sent to {} as {}", it.setup.to, it.setup.format));
    terminal::note(&format!("  `peta audit sink test {name}` sends one event now"));
    if it.setup.private {
        terminal::note("  private parts are sent, too: no erasure reaches them there");
    }
}

fn behind(it: &Sink) -> String {
    if it.health.lag_us == 0 {
        return "-".to_owned();
    }
    let entries = it.health.lag_entries;
    format!("{}, {entries} {}", show::length(it.health.lag_us), if entries == 1 { "entry" } else { "entries" })
}

fn trouble(it: &Sink) -> String {
    let since = it.health.since.map_or_else(String::new, |at| format!(" since {}", show::time(at)));
    let code = it.health.code.as_ref().map_or_else(String::new, |code| format!(" ({code})"));
    format!("{}{since}: {}{code}", it.health.state.word(), it.health.why.as_deref().unwrap_or("it does not say why"))
}

fn which(it: &Sink) -> String {
    let filter = &it.setup.filter;
    let parts = [
        filter.kind.as_ref().map(|kind| format!("kind {kind}")),
        filter.decision.map(|decision| format!("decision {decision}")),
        filter.outcome.map(|outcome| format!("outcome {outcome}")),
        filter.server.as_ref().map(|server| format!("server {server}")),
        filter.agent.as_ref().map(|agent| format!("agent {agent}")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "all".to_owned() } else { parts.join(", ") }
}
