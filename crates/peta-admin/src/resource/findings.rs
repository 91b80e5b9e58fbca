//! What a careful administrator should look at, for `peta doctor`: gravest first. Found in what the store and the runtime
//! know already; nothing is started or dialled for it.

use std::collections::BTreeMap;

use peta_api::{CredentialState, Finding, Level, List, SinkState, endpoint::ListFindings};
use peta_model::{Code, Moment, ServerState, Span};
use peta_store::{CredentialEntry, ServerEntry, SinkEntry, Snapshot, TokenState, Waits, Witness};

use super::credentials;
use crate::{about, admin::Admin, problem::Fault, register::Ask, view};

/// A token that ends within this time is worth a word.
const SOON: Span = Span::from_secs(7 * 24 * 3600);

pub(crate) async fn list(ask: Ask<ListFindings>) -> Result<List<Finding>, Fault> {
    let (snapshot, now) = (ask.admin.store().snapshot(), ask.admin.lives());
    let mut findings = Vec::new();
    for entry in snapshot.servers() {
        findings.extend(server(&ask.admin, entry));
    }
    findings.extend(shared_addresses(&snapshot));
    findings.extend(agents(&snapshot, now));
    findings.extend(credentials(&snapshot));
    findings.extend(vault(&ask.admin, &snapshot));
    findings.extend(snapshot.sinks().filter_map(|entry| sink(&ask.admin, entry)));
    findings.extend(archive(&ask.admin).await?);
    findings.push(orphans(&ask.admin));
    findings.extend(witnesses(&ask.admin).await?);
    findings.extend(expiry(&ask.admin));
    findings.sort_by_key(|finding| match finding.level {
        Level::Problem => 0,
        Level::Warning => 1,
        Level::Note => 2,
    });
    Ok(List::whole(findings))
}

/// What becomes of servers' processes when something is killed.
fn orphans(admin: &Admin) -> Finding {
    let text = format!(
        "when Core, a launcher or a server is killed, none of the server's processes stays; {}",
        admin.runtime().hold().text()
    );
    Finding { level: Level::Note, subject: "orphans".to_owned(), text, advice: String::new() }
}

/// Who keeps what was signed of the record, and who of them does not.
async fn witnesses(admin: &Admin) -> Result<Vec<Finding>, Fault> {
    let witnesses = admin.store().witnesses().await?;
    let mut findings: Vec<Finding> = witnesses.iter().filter_map(unwitnessed).collect();
    let names: Vec<&str> = witnesses.iter().map(|witness| witness.name.as_str()).collect();
    let (text, advice) = if names.is_empty() {
        let text = "nobody keeps checkpoints: whoever can change all of the data directory can put it back unnoticed";
        (text.to_owned(), "`peta audit witness add` hands each checkpoint to somebody else".to_owned())
    } else {
        (format!("checkpoints are kept by {}", names.join(", ")), String::new())
    };
    findings.push(Finding { level: Level::Note, subject: "record".to_owned(), text, advice });
    Ok(findings)
}

/// One that does not cosign, or knows another record.
fn unwitnessed(witness: &Witness) -> Option<Finding> {
    let trouble = witness.trouble.as_ref()?;
    let code = Code::find(&trouble.code);
    Some(Finding {
        level: if code == Some(Code::WITNESS_AWAY) { Level::Warning } else { Level::Problem },
        subject: format!("witness {}", witness.name),
        text: trouble.why.clone(),
        advice: code.map_or_else(String::new, |code| format!("see {}", code.help())),
    })
}

