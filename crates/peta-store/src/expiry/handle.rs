//! Expiry while Core runs.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use peta_model::{Moment, TenantId};
use tokio::{
    sync::{Mutex as AsyncMutex, watch},
    time::{MissedTickBehavior, interval},
};

use super::{
    event,
    expiring::{Expiring, ExpiryError},
    plan::{Plan, Terms, Times, plan},
    rounds::{Own, Round, keep},
    waits::Waits,
};
use crate::{
    archive::firsts,
    column::Columns,
    record::{Log, Part, Unwritten},
    sheet::ChangeError,
    snapshot::Snapshot,
    sql,
    tree::Tree,
    work::in_transaction,
    writer::Writer,
};

/// A handle to what expires. Cheap to copy.
#[derive(Clone)]
pub(crate) struct Expiry(Arc<Inner>);

struct Inner {
    record: PathBuf,
    log: Arc<Log>,
    tree: Tree,
    writer: Arc<AsyncMutex<Option<Writer>>>,
    current: Arc<ArcSwap<Snapshot>>,
    tenant: TenantId,
    /// One at a time plans or deletes.
    turn: AsyncMutex<()>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    rounds: Vec<Round>,
    times: Times,
    /// That holds keep what is old was told.
    told_held: bool,
    /// What kept old files at the last look.
    waits: Option<Waits>,
}

const EVERY: Duration = Duration::from_secs(1);

impl Expiry {
    pub(crate) fn new(
        record: PathBuf,
        (log, tree): (Arc<Log>, Tree),
        (writer, current): (Arc<AsyncMutex<Option<Writer>>>, Arc<ArcSwap<Snapshot>>),
        rounds: Vec<Round>,
    ) -> Self {
        let tenant = current.load().tenant;
        let state = Mutex::new(State { rounds, ..State::default() });
        Self(Arc::new(Inner { record, log, tree, writer, current, tenant, turn: AsyncMutex::new(()), state }))
    }

    /// Lets go what is older than `before`, or only tells what would go.
    pub(crate) async fn expire(&self, before: Moment, now: Moment, dry_run: bool) -> Result<Expiring, ExpiryError> {
        let this = self.clone();
        // In a task of its own: between the event and what is noted of it nobody who goes away may stop it.
        let done = tokio::spawn(async move { this.expire_in_turn(before, now, dry_run).await });
        done.await.unwrap_or(Err(ExpiryError::Closed))
    }

    async fn expire_in_turn(&self, before: Moment, now: Moment, dry_run: bool) -> Result<Expiring, ExpiryError> {
        let _turn = self.0.turn.lock().await;
        let holds = self.holds().await?;
        let terms = Terms {
            before,
            signed: self.0.tree.signed().unwrap_or(0),
            sinks: self.sinks().await?,
            archived: self.archived().await?,
        };
        let this = self.clone();
        let work = tokio::task::spawn_blocking(move || this.decide(&terms, holds, (now, dry_run)));
        let done = work.await.map_err(|_| ExpiryError::Closed)??;
        if !dry_run {
            self.state().waits.clone_from(&done.waits);
        }
        Ok(done)
    }

    fn decide(
        &self,
        terms: &Terms,
        holds: Vec<String>,
        (now, dry_run): (Moment, bool),
    ) -> Result<Expiring, ExpiryError> {
        let log = &self.0.log;
        let pending = self.pending().is_some();
        let mut times = std::mem::take(&mut self.state().times);
        let planned = plan(&log.view(), terms, &mut times);
        self.state().times = times;
        let mut plan = planned?;
        let held = !holds.is_empty() && plan.files > 0;
        if pending || held {
            plan.waits = Some(if held { Waits::Held(holds.clone()) } else { Waits::Pending });
        }
        let mut expiring = Expiring::of(&plan);
        if dry_run {
            return Ok(expiring);
        }
        if holds.is_empty() {
            self.state().told_held = false;
        }
        if plan.files == 0 || pending || held {
            if held && !std::mem::replace(&mut self.state().told_held, true) {
                let round = self.round(&plan, terms, now);
                event::tell_held(log, &round, holds.len())?;
            }
            return Ok(Expiring { waits: plan.waits, ..Expiring::of(&Plan::default()) });
        }
        expiring.event = Some(self.begin(self.round(&plan, terms, now))?);
        Ok(expiring)
    }

    fn round(&self, plan: &Plan, terms: &Terms, now: Moment) -> Round {
        let (size, root) = self.0.tree.head();
        Round {
            from: plan.from,
            to: plan.to,
            before: terms.before,
            until: Moment::from_micros(plan.until),
            log: self.0.tree.origin().to_owned(),
            size,
            root: root.to_string(),
            own: Own { event: None, behind: self.0.log.next(), at: Some(now) },
        }
    }

