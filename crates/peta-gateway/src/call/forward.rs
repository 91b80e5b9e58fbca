//! Forward: the one way of a call to its server, and of the answer back. Names and URIs go out as the server's own and
//! come back as the agent's.

use std::sync::Arc;

use bytes::Bytes;
use peta_audit::Stage;
use peta_mcp::{Message, RequestId, Value};
use peta_model::CapabilityKind;
use peta_runtime::Ticket;
use peta_store::ServerEntry;
use tokio::time::Instant;

use super::{connect, inject::Armed, pass::Passing, resolve::Resolved};
use crate::{
    carry::{self, Came, Edit, Errand},
    catalog::rewrite,
    custody::Loans,
    hold,
    hub::Hub,
    refuse::Refusal,
    session::running::Running,
    stop::Stop,
    task::{
        begin::{self, Beginning},
        rewrite::capped_ttl,
    },
    work::rare,
};

/// What came back.
pub struct Answered(Answer);

/// An answer as the agent is to read it.
pub(in crate::call) enum Answer {
    Whole {
        text: Bytes,
        /// Whether the server says that it failed.
        failed: bool,
    },
    /// It is still coming.
    Passing(Passing),
}

impl Answered {
    pub(in crate::call) fn into_answer(self) -> Answer {
        self.0
    }
}

pub async fn forward(hub: &Arc<Hub>, armed: Armed, running: &Running) -> Result<Answered, Stop> {
    let (resolved, mut ticket) = armed.into_parts();
    let Some(server) = &resolved.server else { return Err(Refusal::no_tool(&resolved.asked).into()) };
    let mut again = false;
    loop {
        match once(hub, &resolved, server, &ticket, running).await {
            // It was not executed: with a better token it may be sent once more.
            Err(stop) if ticket.carries() && stop.is_challenge() => {
                let began = Instant::now();
                let renewed = rare(connect::challenged(hub, &resolved, &ticket, (stop, again))).await;
                running.laps.add(Stage::Credential, began.elapsed());
                ticket = renewed?;
                again = true;
            }
            answered => return answered,
        }
    }
}

async fn once(
    hub: &Arc<Hub>,
    resolved: &Resolved,
    server: &ServerEntry,
    ticket: &Arc<Loans>,
    running: &Running,
) -> Result<Answered, Stop> {
    let session = &resolved.admitted.session;
    let message = &resolved.admitted.message;
    let held = hold::hold(hub, session, server);
    let began = Instant::now();
    let ready = hold::ready(hub, &held).await;
    running.laps.add(Stage::Ready, began.elapsed());
    ready?;
    let mut edits: Vec<Edit> = resolved.rename.clone().into_iter().collect();
    let task = begin::wish(message).filter(|_| resolved.kind == CapabilityKind::Tool);
    edits.extend(task.and_then(|task| capped_ttl(task, hub.config.tasks.ttl_most.duration())));
    let mut errand = Errand::at(&held, edits);
    errand.carries(Arc::clone(ticket) as Arc<dyn Ticket>);
    let mut beginning = match task {
        Some(_) => Some(Beginning::of(hub, session, &held, errand.exchange())?),
        None => None,
    };
    if beginning.is_some() {
        errand.begins_task();
    } else if !rewrite::rewrites(hub, session) && running.lane.may_pass() {
        errand.may_pass();
    }
    let leaving = Instant::now();
    let came = carry::send(hub, session, &held, message, errand, running).await;
    running.laps.add(Stage::Server, leaving.elapsed());
    running.laps.add(Stage::Credential, ticket.lent_in());
    let answer = match came? {
        Came::Whole(answer) => answer,
        Came::Passing(coming) if running.lane.pass() => {
            let id = message.id().map_or("null", RequestId::raw).to_owned();
            return Ok(Answered(Answer::Passing(Passing::new(coming, id))));
        }
        Came::Passing(coming) => {
            let rest = Instant::now();
            let whole = rare(coming.whole(running)).await;
            running.laps.add(Stage::Server, rest.elapsed());
            whole?
        }
    };
    let failed = answer.error().is_some() || says_error(&answer);
    let mut begun = Ok(());
    let text = rewrite::answer_with(hub, session, &held, message, &answer, |splice| {
        if let Some(beginning) = &mut beginning {
            begun = beginning.answered(session, &resolved.own, &answer, splice);
        }
    })?;
    begun?;
    Ok(Answered(Answer::Whole { text, failed }))
}

fn says_error(answer: &Message) -> bool {
    answer.result().and_then(|result| result.get("isError")).and_then(Value::as_bool) == Some(true)
}
