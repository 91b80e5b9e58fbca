//! The two ends that the bridge joins, and what lies between them.

use peta_mcp::Limits;

use super::{core::Core, output::Output, session::Session};

pub(super) struct Ends {
    pub(super) core: Core,
    pub(super) session: Session,
    pub(super) output: Output,
    pub(super) limits: Limits,
    /// Held while a lost session is opened again, so that it is done once.
    pub(super) reopening: tokio::sync::Mutex<()>,
}

impl Ends {
    pub(super) fn new(core: Core, output: Output) -> Self {
        Self {
            core,
            session: Session::default(),
            output,
            limits: Limits::default(),
            reopening: tokio::sync::Mutex::new(()),
        }
    }
}
