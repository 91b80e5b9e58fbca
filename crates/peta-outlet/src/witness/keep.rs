//! Keeps one task for each witness by URL that there is.

use std::{collections::HashMap, time::Duration};

use peta_model::Moment;
use peta_store::WITNESS_FILE;
use tokio::task::JoinHandle;

use super::{around::Around, ask};

/// When the database is asked again.
const AGAIN: Duration = Duration::from_secs(5);

/// A task that ends when it is let go of.
struct Working(JoinHandle<()>);

impl Drop for Working {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Until this is dropped.
pub(super) async fn run(around: Around) {
    let mut changes = around.store.changes();
    // A witness that was removed and added again is another one.
    let mut working: HashMap<(String, Moment), Working> = HashMap::new();
    loop {
        let whole = match around.store.witnesses().await {
            Ok(mut witnesses) => {
                witnesses.retain(|witness| !witness.place.starts_with(WITNESS_FILE));
                let key = |witness: &peta_store::Witness| (witness.name.clone(), witness.added);
                working.retain(|working, _| witnesses.iter().any(|witness| key(witness) == *working));
                for witness in witnesses {
                    let around = around.clone();
                    working.entry(key(&witness)).or_insert_with(|| Working(tokio::spawn(ask::run(around, witness))));
                }
                true
            }
            Err(error) => {
                tracing::error!(%error, "who keeps checkpoints cannot be read");
                false
            }
        };
        tokio::select! {
            _ = changes.next() => {}
            () = around.senses.pause(AGAIN), if !whole => {}
        }
    }
}
