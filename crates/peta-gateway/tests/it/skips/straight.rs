//! The line as it is.
use std::sync::Arc;

use peta_gateway::stages::*;

pub async fn line(
    hub: &Arc<Hub>,
    admitted: Admitted,
    running: &Arc<Running>,
    mut entry: Entry,
) -> Result<Clean, Stop> {
    let resolved = resolve(hub, admitted, &mut entry).await?;
    let authorized = authorize(resolved, &mut entry)?;
    let cleared = approve(authorized).await?;
    let intended = intent(hub, &cleared, &mut entry).await?;
    let armed = inject(hub, cleared, intended).await?;
    let answered = forward(hub, armed, running).await?;
    sanitize(answered)
}
