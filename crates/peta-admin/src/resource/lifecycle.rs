//! A server's life: switched off and on, removed, learnt again, tried. The store goes first, so that new calls are
//! refused before running ones end.

use std::time::Instant;

use peta_api::{
    Endpoint, Server,
    endpoint::{DisableServer, EnableServer, RefreshServer, RemoveServer, TestServer},
    server::{CapabilityCounts, ServerFailure, ServerTest},
};
use peta_audit::Ending;
use peta_model::Outcome;
use peta_runtime::OpenError;

use super::servers::{grace, named, now};
use crate::{about, act, admin::Admin, learn, problem::Fault, register::Ask};

pub(crate) async fn enable(ask: Ask<EnableServer>) -> Result<Server, Fault> {
    let entry = named(&ask.admin, ask.name())?;
    let intent = act::about_server(act::intent(&ask.admin, &ask.who, EnableServer::OPERATION), &entry.spec.name);
    let entry = ask.admin.store().set_disabled(intent, entry.id, false).await?;
    now(&ask.admin, &entry)
}

pub(crate) async fn disable(ask: Ask<DisableServer>) -> Result<Server, Fault> {
    let entry = named(&ask.admin, ask.name())?;
    let intent = act::about_server(act::intent(&ask.admin, &ask.who, DisableServer::OPERATION), &entry.spec.name);
    let entry = ask.admin.store().set_disabled(intent, entry.id, true).await?;
    ask.admin.runtime().withdraw(entry.id, grace(&ask.admin, ask.query.now)).await;
    now(&ask.admin, &entry)
}

pub(crate) async fn remove(ask: Ask<RemoveServer>) -> Result<(), Fault> {
    let entry = named(&ask.admin, ask.name())?;
    let intent = act::about_server(act::intent(&ask.admin, &ask.who, RemoveServer::OPERATION), &entry.spec.name);
    ask.admin.store().remove_server(intent, entry.id).await?;
    ask.admin.forget_warnings(entry.id);
    ask.admin.runtime().withdraw(entry.id, grace(&ask.admin, ask.query.now)).await;
    Ok(())
}

pub(crate) async fn refresh(ask: Ask<RefreshServer>) -> Result<Server, Fault> {
    let entry = named(&ask.admin, ask.name())?;
    if entry.disabled {
        return Err(Fault::conflict(format!(
            "the server `{0}` is disabled; `peta server enable {0}`",
            entry.spec.name
        )));
    }
    let intent = act::about_server(act::intent(&ask.admin, &ask.who, RefreshServer::OPERATION), &entry.spec.name);
    let begun = Instant::now();
    let receipt = ask.admin.store().recorder().intent(intent).await?;
    learn::learn(&ask.admin, &entry).await?;
    let failed = ask.admin.runtime().health(entry.id).failure;
    let ending = ending(begun, failed.map(|failure| failure.code));
    ask.admin.store().recorder().outcome(receipt, ending).await?;
    now(&ask.admin, &entry)
}

pub(crate) async fn test(ask: Ask<TestServer>) -> Result<ServerTest, Fault> {
    let entry = named(&ask.admin, ask.name())?;
    let intent = act::about_server(act::intent(&ask.admin, &ask.who, TestServer::OPERATION), &entry.spec.name);
    let begun = Instant::now();
    let receipt = ask.admin.store().recorder().intent(intent).await?;
    let found = ask.admin.runtime().learn(entry.id, &entry.spec, ask.admin.config().learn).await;
    let ending = ending(begun, found.as_ref().err().map(|error| error.code));
    ask.admin.store().recorder().outcome(receipt, ending).await?;
    Ok(tested(&ask.admin, ending.duration_us, found))
}

fn tested(admin: &Admin, duration_us: u64, found: Result<peta_runtime::Learned, OpenError>) -> ServerTest {
    match found {
        Ok(learned) => ServerTest {
            ok: true,
            duration_us,
            capabilities: about::offer(learned.pages.iter().map(|page| page.answer.as_str())).counts,
            about: Some(about::describe(&learned.description).about),
            failure: None,
            warnings: learned.warnings,
        },
        Err(error) => ServerTest {
            ok: false,
            duration_us,
            capabilities: CapabilityCounts::default(),
            about: None,
            failure: Some(ServerFailure { code: error.code.to_string(), detail: error.text, at: admin.now() }),
            warnings: Vec::new(),
        },
    }
}

fn ending(begun: Instant, code: Option<peta_model::Code>) -> Ending {
    let outcome = if code.is_some() { Outcome::Failed } else { Outcome::Ok };
    let duration_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    Ending { code, duration_us, ..Ending::of(outcome) }
}
