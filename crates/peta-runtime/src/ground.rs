//! What all instances stand on.

use std::sync::Arc;

use peta_dial::Dialer;
use tokio::sync::watch;

use crate::{config::Config, launch::Roster, room::Rooms, senses::Senses};

#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) config: Config,
    pub(crate) dialer: Dialer,
    pub(crate) senses: Senses,
    pub(crate) rooms: Rooms,
    pub(crate) launchers: Roster,
    /// How many lines are not yet closed for good; a shutdown waits for none.
    lines: watch::Sender<usize>,
}

/// One line that is not yet closed for good.
#[derive(Debug)]
pub(crate) struct Alive(Arc<Ground>);

impl Ground {
    pub(crate) fn new(config: Config, dialer: Dialer, senses: Senses) -> Self {
        let rooms = Rooms::new(&config.bounds);
        Self { config, dialer, senses, rooms, launchers: Roster::default(), lines: watch::Sender::new(0) }
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

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.lines.send_modify(|lines| *lines = lines.saturating_sub(1));
    }
}
