//! What the store and the runtime know, put into the API's words.

use peta_api::{
    Agent, AgentToken, Event, EventCaller, EventCredential, EventEnd, EventFacts, EventOpening, Server, ServerDetail,
    server::{LogLine, ServerFailure},
};
use peta_model::{Moment, ServerState};
use peta_runtime::{Failure, Health};
use peta_store::{AgentEntry, Found, ServerEntry, Snapshot, TokenEntry, TokenState};

use crate::{about, admin::Admin, setup};

pub(crate) fn server(admin: &Admin, entry: &ServerEntry) -> Server {
    detail(admin, entry).server
}

pub(crate) fn detail(admin: &Admin, entry: &ServerEntry) -> ServerDetail {
    let health = admin.runtime().health(entry.id);
    let learnt = entry.learnt.as_deref();
    let said = learnt.map(|learnt| about::describe(&learnt.description));
    let offer = about::offer(learnt.iter().flat_map(|learnt| &learnt.pages).map(|page| page.answer.as_str()));
    let (about, instructions) = said.map_or((None, None), |said| (Some(said.about), said.instructions));
    let server = Server {
        setup: setup::shown(&entry.spec),
        state: state(entry, &health),
        capabilities: offer.counts,
        about,
        instances: u64::try_from(health.instances).unwrap_or(u64::MAX),
        failure: health.failure.map(failure).filter(|_| !entry.disabled),
        added: entry.added,
        learnt_at: learnt.map(|learnt| learnt.at),
        warnings: admin.warnings(entry.id),
    };
    let (tools, resources, templates, prompts) = (offer.tools, offer.resources, offer.templates, offer.prompts);
    ServerDetail { server, instructions, tools, resources, templates, prompts }
}

pub(crate) fn state(entry: &ServerEntry, health: &Health) -> ServerState {
    match entry.learnt {
        _ if entry.disabled => ServerState::Disabled,
        _ if health.failure.is_some() => ServerState::Degraded,
        _ if health.starting => ServerState::Starting,
        None => ServerState::Unlearnt,
        Some(_) if health.instances > 0 => ServerState::Ready,
        Some(_) => ServerState::Idle,
    }
}

pub(crate) fn failure(failure: Failure) -> ServerFailure {
    ServerFailure { code: failure.code.to_string(), detail: failure.text, at: failure.at }
}

pub(crate) fn log_line(line: peta_runtime::LogLine) -> LogLine {
    LogLine { at: line.at, source: line.source.word().to_owned(), text: line.text }
}

pub(crate) fn agent(snapshot: &Snapshot, entry: &AgentEntry, now: Moment) -> Agent {
    let tokens: Vec<_> = snapshot.tokens_of(entry).collect();
    let shown = |token: &TokenEntry| AgentToken {
        id: token.id,
        created: token.created,
        expires: token.expires,
        last_used: token.last_used(),
    };
    let live = tokens.iter().filter(|token| token.state(now) == TokenState::Live);
    Agent {
        name: entry.name.clone(),
        user: entry.user.clone(),
        groups: entry.groups.clone(),
        grants: entry.grants.clone(),
        created: entry.created,
        expires: tokens.last().and_then(|token| token.expires),
        revoked: entry.revoked,
        last_used: tokens.iter().filter_map(|token| token.last_used()).max(),
        guesses: entry.guesses,
        suspended: entry.is_suspended(),
        tokens: live.map(|token| shown(token)).collect(),
    }
}

pub(crate) fn event(event: peta_audit::Event) -> Event {
    let peta_audit::Caller { agent, agent_id, user, token, admin } = event.caller;
    let ending = event.ending;
    let stages = ending.map(|ending| ending.stages).filter(|stages| !stages.is_none());
    Event {
        time: event.time,
        kind: event.kind,
        caller: EventCaller {
            agent: agent.map(|name| name.to_string()),
            agent_id: agent_id.map(|id| id.to_string()),
            user,
            session: event.subject.session,
            token: token.map(|id| id.to_string()),
            role: admin.map(|admin| admin.role.to_string()),
            door: admin.map(|admin| admin.door.word().to_owned()),
        },
        server: event.subject.server,
        capability: event.subject.capability,
        decision: event.decision,
        reasons: event.reasons,
        facts: facts(event.facts, event.origin),
        end: EventEnd {
            outcome: ending.map(|ending| ending.outcome),
            code: ending.and_then(|ending| ending.code).map(|code| code.to_string()),
            duration_us: ending.map(|ending| ending.duration_us),
            stages: stages.map(|stages| stages.all().map(|(stage, took)| (stage.word().to_owned(), took)).collect()),
            request_bytes: event.request_bytes,
            response_bytes: ending.map(|ending| ending.response_bytes),
        },
        id: event.id,
        sequence: event.sequence,
        detail: event.detail.map(|text| serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text))),
        opening: None,
    }
}

/// With what its entry commits to.
pub(crate) fn opened(found: Found) -> Event {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let opening = found.opening.map(|opening| EventOpening { salt: hex(&opening.salt), text: opening.text });
    Event { opening, ..event(found.event) }
}

fn facts(facts: peta_audit::Facts, origin: peta_audit::Origin) -> EventFacts {
    let credential = |carried: &peta_audit::Carried| EventCredential {
        id: carried.id.to_string(),
        version: carried.version,
        delivery: carried.delivery,
    };
    let carried = Some(facts.credentials).filter(|carried| !carried.is_empty());
    EventFacts {
        tenant: origin.tenant.map(|id| id.to_string()),
        boot: origin.boot.map(|id| id.to_string()),
        client: facts.client.map(|client| client.to_string()),
        request: facts.request,
        pin: facts.pin.map(|pin| pin.to_string()),
        operation: facts.operation,
        policy_version: facts.policy_version,
        credentials: carried.map(|carried| carried.iter().map(credential).collect()),
    }
}
