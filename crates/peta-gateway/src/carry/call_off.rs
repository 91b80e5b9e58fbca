//! How a call ends before its answer: called off from our side, or lost on the server's.

use peta_mcp::{Method, Splice, write};
use peta_runtime::{Exchange, LostWhy};

use crate::{
    refuse::Refusal,
    session::{held::Held, running::Cancel},
    stop::Stop,
};

/// Ends a call from our side: the server is told, unless the agent's session or the server is gone anyway.
pub(super) async fn call_off(held: &Held, exchange: &Exchange, why: &Cancel) -> Stop {
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

pub(super) async fn tell_cancelled(held: &Held, exchange: &Exchange, reason: &str) {
    let params = format!(r#"{{"requestId":{},"reason":{}}}"#, exchange.id(), write::string(reason));
    let _ = held.instance.tell(write::notification(Method::CANCELLED, Some(&params))).await;
}

pub(super) fn lost(why: LostWhy) -> Stop {
    Refusal::failure(why.code, why.text).into()
}
