//! Carrying one request to an instance and waiting for its answer: ids and progress tokens are minted for that hop and
//! mapped back, two clocks run, and a cancellation finds its way. Only `call/forward.rs`, `task.rs` and `session/relay.rs` use it.

mod call_off;
mod clocks;
mod coming;
mod progress;

use std::{ops::Range, sync::Arc, time::Duration};

use bytes::Bytes;
use peta_audit::Stage;
use peta_mcp::{Message, Method, Splice, write};
use peta_runtime::{Exchange, Said, Ticket};
use tokio::time::sleep_until;

use crate::{
    guess,
    hub::Hub,
    notify,
    refuse::Refusal,
    session::{Session, held::Held, running::Running},
    stop::Stop,
    task::rewrite,
    work::rare,
};
use call_off::{call_off, lost};
use clocks::Clocks;
pub(crate) use coming::Coming;
use progress::Progress;

/// A change to a message: where, and what stands there instead.
pub(crate) type Edit = (Range<usize>, String);

/// How one request is carried.
pub(crate) struct Errand {
    exchange: Exchange,
    edits: Vec<Edit>,
    /// The server's own id of the task whose result is waited for.
    task: Option<String>,
    /// How long it may take in all, and be silent.
    within: Option<Duration>,
    begins_task: bool,
    may_pass: bool,
}

/// What came back.
pub(crate) enum Came {
    Whole(Message),
    Passing(Coming),
}

impl Errand {
    pub(crate) fn at(held: &Held, edits: Vec<Edit>) -> Self {
        Self { exchange: held.instance.begin(), edits, task: None, within: None, begins_task: false, may_pass: false }
    }

    pub(crate) fn exchange(&self) -> u64 {
        self.exchange.id()
    }

    /// What its request carries.
    pub(crate) fn carries(&mut self, ticket: Arc<dyn Ticket>) {
        self.exchange.carries(ticket);
    }

    /// It waits for the result of a task, in silence if need be.
    pub(crate) fn waits_for(&mut self, task: &str, within: Duration) {
        self.task = Some(task.to_owned());
        self.within = Some(within);
    }

    /// A large answer may be passed on as it comes: nothing in it has to be found before it leaves.
    pub(crate) fn may_pass(&mut self) {
        self.may_pass = true;
    }

    /// Its answer may be the beginning of a task, whose progress goes on.
    pub(crate) fn begins_task(&mut self) {
        self.begins_task = true;
        self.exchange.outlive();
    }
}

/// Sends an agent's request to an instance that is ready, and returns the server's answer as it came.
pub(crate) async fn carry(
    hub: &Arc<Hub>,
    session: &Arc<Session>,
    held: &Arc<Held>,
    message: &Message,
    errand: Errand,
    running: &Running,
) -> Result<Message, Stop> {
    match send(hub, session, held, message, errand, running).await? {
        Came::Whole(answer) => Ok(answer),
        Came::Passing(coming) => rare(coming.whole(running)).await,
    }
}

