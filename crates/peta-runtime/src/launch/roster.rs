//! The launchers that Core has started and still speaks with. Whoever else turns up as a child of Core was left behind
//! by one of them.

use std::{
    collections::HashSet,
    io,
    sync::{Arc, Mutex},
};

use tokio::process::{Child, Command};

use crate::lock::lock;

/// All of them; clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Roster(Arc<Mutex<HashSet<i32>>>);

/// A launcher on the roster. Dropped, it is struck off: from then on its tree, and it, have no business any more.
#[derive(Debug)]
pub(super) struct Enrolled {
    roster: Roster,
    pid: i32,
}

impl Roster {
    /// Starts a launcher. The lock is held meanwhile, so that nobody sees one that is not on the roster yet.
    pub(super) fn spawn(&self, command: &mut Command) -> io::Result<(Child, Enrolled)> {
        let mut launchers = lock(&self.0);
        let launcher = command.spawn()?;
        let pid = launcher.id().and_then(|pid| i32::try_from(pid).ok()).unwrap_or(0);
        launchers.insert(pid);
        Ok((launcher, Enrolled { roster: self.clone(), pid }))
    }

    pub(super) fn holds(&self, pid: i32) -> bool {
        lock(&self.0).contains(&pid)
    }
}

impl Drop for Enrolled {
    fn drop(&mut self) {
        lock(&self.roster.0).remove(&self.pid);
    }
}
