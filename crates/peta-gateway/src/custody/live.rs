//! What one server was handed, as it is searched for in all that it says. When a credential of the server was added or
//! changed, that one is read too, before it is handed over: of a hundred thousand people one has a new token each moment.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use peta_model::{Code, Moment, ServerId, Span, TenantId};
use peta_runtime::Withheld;
use peta_store::{ChangeError, SealedPrints, Store};
use peta_vault::{
    safe::Safe,
    sanitize::{Fingerprints, Gathering, Handed, LiveSet},
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
    /// Whether the newest set holds all that there is by now.
    pub(super) fn is_complete(&self, revision: u64) -> bool {
        self.known().as_ref().is_some_and(|known| known.revision == revision)
    }

    /// Whether the newest set may hold what was retired long ago. Nothing is amiss then, but for its size.
    pub(super) fn is_stale(&self, now: Moment) -> bool {
        self.known().as_ref().is_some_and(|known| now >= known.read.after(STALE))
    }

    /// The newest set that was read; none if there is nothing in it.
    pub(super) fn newest(&self) -> Option<Arc<LiveSet>> {
        self.known().as_ref().filter(|known| !known.set.is_empty()).map(|known| Arc::clone(&known.set))
    }

    /// Reads what is missing, if nobody did meanwhile.
    pub(super) async fn complete(
        &self,
        (store, safe): (&Store, &Safe),
        server: ServerId,
        now: Moment,
    ) -> Result<(), Withheld> {
        let _turn = self.turn.lock().await;
        // First the number, then the rows: what comes between is read again.
        let snapshot = store.snapshot();
        let credentials = snapshot.credential_places(server);
        let revision = credentials.map_or(0, |credentials| credentials.revision);
        if self.is_complete(revision) {
            return Ok(());
        }
        let came = |known: Known| Some((credentials?.since(known.revision)?, known));
        let Some((versions, known)) = self.known().clone().and_then(came) else {
            return self.read_all((store, safe), server, (revision, now)).await;
        };
        let rows = store.prints_of_versions(versions).await.map_err(unread)?;
        let opened = opened(safe, snapshot.tenant, rows).collect::<Result<Vec<_>, _>>()?;
        let with = || known.set.with(opened.iter().map(|(handed, prints)| (*handed, prints)));
        let set = if opened.is_empty() { Arc::clone(&known.set) } else { Arc::new(with()) };
        if !set.left_out().is_empty() {
            // They are of another key than the set: that of nothing has none, and keys are made anew.
            return self.read_all((store, safe), server, (revision, now)).await;
        }
        self.know(Known { revision, read: known.read, set });
        Ok(())
    }

    /// Reads all anew, so that what was retired long ago goes. Whoever calls meanwhile does so with the set that there is.
    pub(super) async fn renew(&self, (store, safe): (&Store, &Safe), server: ServerId, now: Moment) {
        // Somebody reads already.
        let Ok(_turn) = self.turn.try_lock() else { return };
        if safe.is_locked() || !self.is_stale(now) {
            return;
        }
        let revision = store.snapshot().credential_places(server).map_or(0, |credentials| credentials.revision);
        if let Err(why) = self.read_all((store, safe), server, (revision, now)).await {
            tracing::warn!(%server, code = %why.code, "what it was handed is not read anew: {why}");
            // Not with each call again.
            if let Some(known) = self.known().clone() {
                self.know(Known { read: now, ..known });
            }
        }
    }

    async fn read_all(
        &self,
        (store, safe): (&Store, &Safe),
        server: ServerId,
        (revision, now): (u64, Moment),
    ) -> Result<(), Withheld> {
        let since = Moment::from_micros(now.micros().saturating_sub(RETIRED));
        let rows = store.prints_of(server, since).await.map_err(unread)?;
        let (safe, tenant) = (safe.clone(), store.snapshot().tenant);
        // Of a hundred thousand it takes a second, in which calls of other servers go on.
        let set = tokio::task::spawn_blocking(move || set(&safe, tenant, rows)).await.map_err(|_| damaged())??;
        self.know(Known { revision, read: now, set });
        Ok(())
    }

    fn known(&self) -> RwLockReadGuard<'_, Option<Known>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn know(&self, known: Known) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
    }
}

/// Without a single one of them nothing is handed over: it could not be found again.
fn set(safe: &Safe, tenant: TenantId, rows: Vec<SealedPrints>) -> Result<Arc<LiveSet>, Withheld> {
    if rows.is_empty() {
        return Ok(Arc::new(LiveSet::nothing()));
    }
    let digester = Arc::new(safe.digester(tenant).map_err(|_| locked())?);
    let mut gathering = Gathering::new(digester);
    for opened in opened(safe, tenant, rows) {
        let (handed, prints) = opened?;
        gathering.add(handed, &prints);
    }
    let set = gathering.into_set();
    if set.left_out().is_empty() { Ok(Arc::new(set)) } else { Err(damaged()) }
}

/// One by one, and each row is let go with it.
fn opened(
    safe: &Safe,
    tenant: TenantId,
    rows: Vec<SealedPrints>,
) -> impl Iterator<Item = Result<(Handed, Fingerprints), Withheld>> {
    rows.into_iter().map(move |row| {
        let credential = *row.credential.as_bytes();
        let prints = safe.prints(&row.prints, (tenant, credential, row.version));
        let prints = prints.map_err(|_| if safe.is_locked() { locked() } else { damaged() })?;
        Ok((Handed { credential, version: row.version }, prints))
    })
}

fn damaged() -> Withheld {
    Withheld {
        code: Code::CREDENTIAL_DAMAGED,
        text: "the fingerprints of a credential of this server cannot be opened".to_owned(),
    }
}

fn unread(error: ChangeError) -> Withheld {
    Withheld { code: error.code(), text: "what the server was handed cannot be read".to_owned() }
}
