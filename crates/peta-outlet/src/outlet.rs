//! The outlet of a running Core. Config → start → handle.

use std::{sync::Arc, time::Duration};

use peta_audit::format::Issuer;
use peta_dial::Dialer;
use peta_model::{Code, SinkId};
use peta_store::{SinkEntry, Store};
use tokio::{
    sync::{Mutex, watch},
    task::JoinHandle,
};

use crate::{
    around::{Around, lender},
    config::Config,
    keep::Keep,
    marked::marked,
    senses::{Custody, Senses},
    sink::Stop,
    standing::Standing,
    trouble::Trouble,
};

/// A handle to it; clones are the same one.
#[derive(Clone)]
pub struct Outlet(Arc<Inner>);

struct Inner {
    keep: Keep,
    stop: watch::Sender<Stop>,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// What came of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    /// Of one that was not taken: what that is called.
    pub code: Option<Code>,
    /// What the receiver answered, or why nothing was sent.
    pub answer: String,
}

impl Outlet {
    /// Ready, and sends nothing yet.
    pub fn new(
        config: Config,
        (store, dialer): (Store, Dialer),
        custody: Arc<dyn Custody>,
        senses: Senses,
        issuer: Issuer,
    ) -> Self {
        let keep = Keep::new(Around { config, store, custody, senses }, dialer, issuer);
        Self(Arc::new(Inner { keep, stop: watch::Sender::new(Stop::No), task: Mutex::default() }))
    }

    /// Begins to send.
    pub async fn start(&self) {
        let mut task = self.0.task.lock().await;
        if task.is_none() {
            *task = Some(tokio::spawn(self.0.keep.clone().run(self.0.stop.subscribe())));
        }
    }

    /// How a sink does; none if it does not work yet.
    pub fn standing(&self, sink: SinkId) -> Option<Standing> {
        self.0.keep.standing(sink)
    }

    /// Sends one event that is marked as a test, over a connection of its own.
    pub async fn test(&self, entry: &SinkEntry) -> Tested {
        let around = &self.0.keep.around;
        let failed = |trouble: &Trouble| {
            let (_, code) = trouble.state(around.custody.is_locked());
            Tested { code: Some(code), answer: trouble.why().to_owned() }
        };
        let mut receiver = match self.0.keep.receiver(entry) {
            Ok(receiver) => receiver,
            Err(why) => return failed(&Trouble::Refused(why)),
        };
        let lender = match entry.secret {
            true => match lender(around, entry).await {
                Ok(lender) => Some(lender),
                Err(trouble) => return failed(&trouble),
            },
            false => None,
        };
        let event = marked(around.senses.random(), around.senses.now());
        match receiver.deliver(&Arc::from([event]), lender.as_ref()).await {
            Ok(answer) => Tested { code: None, answer },
            Err(trouble) => failed(&trouble),
        }
    }

    /// Sends what is recorded, as far as that goes within this time, and saves each sink's place.
    pub async fn close(&self, within: Duration) {
        let Some(mut task) = self.0.task.lock().await.take() else { return };
        self.0.stop.send_replace(Stop::Soon);
        if tokio::time::timeout(within, &mut task).await.is_err() {
            self.0.stop.send_replace(Stop::Now);
            _ = task.await;
        }
    }
}

impl std::fmt::Debug for Outlet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outlet").finish_non_exhaustive()
    }
}
