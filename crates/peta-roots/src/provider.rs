//! A key provider that is open. The vault's `Root` waits where it is called, so whatever needs one is handed over as a piece
//! of work, and done on a thread that may wait.

use std::sync::{Arc, Mutex, PoisonError};

use peta_dial::Dialer;
use peta_model::InstallId;
use peta_vault::{
    root::{Check, LocalRoot, Root},
    rotation::RootRotation,
};
use tokio::runtime::Handle;

use crate::{
    config::Kind,
    line::Line,
    patience::Patience,
    service::{Asked, Service},
    trouble::Trouble,
};

/// A key provider. Cheap to clone.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

struct Inner {
    kind: Kind,
    way: Way,
    trouble: Mutex<Option<Trouble>>,
}

enum Way {
    /// Its 32 bytes are here.
    Local(LocalRoot),
    Remote {
        service: Box<dyn Service>,
        dialer: Dialer,
        patience: Patience,
    },
}

/// The work was not done to its end, since Core stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Core is stopping")]
pub struct Stopped;

/// Both are the same root: there is nothing to rotate, and nothing that may be destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the new root is the old one")]
pub struct SameRoot;

impl Provider {
    pub(crate) fn local(kind: Kind, root: LocalRoot) -> Self {
        Self::new(kind, Way::Local(root))
    }

    /// Of a key file that is staged: its root, before it takes the place of the old one.
    pub fn of_key_file(root: LocalRoot) -> Self {
        Self::local(Kind::KeyFile, root)
    }

    pub(crate) fn remote(kind: Kind, service: Box<dyn Service>, dialer: &Dialer, patience: Patience) -> Self {
        Self::new(kind, Way::Remote { service, dialer: dialer.clone(), patience })
    }

    fn new(kind: Kind, way: Way) -> Self {
        Self(Arc::new(Inner { kind, way, trouble: Mutex::new(None) }))
    }

    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// For people: `key-file`, or what a service knows the key by. It is no secret, and never changes for a key.
    pub fn name(&self) -> &str {
        match &self.0.way {
            Way::Local(_) => self.0.kind.name(),
            Way::Remote { service, .. } => service.name(),
        }
    }

    /// Whether its key stays elsewhere.
    pub fn is_remote(&self) -> bool {
        matches!(self.0.way, Way::Remote { .. })
    }

    /// What rows that it wrapped have as their check value. Nobody is asked for it.
    pub fn check(&self, install: InstallId) -> Check {
        match &self.0.way {
            Way::Local(root) => root.check(install),
            Way::Remote { service, .. } => Check::of_remote(service.name(), install),
        }
    }

    /// What went wrong when it was last asked; nothing if it went well.
    pub fn trouble(&self) -> Option<Trouble> {
        self.0.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Does a piece of work with the root: unlocks a keyring, makes a row. Each question to a service is bounded in time, so
    /// the work is. Dropped, it goes on to its end, and what it gives is lost.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Root) -> T + Send + 'static,
    ) -> Result<T, Stopped> {
        let (provider, runtime) = (self.clone(), Handle::current());
        tokio::task::spawn_blocking(move || provider.with(&runtime, work)).await.map_err(|_| Stopped)
    }

    /// The same with two roots, old and new: wraps rows anew.
    pub async fn run_both<T: Send + 'static>(
        (old, new): (&Self, &Self),
        work: impl FnOnce(&dyn Root, &dyn Root) -> T + Send + 'static,
    ) -> Result<T, Stopped> {
        let (old, new, runtime) = (old.clone(), new.clone(), Handle::current());
        let working = move || old.with(&runtime, |old| new.with(&runtime, |new| work(old, new)));
        tokio::task::spawn_blocking(working).await.map_err(|_| Stopped)
    }

    fn with<T>(&self, runtime: &Handle, work: impl FnOnce(&dyn Root) -> T) -> T {
        match &self.0.way {
            Way::Local(root) => work(root),
            Way::Remote { service, dialer, patience } => {
                let line = Line::new(dialer.clone(), *patience, runtime.clone());
                work(&Asked { service: &**service, line: &line, trouble: &self.0.trouble })
            }
        }
    }
}

/// The rotation from one provider to another, for the store to keep.
pub fn rotation((old, new): (&Provider, &Provider), install: InstallId) -> Result<RootRotation, SameRoot> {
    let (old, new) = (old.check(install), new.check(install));
    if old == new { Err(SameRoot) } else { Ok(RootRotation { old, new, finished: None }) }
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("name", &self.name()).finish_non_exhaustive()
    }
}
