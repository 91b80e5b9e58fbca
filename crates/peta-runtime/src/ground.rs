//! What all instances stand on.

use std::{fmt, sync::Arc};

use peta_dial::Dialer;
use tokio::sync::watch;

use crate::{config::Config, custody::Custodian, launch::Roster, room::Rooms, senses::Senses};

pub(crate) struct Ground {
    pub(crate) config: Config,
    pub(crate) dialer: Dialer,
    pub(crate) senses: Senses,
    pub(crate) custodian: Arc<dyn Custodian>,
    pub(crate) rooms: Rooms,
    pub(crate) launchers: Roster,
    /// How many lines are not yet closed for good; a shutdown waits for none.
    lines: watch::Sender<usize>,
}

/// One line that is not yet closed for good.
#[derive(Debug)]
pub(crate) struct Alive(Arc<Ground>);

impl Ground {
    pub(crate) fn new(config: Config, dialer: Dialer, senses: Senses, custodian: Arc<dyn Custodian>) -> Self {
        let rooms = Rooms::new(&config.bounds);
        Self { config, dialer, senses, custodian, rooms, launchers: Roster::default(), lines: watch::Sender::new(0) }
    }

    pub(crate) fn alive(self: &Arc<Self>) -> Alive {
        self.lines.send_modify(|lines| *lines += 1);
        Alive(Arc::clone(self))
    }

    /// Until no line is left.
    pub(crate) async fn emptied(&self) {
        let mut lines = self.lines.subscribe();
        let _ = lines.wait_for(|lines| *lines == 0).await;
    }
}

impl fmt::Debug for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ground").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.lines.send_modify(|lines| *lines = lines.saturating_sub(1));
    }
}
