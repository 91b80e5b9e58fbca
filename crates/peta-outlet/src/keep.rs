//! Keeps one task for each sink that there is: begins one when a sink is added, ends it when the sink is removed.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use peta_audit::format::Issuer;
use peta_dial::Dialer;
use peta_model::{Code, SinkId};
use peta_store::SinkEntry;
use tokio::{sync::watch, task::JoinHandle};

use crate::{
    around::Around,
    receiver::Receiver,
    sink::{Sink, Stop},
    standing::{Board, Standing, State},
};

/// When the database is asked again.
const AGAIN: Duration = Duration::from_secs(5);

/// The sinks that work.
#[derive(Clone)]
pub(crate) struct Keep {
    pub(crate) around: Around,
    pub(crate) dialer: Dialer,
    pub(crate) issuer: Arc<Issuer>,
    boards: Arc<Mutex<HashMap<SinkId, Board>>>,
}

struct Working {
    stop: watch::Sender<Stop>,
    task: JoinHandle<()>,
}

impl Keep {
    pub(crate) fn new(around: Around, dialer: Dialer, issuer: Issuer) -> Self {
        Self { around, dialer, issuer: Arc::new(issuer), boards: Arc::default() }
    }

    pub(crate) fn standing(&self, sink: SinkId) -> Option<Standing> {
        self.boards.lock().unwrap_or_else(PoisonError::into_inner).get(&sink).map(Board::look)
    }

    /// Until all is to stop.
    pub(crate) async fn run(self, mut stop: watch::Receiver<Stop>) {
        let mut changes = self.around.store.changes();
        let mut working: HashMap<SinkId, Working> = HashMap::new();
        loop {
            let whole = self.look(&mut working).await;
            let stopping = tokio::select! {
                _ = changes.next() => false,
                () = self.around.senses.pause(AGAIN), if !whole => false,
                stopping = stop.changed() => stopping.is_err() || *stop.borrow_and_update() != Stop::No,
            };
            if stopping {
                break;
            }
        }
        // Soon, and then, once nobody wants to wait any longer, now.
        loop {
            let how = if stop.has_changed().is_err() { Stop::Now } else { *stop.borrow_and_update() };
            working.values().for_each(|sink| _ = sink.stop.send_replace(how));
            let all = async {
                for sink in working.values_mut().filter(|sink| !sink.task.is_finished()) {
                    _ = (&mut sink.task).await;
                }
            };
            tokio::select! {
                () = all => return,
                _ = stop.changed(), if how != Stop::Now => {}
            }
        }
    }

    /// Begins and ends what is to; false if the database did not let it.
    async fn look(&self, working: &mut HashMap<SinkId, Working>) -> bool {
        let snapshot = self.around.store.snapshot();
        let there: HashMap<SinkId, &Arc<SinkEntry>> = snapshot.sinks().map(|sink| (sink.id, sink)).collect();
        working.retain(|id, sink| {
            let stays = there.contains_key(id);
            if !stays {
                sink.stop.send_replace(Stop::Now);
            }
            stays
        });
        // One that could not begin has a board, too.
        self.boards.lock().unwrap_or_else(PoisonError::into_inner).retain(|id, _| there.contains_key(id));
        let mut whole = true;
        for (id, entry) in there {
            if working.contains_key(&id) {
                continue;
            }
            match self.around.store.sink_read(id).await {
                Ok(read) => working.extend(read.and_then(|read| Some((id, self.begin(entry, read)?)))),
                Err(error) => {
                    tracing::error!(sink = %entry.name, %error, "where a sink is cannot be read");
                    whole = false;
                }
            }
        }
        whole
    }

    fn begin(&self, entry: &Arc<SinkEntry>, read: u64) -> Option<Working> {
        let (board, (stop, stops)) = (Board::default(), watch::channel(Stop::No));
        self.boards.lock().unwrap_or_else(PoisonError::into_inner).insert(entry.id, board.clone());
        let receiver = match self.receiver(entry) {
            Ok(receiver) => receiver,
            Err(why) => {
                tracing::error!(sink = %entry.name, "a sink cannot begin: {why}");
                board.reached(read, None);
                board.is_ill(State::Failing, (Code::SINK_REFUSES, &why), self.around.senses.now());
                return None;
            }
        };
        let sink = Sink::new(self.around.clone(), (Arc::clone(entry), receiver), (board, read), stops);
        Some(Working { stop, task: tokio::spawn(sink.run()) })
    }

    pub(crate) fn receiver(&self, entry: &SinkEntry) -> Result<Receiver, String> {
        let (around, issuer) = (&self.around, Arc::clone(&self.issuer));
        Receiver::new(entry, issuer, &self.dialer, (around.config.deadline, around.senses.clone()))
    }
}
