//! Reports of what holds now: who can reach what, what is kept how long, and what data goes where.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use peta_api::{
    endpoint::{ReportAccess, ReportProcessing, ReportRetention},
    report::{
        AccessPart, AgentAccess, Kept, Processing, Recipient, RecordRecipient, Retention, ServerPurpose, ServerReach,
    },
    server::CapabilityCounts,
};
use peta_model::{AgentId, AgentName, CapabilityKind, CapabilityRef, Decision, Payloads, Transport};
use peta_store::{AgentEntry, EventQuery, Part, ServerEntry, Snapshot};

use super::{audit, erasure};
use crate::{about, admin::Admin, problem::Fault, register::Ask, view};

const PAGE_DEFAULT: u32 = 100;
const PAGE_LIMIT: u32 = 500;

pub(crate) async fn access(ask: Ask<ReportAccess>) -> Result<AccessPart, Fault> {
    let limit = ask.query.limit.unwrap_or(PAGE_DEFAULT);
    if !(1..=PAGE_LIMIT).contains(&limit) {
        return Err(Fault::bad_field("limit", format!("a page has 1 to {PAGE_LIMIT} agents")));
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let (admin, after) = (ask.admin.clone(), ask.query.cursor);
    // Every agent against everything that there is takes its time: calls must not wait for it.
    let page = tokio::task::spawn_blocking(move || access_page(&admin, after.as_ref(), limit));
    page.await.map_err(|error| Fault::failed(&error))
}

/// Agents behind this name, in order.
fn access_page(admin: &Admin, after: Option<&AgentName>, limit: usize) -> AccessPart {
    let (snapshot, now) = (admin.store().snapshot(), admin.lives());
    // What a server offers is read once, however many agents reach it.
    let servers: Vec<_> = snapshot.servers().map(|entry| Offered::of(admin, entry)).collect();
    let is_behind = |agent: &AgentEntry| after.is_none_or(|after| agent.name.as_str() > after.as_str());
    let mut live = snapshot.agents();
    live.retain(|agent| agent.revoked.is_none() && is_behind(agent));
    live.sort_by(|one, other| one.name.as_str().cmp(other.name.as_str()));
    let more = live.len() > limit;
    live.truncate(limit);
    let next = live.last().filter(|_| more).map(|last| last.name.clone());
    let agents = live.iter().map(|entry| AgentAccess {
        agent: view::agent(&snapshot, entry, now),
        servers: servers.iter().filter_map(|server| server.reach(&snapshot, entry)).collect(),
    });
    AccessPart { otherwise: Decision::Deny, sequence: snapshot.sequence, agents: agents.collect(), next }
}

pub(crate) async fn retention(ask: Ask<ReportRetention>) -> Result<Retention, Fault> {
    let store = ask.admin.store();
    let oldest = EventQuery { part: Part::After(None), limit: 1, ..EventQuery::default() };
    let oldest = store.events(&oldest).await?.events.first().map(|event| event.time);
    let holds = store.holds().await?.into_iter().map(erasure::shown).collect();
    Ok(Retention { kept: kept(&ask.admin), holds, entries: store.tree().size(), oldest })
}

pub(crate) async fn processing(ask: Ask<ReportProcessing>) -> Result<Processing, Fault> {
    let store = ask.admin.store();
    let (snapshot, witnesses, log) = (store.snapshot(), store.witnesses().await?, store.tree().origin());
    let persons = u64::try_from(store.subjects_named().await?.len()).unwrap_or(u64::MAX);
    let servers = snapshot.servers().map(|entry| purpose(&snapshot, entry)).collect();
    let sinks = snapshot.sinks().map(|sink| RecordRecipient {
        sink: sink.name.to_string(),
        place: sink.spec.to.to_string(),
        format: sink.spec.format.to_string(),
        private: sink.spec.private,
    });
    let sinks = sinks.collect();
    Ok(Processing {
        servers,
        sinks,
        witnesses: witnesses.into_iter().map(|witness| audit::shown(witness, log)).collect(),
        persons,
    })
}

/// A server and what it offers.
struct Offered<'a> {
    entry: &'a ServerEntry,
    state: peta_model::ServerState,
    offer: about::Offer,
}

impl<'a> Offered<'a> {
    fn of(admin: &Admin, entry: &'a ServerEntry) -> Self {
        let state = view::state(entry, &admin.runtime().health(entry.id));
        let pages = entry.learnt.iter().flat_map(|learnt| &learnt.pages).map(|page| page.answer.as_str());
        Self { entry, state, offer: about::offer(pages) }
    }

