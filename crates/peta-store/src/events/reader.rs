//! The reading end of the record: few at a time, each on a thread that may wait for the disk.

use std::{collections::BTreeSet, io, sync::Arc};

use arc_swap::ArcSwap;
use peta_model::{AgentId, SubjectId};
use tokio::sync::{Semaphore, watch};

use super::{
    ended::{Endings, ended},
    find::{Which, find},
    page::{FoundPage, page},
    query::{EventPage, EventQuery, QueryError, Wanted},
    search::{Found, Search},
};
use crate::{
    damage::report,
    privacy::Opener,
    record::{Log, Recent},
    snapshot::Snapshot,
    subjects::Subjects,
};

/// A handle to read with. Cheap to copy.
#[derive(Clone)]
pub(crate) struct Reader {
    log: Arc<Log>,
    current: Arc<ArcSwap<Snapshot>>,
    subjects: Subjects,
    recent: Arc<Recent>,
    turns: Arc<Semaphore>,
}

/// So many may read at the same time; a reader that looks through all of a large record keeps a processor busy.
const READERS: usize = 3;

impl Reader {
    pub(crate) fn new(log: Arc<Log>, current: Arc<ArcSwap<Snapshot>>, subjects: Subjects) -> Self {
        Self { log, current, subjects, recent: Arc::default(), turns: Arc::new(Semaphore::new(READERS)) }
    }

    pub(crate) async fn page(&self, query: &EventQuery) -> Result<EventPage, QueryError> {
        let (found, cursor) = self.found(query).await?;
        Ok(EventPage { events: found.into_iter().map(|found| found.event).collect(), cursor })
    }

    /// The same, with where each event ended and what was kept of it.
    pub(crate) async fn found(&self, query: &EventQuery) -> Result<FoundPage, QueryError> {
        self.read(query, page).await
    }

    pub(crate) async fn find(&self, which: Which) -> Result<Option<Found>, QueryError> {
        self.read(&EventQuery::default(), move |search, next, all| find(search, next, which, all)).await
    }

    /// Events that ended behind the number, and the number up to which was looked.
    pub(crate) async fn ended(&self, above: u64, query: &EventQuery) -> Result<(Endings, u64), QueryError> {
        self.read(query, move |search, next, wanted| ended(search, above, next.saturating_sub(1), wanted)).await
    }

    /// The number of the last entry.
    pub(crate) fn last(&self) -> u64 {
        self.log.next().saturating_sub(1)
    }

    /// The number of the last entry that has expired.
    pub(crate) fn gone(&self) -> u64 {
        self.log.gone()
    }

    pub(crate) fn news(&self) -> watch::Receiver<bool> {
        self.log.news()
    }

    /// Nothing is read after this.
    pub(crate) fn close(&self) {
        self.turns.close();
    }

    /// Reads; if keys are wanted that were not at hand, they are brought and it is read again.
    async fn read<T: Send + 'static>(
        &self,
        query: &EventQuery,
        read: impl Fn(&mut Search<'_>, u64, &Wanted) -> Result<T, QueryError> + Send + Sync + 'static,
    ) -> Result<T, QueryError> {
        let read = Arc::new(read);
        let subjects = match &query.about {
            Some(person) => Some(self.subjects.of_person(person).await.map_err(io::Error::other)?),
            None => None,
        };
        let wanted = Arc::new(Wanted::new(query.clone(), agents(query, &self.current.load()), subjects));
        let tenant = self.current.load().tenant;
        let mut brought = BTreeSet::new();
        loop {
            let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| QueryError::Closed)?;
            let (log, read, wanted) = (Arc::clone(&self.log), Arc::clone(&read), Arc::clone(&wanted));
            let recent = Arc::clone(&self.recent);
            let opener = Opener::new(self.subjects.clone(), tenant);
            let gone = self.log.gone();
            let task = tokio::task::spawn_blocking(move || {
                let view = log.view();
                let mut search = Search::new(&view, &recent, opener);
                let done = read(&mut search, view.next, &wanted);
                let (damage, opener) = search.done();
                report(&log, damage);
                drop(turn);
                (done, opener.missing)
            });
            let (done, missing) = task.await.map_err(|_| QueryError::Closed)?;
            // Files that went while they were read have expired: what is left is read again.
            if matches!(&done, Err(QueryError::Failed(error)) if error.kind() == io::ErrorKind::NotFound)
                && self.log.gone() > gone
            {
                continue;
            }
            let missing: BTreeSet<SubjectId> = missing.difference(&brought).copied().collect();
            if missing.is_empty() {
                return done;
            }
            if let Err(error) = self.subjects.load(&missing).await {
                tracing::warn!(%error, "keys for the record's private parts cannot be read");
            }
            brought.extend(missing);
        }
    }
}

/// Whom the names in a query stand for: revoked agents, too, for what they did stays theirs.
fn agents(query: &EventQuery, snapshot: &Snapshot) -> Option<BTreeSet<AgentId>> {
    let is = |wanted: &Option<String>, found| wanted.as_deref().is_none_or(|wanted| found == Some(wanted));
    let named = query.agent.is_some() || query.user.is_some();
    named.then(|| {
        let all = snapshot.agents().into_iter();
        let fits =
            all.filter(|agent| is(&query.agent, Some(agent.name.as_str())) && is(&query.user, agent.user.as_deref()));
        fits.map(|agent| agent.id).collect()
    })
}
