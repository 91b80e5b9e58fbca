//! What a line is connected to: the ground it stands on, where what it hears goes, and what it has to say.

use std::{fmt, sync::Arc};

use crate::{custody::Custody, greeting::Greeting, ground::Ground, inbox::Inbox, logs::LogSource, standing::Standing};

/// What a line needs to open and to live.
pub(crate) struct Wiring {
    pub(crate) ground: Arc<Ground>,
    pub(crate) standing: Arc<Standing>,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) greeting: Arc<Greeting>,
    pub(crate) custody: Arc<dyn Custody>,
}

impl Wiring {
    pub(crate) fn share(&self) -> Self {
        Self {
            ground: Arc::clone(&self.ground),
            standing: Arc::clone(&self.standing),
            inbox: Arc::clone(&self.inbox),
            greeting: Arc::clone(&self.greeting),
            custody: Arc::clone(&self.custody),
        }
    }

    pub(crate) fn log(&self, source: LogSource, text: &[u8]) {
        let now = (self.ground.senses.now)();
        match self.custody.filter() {
            Some(filter) => self.standing.logs.add(now, source, &filter.line(text)),
            None => self.standing.logs.add(now, source, text),
        }
    }
}

impl fmt::Debug for Wiring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wiring").field("inbox", &self.inbox).finish_non_exhaustive()
    }
}
