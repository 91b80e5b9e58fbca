//! What a line is connected to: the ground it stands on, where what it hears goes, and what it has to say.

use std::sync::Arc;

use crate::{greeting::Greeting, ground::Ground, inbox::Inbox, logs::LogSource, standing::Standing};

/// What a line needs to open and to live.
#[derive(Debug)]
pub(crate) struct Wiring {
    pub(crate) ground: Arc<Ground>,
    pub(crate) standing: Arc<Standing>,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) greeting: Arc<Greeting>,
}

impl Wiring {
    pub(crate) fn share(&self) -> Self {
        Self {
            ground: Arc::clone(&self.ground),
            standing: Arc::clone(&self.standing),
            inbox: Arc::clone(&self.inbox),
            greeting: Arc::clone(&self.greeting),
        }
    }

    pub(crate) fn log(&self, source: LogSource, text: &[u8]) {
        self.standing.logs.add((self.ground.senses.now)(), source, text);
    }
}