/// The same for an answer that may still be coming when this returns.
pub(crate) async fn send(
    hub: &Arc<Hub>,
    session: &Arc<Session>,
    held: &Arc<Held>,
    message: &Message,
    errand: Errand,
    running: &Running,
) -> Result<Came, Stop> {
    guess::none(hub, session.agent, held.server, message.bytes()).await?;
    let Errand { mut exchange, edits, task, within, begins_task, may_pass } = errand;
    let token = progress_token(message);
    if let Some((_, token)) = token.as_ref().filter(|_| begins_task) {
        hub.tasks.tracks.begin(held.instance.key(), exchange.id(), session.number, token);
    }
    let text = outgoing(hub, (session, held), message, edits, exchange.id(), token.as_ref());
    let _entered = held.audience.enter(exchange.id(), session.number, &running.lane, task.as_deref());
    let mut clocks = Clocks::start(hub, held, within);
    let sent = tokio::select! {
        biased;
        sent = exchange.send(text) => sent,
        why = running.cancelled() => return Err(rare(call_off(held, &exchange, &why)).await),
        () = sleep_until(clocks.total) => return Err(rare(clocks.ran_out(held, &exchange)).await),
    };
    sent.map_err(|error| Refusal::failure(error.code, error.to_string()))?;
    if may_pass {
        exchange.may_pass();
    }
    let mut progress = Progress::under(token.map(|(_, raw)| raw));
    loop {
        // In this order a flood of messages holds up no cancellation, and what is there already costs no timer.
        let said = tokio::select! {
            biased;
            why = running.cancelled() => return Err(rare(call_off(held, &exchange, &why)).await),
            said = exchange.next() => said,
            () = sleep_until(clocks.next()) => {
                if clocks.may_wait_on(held, exchange.id()) {
                    continue;
                }
                return Err(rare(clocks.ran_out(held, &exchange)).await);
            }
        };
        match said {
            Said::Answer(answer) => return Ok(Came::Whole(answer)),
            Said::Passing(answer) => {
                running.laps.once(Stage::First, || clocks.running());
                clocks.sign_of_life();
                return Ok(Came::Passing(Coming::new(answer, exchange, clocks, held)));
            }
            Said::Lost(why) => return Err(lost(why)),
            Said::Related(_) if clocks.are_out() => return Err(rare(clocks.ran_out(held, &exchange)).await),
            Said::Related(message) => {
                running.laps.once(Stage::First, || clocks.running());
                clocks.sign_of_life();
                relate(hub, session, held, &message, &mut progress, running);
            }
        }
    }
}

/// A message that came with the call, on its way to the agent.
fn relate(
    hub: &Arc<Hub>,
    session: &Arc<Session>,
    held: &Arc<Held>,
    message: &Message,
    progress: &mut Progress,
    running: &Running,
) {
    if message.method().map(Method::as_str) == Some(Method::PROGRESS) {
        if let Some(text) = progress.mapped(hub, held, message) {
            running.lane.tell(text);
        }
    } else {
        notify::told(hub, &held.audience, Some((Arc::clone(session), running.lane.clone())), message);
    }
}

/// Where the agent's progress token stands in its request, and how it is written.
fn progress_token(message: &Message) -> Option<(Range<usize>, String)> {
    let token = message.params()?.at(&["_meta", "progressToken"])?;
    (token.is_string() || token.is_number()).then(|| (token.range(), token.raw().to_owned()))
}

fn outgoing(
    hub: &Arc<Hub>,
    (session, held): (&Session, &Held),
    message: &Message,
    edits: Vec<Edit>,
    id: u64,
    token: Option<&(Range<usize>, String)>,
) -> Bytes {
    let minted = id.to_string();
    let mut splice = message.splice_id(&*minted);
    if let Some((range, _)) = token {
        splice.replace(range.clone(), &*minted);
    }
    for (range, with) in edits {
        splice.replace(range, with);
    }
    rewrite::to_server(hub, session.agent, held.server, message.params(), &mut splice);
    trace(hub, message, &mut splice);
    peta_mcp::compact(splice.finish())
}

/// Adds where the trace goes on, if tracing is on and the agent brought none of its own (SEP-414).
fn trace(hub: &Arc<Hub>, message: &Message, splice: &mut Splice<'_>) {
    let Some(parent) = hub.traceparent() else { return };
    let parent = write::string(&parent);
    match message.params() {
        Some(params) => match params.get("_meta").filter(|meta| meta.is_object()) {
            Some(meta) if meta.get("traceparent").is_none() => splice.add_member(meta, "traceparent", &parent),
            Some(_) => {}
            None => splice.add_member(params, "_meta", &format!(r#"{{"traceparent":{parent}}}"#)),
        },
        None => splice.add_member(message.whole(), "params", &format!(r#"{{"_meta":{{"traceparent":{parent}}}}}"#)),
    }
}
