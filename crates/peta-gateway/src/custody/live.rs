//! What one server was handed, as it is searched for in all that it says. Read again when a credential of the server was
//! added or changed, before that one is handed over.

use std::sync::{Arc, PoisonError, RwLock};

use peta_model::{Moment, ServerId, Span, TenantId};
use peta_runtime::Withheld;
use peta_store::{SealedPrints, Store};
use peta_vault::{
    safe::Safe,
    sanitize::{Fingerprints, Handed, LiveSet},
};

use super::withheld::locked;

/// How long what was retired may still come back, in microseconds.
const RETIRED: i64 = 86_400_000_000;
/// A set is not read again only because something in it was retired long enough; but once in a while.
const STALE: Span = Span::from_secs(3_600);

/// Of one server.
#[derive(Default)]
pub(super) struct Live {
    known: RwLock<Option<Known>>,
    /// One reads at a time.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct Known {
    revision: u64,
    read: Moment,
    set: Arc<LiveSet>,
}

impl Live {
    /// The set, if it holds all that there is by now.
    pub(super) fn current(&self, revision: u64, now: Moment) -> Option<Arc<LiveSet>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let fresh = |known: &&Known| known.revision == revision && now < known.read.after(STALE);
        known.as_ref().filter(fresh).map(|known| Arc::clone(&known.set))
    }

    /// The newest set that was read; none if there is nothing in it.
    pub(super) fn newest(&self) -> Option<Arc<LiveSet>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|known| !known.set.is_empty()).map(|known| Arc::clone(&known.set))
    }

    /// Reads it, if nobody did meanwhile.
    pub(super) async fn read(
        &self,
        (store, safe): (&Store, &Safe),
        server: ServerId,
        revision: impl Fn() -> u64,
        now: Moment,
    ) -> Result<(), Withheld> {
        let _turn = self.turn.lock().await;
        // First the number, then the rows: what comes between is read again.
        let revision = revision();
        if self.current(revision, now).is_some() {
            return Ok(());
        }
        let since = Moment::from_micros(now.micros().saturating_sub(RETIRED));
        let rows = store.prints_of(server, since).await.map_err(|error| Withheld {
            code: error.code(),
            text: "what the server was handed cannot be read".to_owned(),
        })?;
        let set = set(safe, store.snapshot().tenant, &rows)?;
        let known = Known { revision, read: now, set: Arc::new(set) };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok(())
    }
}

/// Without a single one of them nothing is handed over: it could not be found again.
fn set(safe: &Safe, tenant: TenantId, rows: &[SealedPrints]) -> Result<LiveSet, Withheld> {
    let damaged = || Withheld {
        code: peta_model::Code::CREDENTIAL_DAMAGED,
        text: "the fingerprints of a credential of this server cannot be opened".to_owned(),
    };
    let mut all: Vec<(Handed, Fingerprints)> = Vec::with_capacity(rows.len());
    for row in rows {
        let credential = *row.credential.as_bytes();
        let prints = safe.prints(&row.prints, (tenant, credential, row.version));
        let prints = prints.map_err(|_| if safe.is_locked() { locked() } else { damaged() })?;
        all.push((Handed { credential, version: row.version }, prints));
    }
    if all.is_empty() {
        return Ok(LiveSet::nothing());
    }
    let digester = Arc::new(safe.digester(tenant).map_err(|_| locked())?);
    let set = LiveSet::new(digester, all.iter().map(|(handed, prints)| (*handed, prints)));
    if set.left_out().is_empty() { Ok(set) } else { Err(damaged()) }
}
