//! Carrying one request to an instance and waiting for its answer: ids and progress tokens are minted for that hop and
//! mapped back, two clocks run, and a cancellation finds its way. Only `call/forward.rs` and `session/relay.rs` use it.

use std::{ops::Range, sync::Arc, time::Duration};

use bytes::Bytes;
use peta_mcp::{Message, Method, Part, Splice, Value, write};
use peta_model::Code;
use peta_runtime::{Exchange, LostWhy, Passing, Said};
use tokio::time::{Instant, sleep_until};

use crate::{
    hub::Hub,
    notify,
    refuse::Refusal,
    session::{
        Session,
        held::Held,
        running::{Cancel, Running},
    },
    stop::Stop,
    task::rewrite::{self, Belongs},
    work::rare,
};

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

/// A large answer that is still coming, and what watches over it meanwhile.
pub(crate) struct Coming {
    answer: Box<Passing>,
    exchange: Exchange,
    clocks: Clocks,
    held: Arc<Held>,
}

impl Errand {
    pub(crate) fn at(held: &Held, edits: Vec<Edit>) -> Self {
        Self { exchange: held.instance.begin(), edits, task: None, within: None, begins_task: false, may_pass: false }
    }

    pub(crate) fn exchange(&self) -> u64 {
        self.exchange.id()
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
    let mut progress = Progress { token: token.map(|(_, raw)| raw), last: None };
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
                clocks.sign_of_life();
                return Ok(Came::Passing(Coming { answer, exchange, clocks, held: Arc::clone(held) }));
            }
            Said::Lost(why) => return Err(lost(why)),
            Said::Related(_) if clocks.are_out() => return Err(rare(clocks.ran_out(held, &exchange)).await),
            Said::Related(message) => {
                clocks.sign_of_life();
                relate(hub, session, held, &message, &mut progress, running);
            }
        }
    }
}

impl Coming {
    /// The next part; `None` at the end of a whole answer. Every part is a sign of life.
    pub(crate) async fn next(&mut self, running: &Running) -> Result<Option<Part>, Stop> {
        let Self { answer, exchange, clocks, held } = self;
        if clocks.are_out() {
            return Err(rare(clocks.ran_out(held, exchange)).await);
        }
        tokio::select! {
            biased;
            why = running.cancelled() => Err(rare(call_off(held, exchange, &why)).await),
            why = exchange.lost() => Err(lost(why)),
            part = answer.next() => {
                clocks.sign_of_life();
                part.map_err(lost)
            }
            () = sleep_until(clocks.next()) => Err(rare(clocks.ran_out(held, exchange)).await),
        }
    }

    /// Hands a part to its agent, who may take its time, but not longer than the call may in all.
    pub(crate) async fn hand_over(&self, part: Bytes, running: &Running) -> Result<(), Stop> {
        let Self { exchange, clocks, held, .. } = self;
        tokio::select! {
            biased;
            why = running.cancelled() => Err(rare(call_off(held, exchange, &why)).await),
            () = running.lane.part(part) => Ok(()),
            () = sleep_until(clocks.total) => Err(rare(clocks.ran_out(held, exchange)).await),
        }
    }

    /// Whether the tool says that it failed; known at the end.
    pub(crate) fn has_failed(&self) -> bool {
        self.answer.has_failed()
    }

    /// All of it, after all.
    pub(crate) async fn whole(self, running: &Running) -> Result<Message, Stop> {
        let Self { answer, exchange, clocks, held } = self;
        tokio::select! {
            biased;
            why = exchange.lost() => Err(lost(why)),
            whole = answer.whole() => whole.map_err(lost),
            why = running.cancelled() => Err(rare(call_off(&held, &exchange, &why)).await),
            () = sleep_until(clocks.total) => Err(rare(clocks.ran_out(&held, &exchange)).await),
        }
    }
}

