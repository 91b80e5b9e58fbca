//! The sinks of this Core: the outlet, given a vault that opens their secrets, and as the people's wing knows it.

use std::sync::Arc;

use peta_admin::{ArchiveStanding, Fetching, SinkStanding, Sinks, Testing, UnfitSink};
use peta_api::SinkState;
use peta_arena::Lease;
use peta_audit::format::{Format, Issuer};
use peta_dial::{Dialer, Lender, NotLent};
use peta_model::{SinkId, SinkKind, TenantId};
use peta_outlet::{Archive, Config, Custody, Keys, Outlet, Sealing, Senses, State, Witnesses};
use peta_store::{ArchivedFile, SinkEntry, SinkSpec, Store};
use peta_vault::{
    Kind,
    safe::{Safe, Shape},
};

use zeroize::Zeroizing;

use super::senses;
use crate::metrics::SinkGauges;

/// The outlet as others ask for it.
pub(super) struct Outgoing {
    outlet: Outlet,
    archive: Archive,
    dialer: Dialer,
}

struct Opener {
    store: Store,
    safe: Safe,
    tenant: TenantId,
}

/// Lends one sink's secret.
struct OfSink {
    safe: Safe,
    place: (TenantId, Kind, [u8; 16], u64),
    sealed: Vec<u8>,
    shape: Shape,
}

/// Ready, and sends nothing yet.
pub(super) fn outlet(config: Config, (store, safe): (&Store, &Safe), dialer: &Dialer) -> Outlet {
    let snapshot = store.snapshot();
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let issuer = Issuer { install: snapshot.install.to_string(), version: env!("CARGO_PKG_VERSION"), host };
    let custody = Arc::new(Opener { store: store.clone(), safe: safe.clone(), tenant: snapshot.tenant });
    let senses = senses();
    Outlet::new(config, (store.clone(), dialer.clone()), custody, senses, issuer)
}

/// Ready, and puts nothing yet.
pub(super) fn archive(config: Config, (store, safe): (&Store, &Safe), dialer: &Dialer) -> Archive {
    let opener = Opener { store: store.clone(), safe: safe.clone(), tenant: store.snapshot().tenant };
    let opener = Arc::new(opener);
    Archive::new(config, (store.clone(), dialer.clone()), (Arc::clone(&opener) as _, opener), senses())
}

/// Those who ask witnesses by URL.
pub(super) fn witnesses(config: Config, store: &Store, dialer: &Dialer) -> Witnesses {
    Witnesses::new(config, (store.clone(), dialer.clone()), senses())
}

fn senses() -> Senses {
    Senses::new(senses::clock(), Arc::new(senses::random))
}

/// What is told of each sink.
pub(super) fn gauges(outlet: &Outlet, store: &Store) -> impl Fn() -> Vec<SinkGauges> + Send + Sync + 'static {
    let (outlet, store) = (outlet.clone(), store.clone());
    move || {
        let (now, recorded) = (senses::now(), store.recorded());
        let snapshot = store.snapshot();
        let of = |entry: &Arc<SinkEntry>| {
            let it = outlet.standing(entry.id)?;
            Some(SinkGauges {
                sink: entry.name.to_string(),
                ok: it.state == State::Ok,
                lag_entries: recorded.saturating_sub(it.read),
                lag_seconds: it.lag(now) / 1_000_000,
                sent: it.sent,
                skipped: it.skipped,
            })
        };
        snapshot.sinks().filter_map(of).collect()
    }
}

impl Outgoing {
    pub(super) fn new((outlet, archive): (Outlet, Archive), dialer: Dialer) -> Self {
        Self { outlet, archive, dialer }
    }
}

impl Custody for Opener {
    fn lender(&self, sink: SinkId, sealed: Vec<u8>, user: Option<&str>) -> Arc<dyn Lender> {
        let place = (self.tenant, Kind::Sink, *sink.as_bytes(), 1);
        let shape = user.map_or(Shape::Plain, |user| Shape::Basic { user: user.to_owned() });
        Arc::new(OfSink { safe: self.safe.clone(), place, sealed, shape })
    }

    fn is_locked(&self) -> bool {
        self.safe.is_locked()
    }
}

impl Keys for Opener {
    fn seal<'s>(&'s self, id: [u8; 16], key: &'s [u8; 32]) -> Sealing<'s> {
        Box::pin(async move {
            let provided = self.store.provide_wraps(&self.safe, 16).await;
            let sealed = self.safe.seal_bytes((self.tenant, Kind::Archive, id, 1), key);
            provided.is_ok().then_some(())?;
            sealed.ok()
        })
    }

    fn open(&self, id: [u8; 16], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.safe.open_bytes(sealed, (self.tenant, Kind::Archive, id, 1)).ok()
    }
}

impl Lender for OfSink {
    fn lend(&self) -> Result<Lease, NotLent> {
        self.safe.lend_bytes(&self.sealed, self.place, &self.shape).map_err(|error| {
            tracing::debug!(%error, "the secret of a sink is not lent");
            NotLent
        })
    }

    fn now(&self) -> std::time::Duration {
        self.safe.now()
    }
}

impl Sinks for Outgoing {
    fn usual_format(&self, kind: SinkKind) -> Format {
        peta_outlet::usual_format(kind)
    }

    fn check(&self, spec: &SinkSpec, secret: bool) -> Result<(), UnfitSink> {
        let checked = peta_outlet::check(spec, secret, &self.dialer);
        checked.map_err(|unfit| UnfitSink { field: unfit.field, why: unfit.why })
    }

    fn check_witness(&self, place: &str, key: &str, ca: Option<&str>) -> Result<(), UnfitSink> {
        let checked = peta_outlet::check_witness(place, key, ca, &self.dialer);
        checked.map_err(|unfit| UnfitSink { field: unfit.field, why: unfit.why })
    }

    fn standing(&self, sink: SinkId) -> Option<SinkStanding> {
        let it = self.outlet.standing(sink)?;
        let lag_us = it.lag(senses::now());
        Some(SinkStanding {
            state: word(it.state),
            why: it.why,
            code: it.code,
            since: it.since,
            read: it.read,
            lag_us,
            sent: it.sent,
            skipped: it.skipped,
            last: it.last,
        })
    }

    fn test<'s>(&'s self, sink: &'s SinkEntry) -> Testing<'s> {
        Box::pin(async move {
            let tested = self.outlet.test(sink).await;
            tested.code.map_or(Ok(tested.answer.clone()), |code| Err((code, tested.answer)))
        })
    }

    fn archive(&self) -> ArchiveStanding {
        let it = self.archive.standing();
        ArchiveStanding { state: word(it.state), why: it.why, code: it.code, since: it.since }
    }

    fn fetch<'s>(&'s self, file: &'s ArchivedFile) -> Fetching<'s> {
        Box::pin(async move { self.archive.fetch(file).await.map_err(|not| (not.code, not.why)) })
    }
}

const fn word(state: State) -> SinkState {
    match state {
        State::Ok => SinkState::Ok,
        State::Retrying => SinkState::Retrying,
        State::Failing => SinkState::Failing,
        State::Locked => SinkState::Locked,
    }
}