/// How long the record is kept, and what keeps it longer.
fn expiry(admin: &Admin) -> Option<Finding> {
    let found = |level, text: String, advice: &str| {
        Some(Finding { level, subject: "retention".to_owned(), text, advice: advice.to_owned() })
    };
    let gone = match admin.store().gone() {
        0 => "nothing has expired yet".to_owned(),
        gone => format!("entries up to {gone} have expired"),
    };
    match admin.store().expiry_waits() {
        Some(waits @ Waits::Held(_)) => {
            found(Level::Note, format!("what is old does not expire: {waits}"), "`peta audit hold remove` lifts a hold")
        }
        Some(waits @ Waits::Pending) => found(Level::Note, format!("{gone}; {waits}"), ""),
        Some(waits) => {
            let advice = "`peta audit expire --dry-run` tells what would go; see the guide, Keep and expire";
            found(Level::Warning, format!("what is old does not expire: {waits}"), advice)
        }
        None => {
            let kept = Span::from_secs(admin.config().record_kept?.as_secs());
            found(Level::Note, format!("the record is kept for {kept}; {gone}"), "")
        }
    }
}

/// One whose receiver takes nothing.
fn sink(admin: &Admin, entry: &SinkEntry) -> Option<Finding> {
    let name = &entry.name;
    let standing = admin.sinks().standing(entry.id).filter(|standing| standing.state != SinkState::Ok)?;
    let why = standing.why.as_deref().unwrap_or("it does not say why");
    let help = standing.code.map_or_else(String::new, |code| format!("; see {}", code.help()));
    Some(Finding {
        level: if standing.state == SinkState::Failing { Level::Problem } else { Level::Warning },
        subject: format!("sink {name}"),
        text: format!("{}: {why}", standing.state.word()),
        advice: format!("look at `peta audit sink show {name}`, then try `peta audit sink test {name}`{help}"),
    })
}

/// An archive that takes nothing.
async fn archive(admin: &Admin) -> Result<Option<Finding>, Fault> {
    let standing = admin.sinks().archive();
    if standing.state == SinkState::Ok || admin.store().archive().await?.is_none() {
        return Ok(None);
    }
    let why = standing.why.as_deref().unwrap_or("it does not say why");
    let help = standing.code.map_or_else(String::new, |code| format!("; see {}", code.help()));
    Ok(Some(Finding {
        level: if standing.state == SinkState::Failing { Level::Problem } else { Level::Warning },
        subject: "archive".to_owned(),
        text: format!("{}: {why}", standing.state.word()),
        advice: format!("what is not archived does not expire; look at `peta audit archive show`{help}"),
    }))
}

fn server(admin: &Admin, entry: &ServerEntry) -> Vec<Finding> {
    let name = &entry.spec.name;
    let health = admin.runtime().health(entry.id);
    let found =
        |level, text: String, advice: String| Finding { level, subject: format!("server {name}"), text, advice };
    let mut findings = Vec::new();
    match (view::state(entry, &health), &health.failure) {
        (ServerState::Degraded, Some(failure)) => findings.push(found(
            Level::Problem,
            format!("degraded: {} ({})", failure.text, failure.code),
            format!(
                "look at `peta server logs {name}`, then try `peta server test {name}`; see {}",
                failure.code.help()
            ),
        )),
        (ServerState::Unlearnt, _) => findings.push(found(
            Level::Warning,
            "never learnt, so lists leave it out until a call starts it".to_owned(),
            format!("`peta server refresh {name}` asks it what it offers"),
        )),
        (ServerState::Disabled, _) => findings.push(found(
            Level::Note,
            "disabled".to_owned(),
            format!("`peta server enable {name}` switches it on"),
        )),
        _ => {}
    }
    for warning in admin.warnings(entry.id) {
        findings.push(found(Level::Warning, warning, format!("`peta server refresh {name}` asks again")));
    }
    findings
}