    /// Intended, told, noted; the files go when it is signed.
    fn begin(&self, round: Round) -> Result<u64, ExpiryError> {
        let mut rounds = self.state().rounds.clone();
        rounds.push(round);
        keep(&self.0.record, &rounds)?;
        let told = rounds.last_mut().map_or(Err(Unwritten::Closed), |last| {
            let event = event::tell(&self.0.log, last)?;
            last.own.event = Some(event);
            Ok(event)
        });
        let event = match told {
            Ok(event) => event,
            Err(error) => {
                // If that fails, too, the next start tells of it.
                rounds.pop();
                keep(&self.0.record, &rounds).ok();
                return Err(error.into());
            }
        };
        let (from, to) = rounds.last().map_or((0, 0), |last| (last.from, last.to));
        tracing::info!(event, "entries {from} to {to} of the record have expired; their hashes stay");
        self.state().rounds.clone_from(&rounds);
        keep(&self.0.record, &rounds)?;
        Ok(event)
    }

    /// What was told and is still there.
    fn pending(&self) -> Option<Round> {
        let gone = self.0.log.gone();
        self.state().rounds.last().filter(|last| last.to > gone).cloned()
    }

    /// Deletes what is told of in a signed tree, unless a hold came in between.
    async fn sweep(&self) -> Result<(), ExpiryError> {
        let signed = |round: &Round| round.own.event.is_some_and(|event| event < self.0.tree.signed().unwrap_or(0));
        if !self.pending().is_some_and(|round| signed(&round)) {
            return Ok(());
        }
        let _turn = self.0.turn.lock().await;
        let Some(round) = self.pending().filter(signed) else { return Ok(()) };
        let holds = self.holds().await?;
        if !holds.is_empty() {
            self.state().waits = Some(Waits::Held(holds));
            return Ok(());
        }
        let this = self.clone();
        let work = tokio::task::spawn_blocking(move || this.delete(round.to));
        Ok(work.await.map_err(|_| ExpiryError::Closed)??)
    }

    /// The oldest first, so that a kill leaves no hole.
    fn delete(&self, to: u64) -> io::Result<()> {
        let parts = self.0.log.expire(to);
        let mut state = self.state();
        state.times.retain(|first, _| *first > to);
        state.waits = None;
        drop(state);
        parts.iter().try_for_each(|part| remove(part))?;
        File::open(&self.0.record)?.sync_all()
    }

    /// When the entry of this number expired; none if it is there.
    pub(crate) fn expired(&self, number: u64) -> Option<Moment> {
        if number == 0 || number > self.0.log.gone() {
            return None;
        }
        let state = self.state();
        let round = state.rounds.iter().find(|round| round.to >= number);
        Some(round.and_then(|round| round.own.at).unwrap_or(Moment::from_micros(0)))
    }

    pub(crate) fn waits(&self) -> Option<Waits> {
        self.state().waits.clone()
    }

    async fn holds(&self) -> Result<Vec<String>, ChangeError> {
        in_transaction(Arc::clone(&self.0.writer), self.0.tenant, |conn, tenant| {
            Box::pin(async move {
                let rows = sqlx::query(sql::HOLDS).bind(tenant).fetch_all(conn).await?;
                Ok(rows.iter().map(|row| Columns::of(row).plain()).collect::<Result<_, _>>()?)
            })
        })
        .await
    }

    async fn sinks(&self) -> Result<Vec<(String, u64)>, ChangeError> {
        let sinks: Vec<_> = self.0.current.load().sinks().map(|sink| (sink.name.to_string(), sink.id)).collect();
        in_transaction(Arc::clone(&self.0.writer), self.0.tenant, |conn, tenant| {
            Box::pin(async move {
                let mut reads = Vec::new();
                for (name, id) in sinks {
                    let query = sqlx::query_scalar(sql::SINK_READ).bind(tenant.clone()).bind(id.as_bytes().to_vec());
                    let read: Option<i64> = query.fetch_optional(&mut *conn).await?;
                    // One that was removed meanwhile needs nothing.
                    reads.extend(read.map(|read| (name, u64::try_from(read).unwrap_or(0))));
                }
                Ok(reads)
            })
        })
        .await
    }

    async fn archived(&self) -> Result<Option<BTreeSet<u64>>, ChangeError> {
        let log = self.0.tree.origin().to_owned();
        in_transaction(Arc::clone(&self.0.writer), self.0.tenant, move |conn, tenant| {
            Box::pin(async move { Ok(firsts(conn, tenant, &log).await?) })
        })
        .await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file of the record, and what it is searched by.
fn remove(part: &Part) -> io::Result<()> {
    part.forget_columns();
    match fs::remove_file(&part.path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// The task: deletes what is due, until the store closes.
pub(crate) async fn sweep_all(expiry: Expiry, mut closing: watch::Receiver<bool>) {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = false;
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            _ = closing.changed() => return,
        }
        match expiry.sweep().await {
            Ok(()) => failing = false,
            Err(ExpiryError::Closed | ExpiryError::Store(ChangeError::Closed)) => return,
            Err(error) if !std::mem::replace(&mut failing, true) => {
                tracing::warn!(%error, "files of the record that have expired cannot be deleted; the next start tries again");
            }
            Err(_) => {}
        }
    }
}
