//! How Core does.

use peta_api::{Counts, Status, endpoint::ShowStatus};
use peta_model::ServerState;

use crate::{problem::Fault, register::Ask, view};

pub(crate) async fn show(ask: Ask<ShowStatus>) -> Result<Status, Fault> {
    let admin = &ask.admin;
    let (snapshot, config, started) = (admin.store().snapshot(), admin.config(), admin.started());
    let mut counts = Counts::default();
    for entry in snapshot.servers() {
        let health = admin.runtime().health(entry.id);
        counts.servers += 1;
        counts.degraded += u64::from(view::state(entry, &health) == ServerState::Degraded);
        counts.instances += u64::try_from(health.instances).unwrap_or(0);
    }
    let live = snapshot.agents().into_iter().filter(|agent| agent.revoked.is_none()).count();
    counts.agents = u64::try_from(live).unwrap_or(0);
    Ok(Status {
        version: config.version.clone(),
        install: snapshot.install,
        data_dir: config.data_dir.display().to_string(),
        listen: config.listen.clone(),
        started,
        uptime_s: admin.uptime().as_secs(),
        sequence: snapshot.sequence,
        counts,
    })
}