    /// What the agent can reach of it, asked of the judge that judges calls; none if no grant names it.
    fn reach(&self, snapshot: &Snapshot, agent: &AgentEntry) -> Option<ServerReach> {
        let server = &self.entry.spec.name;
        if !snapshot.policy.sees(agent.id, server) {
            return None;
        }
        let offer = &self.offer;
        let granted = |kind, names: &[String], count: u64| {
            let may = |name: &&String| self.may(snapshot, agent.id, CapabilityRef { kind, name });
            let names: Vec<String> = names.iter().filter(may).cloned().collect();
            let denied = count.saturating_sub(u64::try_from(names.len()).unwrap_or(u64::MAX));
            (names, denied)
        };
        let (tools, no_tools) = granted(CapabilityKind::Tool, &offer.tools, offer.counts.tools);
        let (resources, no_resources) = granted(CapabilityKind::Resource, &offer.resources, offer.counts.resources);
        let (templates, no_templates) = granted(CapabilityKind::Template, &offer.templates, offer.counts.templates);
        let (prompts, no_prompts) = granted(CapabilityKind::Prompt, &offer.prompts, offer.counts.prompts);
        Some(ServerReach {
            server: server.clone(),
            state: self.state,
            grants: agent.grants.iter().filter(|grant| grant.server == *server).cloned().collect(),
            everything: snapshot.policy.grants_all(agent.id, server),
            learnt: self.entry.learnt.is_some(),
            tools,
            resources,
            templates,
            prompts,
            denied: CapabilityCounts {
                tools: no_tools,
                resources: no_resources,
                templates: no_templates,
                prompts: no_prompts,
            },
        })
    }

    fn may(&self, snapshot: &Snapshot, agent: AgentId, capability: CapabilityRef<'_>) -> bool {
        snapshot.policy.judge(agent, &self.entry.spec.name, capability).allowed()
    }
}

/// Arguments and results: of which servers, and how long.
fn said(admin: &Admin) -> Kept {
    let (config, snapshot) = (admin.config(), admin.store().snapshot());
    let of = |entry: &ServerEntry| entry.spec.payloads.unwrap_or(config.payloads);
    let keeps = |entry: &&Arc<ServerEntry>| of(entry) != Payloads::None;
    let (keep, all) = (snapshot.servers().filter(keeps).count(), snapshot.servers().count());
    let what = "arguments and results of calls".to_owned();
    let kept = match keep {
        0 if !admin.store().holds_payloads() => {
            return Kept { what, kept: "never kept".to_owned(), seconds: None, ends_by: "-".to_owned() };
        }
        0 => "of no server any more; what was kept, sealed, for".to_owned(),
        _ => format!("of {keep} of {all} servers, sealed, for"),
    };
    Kept {
        what,
        kept,
        seconds: config.payloads_kept.map(|time| time.as_secs()),
        ends_by: "`[record] keep_payloads`, or `peta audit erase`; never while a legal hold stands".to_owned(),
    }
}

fn kept(admin: &Admin) -> Vec<Kept> {
    let config = admin.config();
    let without_end = |what: &str, kept: &str, ends_by: &str| Kept {
        what: what.to_owned(),
        kept: kept.to_owned(),
        seconds: None,
        ends_by: ends_by.to_owned(),
    };
    let until = |what: &str, kept: &str, time: Duration, ends_by: &str| Kept {
        seconds: Some(time.as_secs()),
        ..without_end(what, kept, ends_by)
    };
    let record = "events, public part";
    let by = "`peta audit expire`; legal holds keep them";
    vec![
        config.record_kept.map_or_else(
            || without_end(record, "without end", by),
            |kept| until(record, "in whole files, for", kept, by),
        ),
        without_end("hashes of events", "without end", "nothing: they say nothing of what it was"),
        without_end("events, private part", "as long, or until the person is erased", "`peta audit erase`"),
        said(admin),
        without_end("secrets of credentials", "until removed or rotated", "`peta credential remove` and `rotate`"),
        without_end(
            "agents, servers, grants",
            "until revoked or removed; names of revoked agents stay",
            "`peta audit erase`",
        ),
        until("sessions", "after their last request, for", config.sessions_kept, "the agent ends them, or is revoked"),
        until("streams, for clients that come back", "in memory, for", config.replay_age, "the end of Core"),
        without_end("standard error of servers", "in memory, the newest lines", "the end of Core"),
    ]
}

fn purpose(snapshot: &Snapshot, entry: &ServerEntry) -> ServerPurpose {
    let said = entry.learnt.as_ref().map(|learnt| about::describe(&learnt.description));
    let (about, purpose) = said.map_or((None, None), |said| (Some(said.about), said.instructions));
    let recipient = match &entry.spec.transport {
        Transport::Stdio { command, .. } => Recipient { place: command.clone(), remote: false },
        Transport::Http { .. } => Recipient { place: entry.origin.to_string(), remote: true },
    };
    let server = &entry.spec.name;
    let agents = snapshot.agents();
    let reach: Vec<_> =
        agents.iter().filter(|agent| agent.revoked.is_none() && snapshot.policy.sees(agent.id, server)).collect();
    let issuer = |oauth: &peta_store::OAuth| {
        oauth.granted.as_ref().map(|granted| granted.issuer.clone()).or_else(|| oauth.issuer.clone())
    };
    let credentials = snapshot.credentials();
    let of_it = credentials.iter().filter(|credential| credential.server == entry.id);
    let granted_by: BTreeSet<String> = of_it.filter_map(|credential| issuer(credential.oauth.as_deref()?)).collect();
    let users: BTreeSet<String> = reach.iter().filter_map(|agent| agent.user.clone()).collect();
    ServerPurpose {
        server: server.to_string(),
        title: about.and_then(|about| about.title.or(about.name)),
        purpose,
        recipient,
        granted_by: granted_by.into_iter().collect(),
        users: users.into_iter().collect(),
        agents: u64::try_from(reach.len()).unwrap_or(u64::MAX),
        disabled: entry.disabled,
    }
}
