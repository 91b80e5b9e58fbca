//! The record of what administrators do: who, what, to which server or agent, and what it changes, without secrets.
//! Changes are recorded by the store together with the change; here is how an act is described, and how one is recorded
//! that changes nothing in the store or was refused before it got there.

use std::time::Instant;

use peta_api::Operation;
use peta_audit::{Admin as By, Caller, Ending, Intent};
use peta_model::{Code, Decision, EventId, EventKind, Outcome, Slug};
use peta_store::{TokenEntry, TokenOwner};
use serde_json::Value;

use crate::{
    access::{Door, Who},
    admin::Admin,
    problem::Fault,
};

/// Describes an act that is allowed.
pub(crate) fn intent(admin: &Admin, who: &Who, operation: Operation) -> Intent {
    let door = match who.door {
        Door::Socket => peta_audit::Door::Socket,
        Door::Network => peta_audit::Door::Http,
    };
    let token = who.token.as_ref().map(|token| token.id);
    let caller = Caller { token, admin: Some(By { role: who.role, door }), ..Caller::default() };
    described(admin, caller, operation, Decision::Allow)
}

/// The act is about this server.
pub(crate) fn about_server(intent: Intent, server: &Slug) -> Intent {
    Intent { server: Some(server.clone()), ..intent }
}

/// The act is about this person: what it says is sealed under their key, and goes with it.
pub(crate) fn about_person(intent: Intent, person: Option<&str>) -> Intent {
    Intent { concerns: person.map(str::to_owned), ..intent }
}

/// What the act is about or changes. Never with a secret.
pub(crate) fn with_detail(intent: Intent, detail: &Value) -> Intent {
    Intent { detail: Some(detail.to_string()), ..intent }
}

/// Records an act by a proven administrator that was refused or failed before it reached the store. `names` are those of
/// the path: whatever the administrator typed.
pub(crate) async fn record_refused(
    admin: &Admin,
    who: &Who,
    (operation, names): (Operation, &[String]),
    fault: &Fault,
) -> Result<(), Fault> {
    let outcome = if fault.is_failure() { Outcome::Failed } else { Outcome::Refused };
    let decision = if fault.code() == Code::ADMIN_ROLE { Decision::Deny } else { Decision::Allow };
    let mut intent = Intent { decision, ..intent(admin, who, operation) };
    if let Some(name) = names.first() {
        let mut name = name.clone();
        peta_audit::clip(&mut name);
        intent.server = name.parse().ok().filter(|_| operation.path.starts_with("/api/v1/servers/"));
        intent = with_detail(intent, &serde_json::json!({ "asked": name }));
    }
    record(admin, intent, outcome, fault.code()).await
}

/// Carries out what changes nothing in the store: the intent goes on record first, then how it ended.
pub(crate) async fn carry_out<T>(
    admin: &Admin,
    intent: Intent,
    work: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    let begun = Instant::now();
    let receipt = admin.store().recorder().intent(intent).await?;
    let done = work.await;
    let fault = done.as_ref().err();
    let outcome =
        fault.map_or(Outcome::Ok, |fault| if fault.is_failure() { Outcome::Failed } else { Outcome::Refused });
    let duration_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    let ending = Ending { code: fault.map(Fault::code), duration_us, ..Ending::of(outcome) };
    admin.store().recorder().outcome(receipt, ending).await?;
    done.map_err(Fault::on_record)
}

/// Who did it, as it is shown beside what they did.
pub(crate) fn by(who: &Who) -> String {
    match &who.token {
        Some(token) => format!("{} with token {}", who.role.word(), token.id),
        None => format!("{} at the socket", who.role.word()),
    }
}

/// Records that an agent tried the door of administrators.
pub(crate) async fn record_agent(admin: &Admin, token: &TokenEntry, operation: Operation) -> Result<(), Fault> {
    let TokenOwner::Agent(id) = token.owner else { return Ok(()) };
    let snapshot = admin.store().snapshot();
    let agent = snapshot.agent(&id);
    let caller = Caller {
        agent: agent.map(|agent| agent.name.clone()),
        agent_id: Some(id),
        user: agent.and_then(|agent| agent.user.clone()),
        token: Some(token.id),
        admin: None,
    };
    let intent = described(admin, caller, operation, Decision::Deny);
    record(admin, intent, Outcome::Refused, Code::ADMIN_ROLE).await
}

async fn record(admin: &Admin, intent: Intent, outcome: Outcome, code: Code) -> Result<(), Fault> {
    let ending = Ending { code: Some(code), ..Ending::of(outcome) };
    admin.store().recorder().whole(intent, ending).await?;
    Ok(())
}

fn described(admin: &Admin, caller: Caller, operation: Operation, decision: Decision) -> Intent {
    let random = admin.random();
    let mut id = [0; 16];
    id.iter_mut().zip(random).for_each(|(to, from)| *to = from);
    Intent {
        id: EventId::from_bytes(id),
        time: admin.now(),
        kind: EventKind::Admin(operation.kind),
        caller,
        session: None,
        server: None,
        capability: None,
        decision,
        reasons: Vec::new(),
        request_bytes: 0,
        detail: None,
        concerns: None,
        facts: Default::default(),
    }
}
