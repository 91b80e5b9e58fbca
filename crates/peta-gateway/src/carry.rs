//! Carrying one request to an instance and waiting for its answer: ids and progress tokens are minted for that hop and
//! mapped back, two clocks run, and a cancellation finds its way. Only `call/forward.rs` and `session/relay.rs` use it.

use std::{ops::Range, sync::Arc};

use bytes::Bytes;
use peta_mcp::{Message, Method, Splice, Value, write};
use peta_model::Code;
use peta_runtime::{Exchange, Said};
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
};

/// A change to a message: where, and what stands there instead.
pub(crate) type Edit = (Range<usize>, String);

/// Sends an agent's request to an instance that is ready, and returns the server's answer as it came.
pub(crate) async fn carry(
    hub: &Arc<Hub>,
    session: &Arc<Session>,
    held: &Arc<Held>,
    message: &Message,
    edits: Vec<Edit>,
    running: &Running,
) -> Result<Message, Stop> {
    let mut exchange = held.instance.begin();
    let token = progress_token(message);
    let text = outgoing(hub, message, edits, exchange.id(), token.as_ref());
    let _entered = held.audience.enter(exchange.id(), session.number, &running.lane);
    let mut clocks = Clocks::start(hub, held);
    let sent = tokio::select! {
        sent = exchange.send(text) => sent,
        why = running.cancelled() => return Err(call_off(held, &exchange, &why).await),
        () = sleep_until(clocks.total) => return Err(clocks.ran_out(held, &exchange).await),
    };
    sent.map_err(|error| Refusal::failure(error.code, error.to_string()))?;
    let mut progress = Progress { token: token.map(|(_, raw)| raw), last: None };
    loop {
        let said = tokio::select! {
            said = exchange.next() => said,
            why = running.cancelled() => return Err(call_off(held, &exchange, &why).await),
            () = sleep_until(clocks.next()) => {
                if clocks.may_wait_on(held, exchange.id()) {
                    continue;
                }
                return Err(clocks.ran_out(held, &exchange).await);
            }
        };
        match said {
            Said::Answer(answer) => return Ok(answer),
            Said::Lost(why) => return Err(Refusal::failure(why.code, why.text).into()),
            Said::Related(message) => {
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
        if let Some(text) = progress.mapped(message) {
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
    message: &Message,
    edits: Vec<Edit>,
    id: u64,
    token: Option<&(Range<usize>, String)>,
) -> Bytes {
    let minted = id.to_string();
    let mut splice = message.splice_id(&minted);
    if let Some((range, _)) = token {
        splice.replace(range.clone(), minted);
    }
    for (range, with) in edits {
        splice.replace(range, with);
    }
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
    silence: std::time::Duration,
    quiet: Instant,
    total: Instant,
}

impl Clocks {
    fn start(hub: &Arc<Hub>, held: &Held) -> Self {
        let calls = &hub.config.calls;
        let silence = held.spec.idle.unwrap_or(calls.idle).duration();
        let total = held.spec.total.unwrap_or(calls.total).duration();
        let now = Instant::now();
        Self { silence, quiet: now + silence, total: now + total }
    }

    fn next(&self) -> Instant {
        self.quiet.min(self.total)
    }

    fn sign_of_life(&mut self) {
        self.quiet = Instant::now() + self.silence;
    }

    /// While the server waits for an answer of the agent's, its silence is not its own.
    fn may_wait_on(&mut self, held: &Held, exchange: u64) -> bool {
        let waits = Instant::now() < self.total && held.audience.is_asking(exchange);
        if waits {
            self.sign_of_life();
        }
        waits
    }

    async fn ran_out(&self, held: &Held, exchange: &Exchange) -> Stop {
        tell_cancelled(held, exchange, "timed out").await;
        if Instant::now() >= self.total {
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
    fn mapped(&mut self, message: &Message) -> Option<Bytes> {
        let own = self.token.as_ref()?;
        let params = message.params()?;
        let value = params.get("progress").and_then(Value::as_f64)?;
        if self.last.is_some_and(|last| value <= last) {
            return None;
        }
        self.last = Some(value);
        let mut splice = Splice::new(message.text());
        splice.replace(params.get("progressToken")?.range(), own.clone());
        Some(splice.finish())
    }
}
