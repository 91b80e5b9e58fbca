use std::sync::Arc;

use peta_gateway::stages::*;

pub async fn skip(hub: &Arc<Hub>, authorized: Authorized, intended: Intended) -> Result<Armed, Stop> {
    inject(hub, authorized, intended).await
}
