use std::sync::Arc;

use peta_gateway::stages::*;

pub async fn skip(hub: &Arc<Hub>, cleared: Cleared) -> Result<Armed, Stop> {
    inject(hub, cleared).await
}