fn lost(why: LostWhy) -> Stop {
    Refusal::failure(why.code, why.text).into()
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

/// Ends a call from our side: the server is told, unless the agent's session or the server is gone anyway.
async fn call_off(held: &Held, exchange: &Exchange, why: &Cancel) -> Stop {
    match why {
        Cancel::Agent(notice) => {
            let id = exchange.id().to_string();
            let mut splice = Splice::new(notice.text());
            if let Some(named) = notice.params().and_then(|params| params.get("requestId")) {
                splice.replace(named.range(), id);
            }
            let _ = held.instance.tell(peta_mcp::compact(splice.finish())).await;
            Stop::cancelled()
        }
        Cancel::Ended => {
            tell_cancelled(held, exchange, "the session ended").await;
            Stop::cancelled()
        }
    }
}

async fn tell_cancelled(held: &Held, exchange: &Exchange, reason: &str) {
    let params = format!(r#"{{"requestId":{},"reason":{}}}"#, exchange.id(), write::string(reason));
    let _ = held.instance.tell(write::notification(Method::CANCELLED, Some(&params))).await;
}

/// The two clocks of a call: silence, and all in all.
struct Clocks {
    silence: Duration,
    quiet: Instant,
    total: Instant,
}

impl Clocks {
    fn start(hub: &Arc<Hub>, held: &Held, within: Option<Duration>) -> Self {
        let calls = &hub.config.calls;
        let silence = within.unwrap_or_else(|| held.spec.idle.unwrap_or(calls.idle).duration());
        let total = within.unwrap_or_else(|| held.spec.total.unwrap_or(calls.total).duration());
        let now = Instant::now();
        Self { silence, quiet: now + silence, total: now + total }
    }

    fn next(&self) -> Instant {
        self.quiet.min(self.total)
    }

    /// Whether the call has taken as long as it may in all.
    fn are_out(&self) -> bool {
        Instant::now() >= self.total
    }

    fn sign_of_life(&mut self) {
        self.quiet = Instant::now() + self.silence;
    }

    /// While the server waits for an answer of the agent's, its silence is not its own; and asking is a sign of life, such
    /// as of a server that asks again and again how a task of the agent's goes.
    fn may_wait_on(&mut self, held: &Held, exchange: u64) -> bool {
        if self.are_out() {
            return false;
        }
        let now = Instant::now();
        if held.audience.is_asking(exchange) {
            self.sign_of_life();
            return true;
        }
        let asked = held.audience.last_asked(exchange).map(|asked| asked + self.silence);
        if let Some(until) = asked.filter(|until| *until > now) {
            self.quiet = until;
        }
        self.quiet > now
    }

    async fn ran_out(&self, held: &Held, exchange: &Exchange) -> Stop {
        tell_cancelled(held, exchange, "timed out").await;
        if self.are_out() {
            let text = "The call took longer than it may in all";
            return Refusal::failure(Code::SERVER_TOTAL_TIMEOUT, text).into();
        }
        let text = format!("The server did not answer within {} s", self.silence.as_secs_f32());
        Refusal::failure(Code::SERVER_IDLE_TIMEOUT, text).into()
    }
}

/// Progress as the agent sees it: its own token, and values that only grow. None without a token of its own.
struct Progress {
    token: Option<String>,
    last: Option<f64>,
}

impl Progress {
    fn mapped(&mut self, hub: &Hub, held: &Held, message: &Message) -> Option<Bytes> {
        let own = self.token.as_ref()?;
        let params = message.params()?;
        let value = params.get("progress").and_then(Value::as_f64)?;
        if self.last.is_some_and(|last| value <= last) {
            return None;
        }
        self.last = Some(value);
        let mut splice = Splice::new(message.text());
        splice.replace(params.get("progressToken")?.range(), own.clone());
        if let Belongs::To(kept) = rewrite::belongs(hub, held.instance.key(), message, |_| false) {
            rewrite::to_caller(&kept, Some(params), &mut splice);
        }
        Some(splice.finish())
    }
}
