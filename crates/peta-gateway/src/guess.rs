//! What an agent sends to a server must not hold a secret that the server was handed: what the server repeats is cut, so who
//! guesses would learn from a cut that the guess was right. Whatever goes from an agent to a server passes here.

use bytes::Bytes;
use peta_model::{AgentId, Code, ServerId};
use peta_runtime::Withheld;

use crate::{
    hub::Hub,
    refuse::{Refusal, rpc},
    work::rare,
};

/// Refuses a text of this agent that holds one; it is counted, and suspends the agent at the third time.
pub(crate) async fn none(hub: &Hub, agent: AgentId, server: ServerId, text: &Bytes) -> Result<(), Refusal> {
    if hub.steward.plainly_holds_none(server, text) {
        return Ok(());
    }
    rare(sought(hub, agent, server, text)).await
}

async fn sought(hub: &Hub, agent: AgentId, server: ServerId, text: &Bytes) -> Result<(), Refusal> {
    let found = hub.steward.holds_secret(server, text).await.map_err(|why| withheld(&why))?;
    let Some(credential) = found else { return Ok(()) };
    let suspended = hub.steward.guessed(agent, server, credential).await.map_err(|why| withheld(&why))?;
    let (code, end) = match suspended {
        true => (Code::AGENT_SUSPENDED, "; the agent is suspended"),
        false => (Code::SECRET_IN_ARGUMENTS, ""),
    };
    Err(Refusal::new(code, rpc::INVALID_PARAMS, format!("What was sent holds a secret that Peta keeps{end}")))
}

fn withheld(why: &Withheld) -> Refusal {
    Refusal::failure(why.code, why.text.clone())
}
