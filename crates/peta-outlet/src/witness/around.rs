//! What all who ask share.

use peta_dial::Dialer;
use peta_store::Store;

use crate::{config::Config, senses::Senses};

#[derive(Clone)]
pub(super) struct Around {
    pub(super) config: Config,
    pub(super) store: Store,
    pub(super) dialer: Dialer,
    pub(super) senses: Senses,
}
