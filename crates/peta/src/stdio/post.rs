//! Sending what the agent says. Every request gets exactly one answer, Core's or the bridge's own.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use peta_dial::Answer;
use peta_mcp::{Message, Method, RequestId};
use peta_model::Code;
use tokio::time::{Instant, sleep};

use super::{
    answer,
    core::NoAnswer,
    ends::Ends,
    reading::{Read, read},
    reopen::reopen,
    session::Names,
    under_way::Passage,
};

/// How long a message waits for a Core that has just gone; one that was away before is not waited for.
const WAIT: Duration = Duration::from_secs(4);
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

/// Sends the agent's `initialize` and opens the session with what is answered.
pub(super) async fn initialize(ends: &Ends, message: &Message) {
    let Some(id) = message.id() else { return };
    let response = match patiently(ends, &Names::default(), message.bytes(), true).await {
        Ok(response) => response,
        Err(why) => return no_answer(ends, id, &why).await,
    };
    match read(ends, response, Some(id)).await {
        Read::Answer(head, answer) => {
            if answer.result().is_some() {
                ends.session.open(&head, &answer);
            }
            ends.output.say(answer.bytes().clone()).await;
        }
        other => unanswered(ends, id, other).await,
    }
}

/// Sends a request and passes its answer on.
pub(super) async fn request(ends: &Ends, message: &Message, passage: &Passage) {
    let id = passage.id();
    let harmless = message.method().is_some_and(|method| is_harmless(method.as_str()));
    let mut reopened = false;
    loop {
        let names = ends.session.names();
        let response = match patiently(ends, &names, message.bytes(), harmless).await {
            Ok(response) => response,
            Err(why) => return no_answer(ends, id, &why).await,
        };
        passage.arrived();
        match read(ends, response, Some(id)).await {
            Read::Answer(_, answer) => return ends.output.say(answer.bytes().clone()).await,
            // A session that Core does not know means that nothing was done: once more, in a new one.
            Read::SessionGone if names.has_session() && !reopened => {
                reopened = true;
                if let Err(why) = reopen(ends, names.opened).await {
                    return no_answer(ends, id, &why).await;
                }
            }
            // To a request that was called off no answer is owed.
            Read::Cut if passage.is_cancelled() => return,
            other => return unanswered(ends, id, other).await,
        }
    }
}

/// Sends what is not answered: a notification, an answer to what a server asked, or what only Core can make sense of.
pub(super) async fn other(ends: &Ends, text: Bytes) {
    let names = ends.session.names();
    let Ok(response) = patiently(ends, &names, &text, false).await else { return };
    match read(ends, response, None).await {
        Read::SessionGone if names.has_session() => {
            // What it was about went with the session; the next request finds a new one.
            _ = reopen(ends, names.opened).await;
        }
        Read::Refused { code, title } => {
            ends.core.tell(&code, &title);
        }
        _ => {}
    }
}

/// Posts, and waits a little for a Core that is just restarting. What Core may have carried out is sent again only
/// if that does no harm.
async fn patiently(ends: &Ends, names: &Names, text: &Bytes, harmless: bool) -> Result<Response<Answer>, NoAnswer> {
    let until = if ends.core.is_away() { None } else { Some(Instant::now() + WAIT) };
    loop {
        match ends.core.post(names, text.clone()).await {
            Err(NoAnswer::Broken) if !harmless => return Err(NoAnswer::Broken),
            Err(_) if until.is_some_and(|until| Instant::now() < until) => sleep(BETWEEN_TRIES).await,
            Err(NoAnswer::Broken) => return Err(NoAnswer::Away),
            other => return other,
        }
    }
}

async fn no_answer(ends: &Ends, id: &RequestId, why: &NoAnswer) {
    let text = match why {
        NoAnswer::Away => answer::failed(id, Code::CORE_UNREACHABLE.as_str(), &ends.core.advice()),
        NoAnswer::Broken => cut(id),
    };
    ends.output.say(text).await;
}

async fn unanswered(ends: &Ends, id: &RequestId, what: Read) {
    let text = match what {
        Read::Refused { code, title } => {
            // What is wrong with the token concerns people; what is wrong with a request concerns the agent.
            if is_about_token(&code) {
                ends.core.tell(&code, &title);
            }
            answer::failed(id, &code, &title)
        }
        Read::SessionGone => answer::failed(id, Code::SESSION_UNKNOWN.as_str(), Code::SESSION_UNKNOWN.title()),
        Read::Cut => cut(id),
        // Core answered with something that is no answer; it was passed on as it was.
        Read::Passed | Read::Answer(..) => return,
    };
    ends.output.say(text).await;
}

fn cut(id: &RequestId) -> Bytes {
    let code = Code::OUTCOME_UNKNOWN;
    answer::failed(id, code.as_str(), "Core went away in the middle of the call; whether it was carried out is unknown")
}

/// Whether saying it twice does no more than saying it once.
fn is_harmless(method: &str) -> bool {
    matches!(
        method,
        Method::PING
            | Method::TOOLS_LIST
            | Method::RESOURCES_LIST
            | Method::TEMPLATES_LIST
            | Method::PROMPTS_LIST
            | Method::SUBSCRIBE
            | Method::UNSUBSCRIBE
            | Method::SET_LEVEL
    )
}

fn is_about_token(code: &str) -> bool {
    [Code::TOKEN_MISSING, Code::TOKEN_INVALID, Code::TOKEN_EXPIRED].iter().any(|known| known.as_str() == code)
}
