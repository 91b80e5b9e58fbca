//! Where a change is written: an open transaction beside a draft of the snapshot as it will be. And how a change can
//! fail.

use std::{future::Future, sync::Arc};

use peta_model::{AgentId, Code, Moment, ServerId};
use sqlx::SqliteConnection;

use crate::{
    entropy::NoEntropy,
    entry::{AgentEntry, ServerEntry},
    fault::Fault,
    snapshot::Snapshot,
    subjects::KeysFault,
};

/// Why a change was not made. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error("there is already {0}")]
    NameTaken(String),
    #[error("there is no {0}")]
    NotFound(String),
    #[error("{0}")]
    Conflict(String),
    /// Told in general words outside; the cause is for the log.
    #[error("the database cannot be written")]
    Failed(#[source] sqlx::Error),
    #[error("the record cannot be written")]
    NotRecorded,
    #[error("the operating system gives no random bytes")]
    NoEntropy,
    #[error("the store is closed")]
    Closed,
    #[error("{0}")]
    Keys(KeysFault),
}

/// Where a change is written: the transaction, and the snapshot as it will be.
pub(crate) struct Sheet<'w> {
    pub(crate) conn: &'w mut SqliteConnection,
    pub(crate) draft: Snapshot,
    pub(crate) at: Moment,
    /// Set by a change that found everything as it should be: no number, no new snapshot.
    pub(crate) unchanged: bool,
}

/// One kind of change: writes itself into the transaction and into the draft.
pub(crate) trait Change: Send + 'static {
    /// What it touches, for those who follow the feed.
    const WHAT: &'static str;
    type Done: Send + 'static;

    fn write(self, sheet: &mut Sheet<'_>) -> impl Future<Output = Result<Self::Done, ChangeError>> + Send;
}

impl ChangeError {
    pub fn code(&self) -> Code {
        match self {
            Self::NameTaken(_) => Code::ADMIN_NAME_TAKEN,
            Self::NotFound(_) => Code::ADMIN_NOT_FOUND,
            Self::Conflict(_) => Code::ADMIN_CONFLICT,
            Self::Failed(error) => Fault::of(error).code(),
            Self::NotRecorded => Code::NOT_RECORDED,
            Self::NoEntropy | Self::Closed => Code::STORE_FAILED,
            Self::Keys(fault) => fault.code,
        }
    }
}

impl From<sqlx::Error> for ChangeError {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<NoEntropy> for ChangeError {
    fn from(_: NoEntropy) -> Self {
        Self::NoEntropy
    }
}

impl Sheet<'_> {
    pub(crate) fn tenant(&self) -> Vec<u8> {
        self.draft.tenant.as_bytes().to_vec()
    }

    pub(crate) fn server(&self, id: ServerId) -> Result<Arc<ServerEntry>, ChangeError> {
        self.draft.server_by_id(id).cloned().ok_or_else(|| ChangeError::NotFound("such server".into()))
    }

    /// The agent, if it is there and not revoked.
    pub(crate) fn live_agent(&self, id: AgentId) -> Result<Arc<AgentEntry>, ChangeError> {
        let agent = self.draft.agent(&id).ok_or_else(|| ChangeError::NotFound("such agent".into()))?;
        match agent.revoked {
            None => Ok(Arc::clone(agent)),
            Some(at) => Err(ChangeError::Conflict(format!("the agent `{}` was revoked at {at}", agent.name))),
        }
    }
}
