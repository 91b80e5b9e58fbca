use std::sync::Arc;

use peta_gateway::stages::*;

pub async fn skip(hub: &Arc<Hub>, entry: Entry, answered: Answered) {
    outcome(hub, entry, Ok(answered)).await;
}