/// `https` resources that several servers list: on the aggregate the first server by name serves them.
fn shared_addresses(snapshot: &Snapshot) -> Vec<Finding> {
    let mut listed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in snapshot.servers().filter(|entry| !entry.disabled) {
        let pages = entry.learnt.iter().flat_map(|learnt| &learnt.pages).filter(|page| page.list == "resources");
        for uri in about::offer(pages.map(|page| page.answer.as_str())).resources {
            let servers = listed.entry(uri).or_default();
            if servers.last().is_none_or(|last| last != entry.spec.name.as_str()) {
                servers.push(entry.spec.name.to_string());
            }
        }
    }
    let shared = listed.into_iter().filter(|(uri, servers)| uri.starts_with("https:") && servers.len() > 1);
    let finding = |(uri, servers): (String, Vec<String>)| Finding {
        level: Level::Warning,
        subject: format!("resource {uri}"),
        text: format!("listed by {}; on /mcp only the first serves it", servers.join(", ")),
        advice: "the others show it on their own endpoint, /mcp/SERVER".to_owned(),
    };
    shared.map(finding).collect()
}

/// Credentials that wait for somebody: nothing is sent in their place meanwhile.
fn credentials(snapshot: &Snapshot) -> Vec<Finding> {
    let waiting = |entry: &CredentialEntry| {
        let (name, server) = (&entry.name, snapshot.server_by_id(entry.server)?);
        let text = match credentials::state(entry, server) {
            CredentialState::Ready => return None,
            CredentialState::Held => format!("held: nobody has confirmed yet that it is of {}", entry.owner),
            CredentialState::RolledBack => {
                let text = "the database holds an older version than the record knows: it was put back".to_owned();
                let advice = format!("find out by whom, then `peta credential rotate {name}`");
                let subject = format!("credential {name}");
                return Some(Finding { level: Level::Problem, subject, text, advice });
            }
            CredentialState::Unbound => format!(
                "unbound: it was given for {}, and `{}` is at {} now",
                entry.origin,
                server.spec.name,
                server.spec.origin()
            ),
            CredentialState::Unconnected => "unconnected: nobody has granted it yet".to_owned(),
            CredentialState::Reconnect => "reconnect: what was granted serves no more".to_owned(),
        };
        let connect = || format!("`peta credential connect {name}`");
        let advice = match credentials::state(entry, server) {
            CredentialState::Unconnected | CredentialState::Reconnect => connect(),
            _ => format!("if that is right, `peta credential confirm {name}`; else `peta credential remove {name}`"),
        };
        Some(Finding { level: Level::Warning, subject: format!("credential {name}"), text, advice })
    };
    snapshot.credentials().into_iter().filter_map(|entry| waiting(entry)).collect()
}

fn vault(admin: &Admin, snapshot: &Snapshot) -> Option<Finding> {
    let waiting = snapshot.count_credentials();
    let finding = |text: String| Finding {
        level: Level::Problem,
        subject: "vault".to_owned(),
        text,
        advice: "`peta vault unlock` unlocks it".to_owned(),
    };
    let locked = admin.safe().is_locked() && waiting > 0;
    locked.then(|| finding(format!("locked: calls that need one of the {waiting} credentials are refused (P4001)")))
}

fn agents(snapshot: &Snapshot, now: Moment) -> Vec<Finding> {
    let mut findings = Vec::new();
    for agent in snapshot.agents().into_iter().filter(|agent| agent.revoked.is_none()) {
        let name = &agent.name;
        let mut found = |level, text: &str, advice: String| {
            findings.push(Finding { level, subject: format!("agent {name}"), text: text.to_owned(), advice });
        };
        let live: Vec<_> = snapshot.tokens_of(agent).filter(|token| token.state(now) == TokenState::Live).collect();
        if live.is_empty() {
            found(Level::Warning, "its token has expired", format!("`peta agent rotate {name}` gives it a new one"));
        } else if live.iter().all(|token| token.expires.is_some_and(|at| at <= now.after(SOON))) {
            found(
                Level::Note,
                "its token ends within 7 days",
                format!("`peta agent rotate {name}` gives it a new one"),
            );
        }
        if agent.grants.is_empty() {
            found(Level::Note, "it may use nothing", format!("`peta grant add {name} SERVER` lets it use a server"));
        }
    }
    findings
}
