//! Inject: what the call carries becomes a ticket, against which it is lent when the request is written, and not before.
//! What an agent sends must not hold a secret that the server was handed: who guesses would learn from a cut whether the
//! guess was right.

use std::sync::Arc;

use peta_model::Code;
use peta_runtime::Withheld;

use super::{approve::Cleared, connect, record::Intended, resolve::Resolved};
use crate::{
    custody::Loans,
    hub::Hub,
    refuse::{Refusal, rpc},
    stop::Stop,
    work::rare,
};

/// A request ready to leave: cleared, and its intent in the record.
pub struct Armed {
    resolved: Resolved,
    ticket: Option<Arc<Loans>>,
}

impl Armed {
    pub(in crate::call) fn into_parts(self) -> (Resolved, Option<Arc<Loans>>) {
        (self.resolved, self.ticket)
    }
}

pub async fn inject(hub: &Arc<Hub>, cleared: Cleared, intended: Intended) -> Result<Armed, Stop> {
    let resolved = cleared.into_resolved();
    let chosen = match intended.into_choice() {
        Ok(chosen) => chosen,
        Err(why) => return Err(rare(connect::needed(hub, &resolved, why)).await.into()),
    };
    if let Some(server) = &resolved.server
        && hub.steward.may_hold(server.id)
    {
        rare(guessing(hub, &resolved)).await?;
    }
    let ticket = (!chosen.is_empty()).then(|| hub.steward.ticket(chosen));
    Ok(Armed { resolved, ticket })
}

async fn guessing(hub: &Arc<Hub>, resolved: &Resolved) -> Result<(), Stop> {
    let Some(server) = &resolved.server else { return Ok(()) };
    let admitted = &resolved.admitted;
    match hub.steward.holds_secret(server.id, admitted.message.bytes()).await {
        Ok(None) => Ok(()),
        Ok(Some(credential)) => {
            let guessed = hub.steward.guessed(&admitted.caller.agent, server.id, credential).await;
            let suspended = guessed.map_err(|why| withheld(&why))?;
            let text = if suspended {
                "The arguments hold a secret that Peta keeps; the agent is suspended"
            } else {
                "The arguments hold a secret that Peta keeps"
            };
            let code = if suspended { Code::AGENT_SUSPENDED } else { Code::SECRET_IN_ARGUMENTS };
            Err(Refusal::new(code, rpc::INVALID_PARAMS, text).into())
        }
        Err(why) => Err(withheld(&why).into()),
    }
}

fn withheld(why: &Withheld) -> Refusal {
    Refusal::failure(why.code, why.text.clone())
}
