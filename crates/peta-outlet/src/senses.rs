//! What the outlet is given: clocks, chance, and whoever opens what was sealed for a sink.

use std::{pin::Pin, sync::Arc, time::Duration};

use peta_dial::Lender;
use peta_model::{Moment, SinkId};

/// A pause, until it is over.
pub type Pause = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Clocks and chance.
#[derive(Clone)]
pub struct Senses {
    /// The clock on the wall.
    pub now: Arc<dyn Fn() -> Moment + Send + Sync>,
    /// Waits so long. Tests bring one whose time is their own.
    pub pause: Arc<dyn Fn(Duration) -> Pause + Send + Sync>,
    pub random: Arc<dyn Fn() -> [u8; 16] + Send + Sync>,
}

/// Opens what is sealed for sinks. The outlet knows of no vault.
pub trait Custody: Send + Sync {
    /// Whoever lends a sink's secret; with a user in the form of HTTP Basic.
    fn lender(&self, sink: SinkId, sealed: Vec<u8>, user: Option<&str>) -> Arc<dyn Lender>;

    /// Whether nothing can be lent until somebody unlocks the vault.
    fn is_locked(&self) -> bool;
}

impl Senses {
    /// Those of a running Core.
    pub fn new(now: Arc<dyn Fn() -> Moment + Send + Sync>, random: Arc<dyn Fn() -> [u8; 16] + Send + Sync>) -> Self {
        Self { now, pause: Arc::new(|length| Box::pin(tokio::time::sleep(length))), random }
    }

    pub(crate) fn now(&self) -> Moment {
        (self.now)()
    }

    pub(crate) async fn pause(&self, length: Duration) {
        (self.pause)(length).await;
    }

    pub(crate) fn random(&self) -> [u8; 16] {
        (self.random)()
    }
}
