use std::sync::Arc;

use peta_gateway::stages::*;

pub async fn skip(hub: &Arc<Hub>, cleared: Cleared, running: &Running) -> Result<Answered, Stop> {
    forward(hub, cleared, running).await
}
