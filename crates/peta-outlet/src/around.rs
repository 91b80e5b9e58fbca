//! What all sinks share, and how one comes by its secret.

use std::sync::Arc;

use peta_dial::Lender;
use peta_store::{SinkEntry, Store};

use crate::{
    config::Config,
    receiver::Receiver,
    senses::{Custody, Senses},
    trouble::Trouble,
};

/// What all sinks share.
#[derive(Clone)]
pub(crate) struct Around {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) custody: Arc<dyn Custody>,
    pub(crate) senses: Senses,
}

/// Whoever lends a sink's secret, if it can be lent now.
pub(crate) async fn lender(around: &Around, entry: &SinkEntry) -> Result<Arc<dyn Lender>, Trouble> {
    let sealed = around.store.sink_secret(entry.id).await;
    let sealed = sealed.map_err(|error| Trouble::later(format!("its secret cannot be read: {error}")))?;
    let sealed = sealed.ok_or(Trouble::NoSecret)?;
    let lender = around.custody.lender(entry.id, sealed, Receiver::basic_user(&entry.spec));
    match lender.lend() {
        Ok(lease) => lease.end(),
        Err(_) => return Err(Trouble::NoSecret),
    }
    Ok(lender)
}
