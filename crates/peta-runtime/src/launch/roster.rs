//! The launchers that Core has started and still speaks with. Whoever else turns up as a child of Core was left behind
//! by one of them.

use std::{
    collections::HashSet,
    io,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::process::{Child, Command};

use super::{
    cgroup::{Cgroup, Cgroups},
    hold::Hold,
    secrets::Files,
};
use crate::lock::lock;

/// All of them; clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Roster {
    launchers: Arc<Mutex<HashSet<i32>>>,
    cgroups: Arc<OnceLock<Cgroups>>,
    group: Arc<OnceLock<String>>,
    folders: Arc<AtomicU64>,
}

/// A launcher on the roster. Dropped, it is struck off: from then on its tree, and it, have no business any more.
#[derive(Debug)]
pub(super) struct Enrolled {
    roster: Roster,
    pid: i32,
    /// Ended with this, too.
    cgroup: Option<Cgroup>,
}

impl Roster {
    /// Starts a launcher. The lock is held meanwhile, so that nobody sees one that is not on the roster yet.
    pub(super) fn spawn(&self, command: &mut Command) -> io::Result<(Child, Enrolled)> {
        let mut launchers = lock(&self.launchers);
        let launcher = command.spawn()?;
        let pid = launcher.id().and_then(|pid| i32::try_from(pid).ok()).unwrap_or(0);
        launchers.insert(pid);
        // It starts nothing before it has its order, so all that comes of it is born into the group.
        let cgroup = self.cgroups.get().and_then(|cgroups| cgroups.take(pid));
        Ok((launcher, Enrolled { roster: self.clone(), pid, cgroup }))
    }

    pub(super) fn holds(&self, pid: i32) -> bool {
        lock(&self.launchers).contains(&pid)
    }

    /// Gives each launcher a control group from now on, below the group of that name, where the system lets us.
    pub(super) fn divide(&self, name: &str) {
        let _ = self.group.set(name.to_owned());
        Files::sweep(name);
        if let Some(cgroups) = Cgroups::claim(name) {
            let _ = self.cgroups.set(cgroups);
        }
    }

    /// A folder in memory for what a server is handed as files.
    pub(super) fn folder(&self) -> io::Result<Files> {
        let group = self.group.get().map_or("peta", String::as_str);
        Files::make(group, self.folders.fetch_add(1, Ordering::Relaxed) ^ u64::from(std::process::id()) << 32)
    }

    /// Core ends, and all launchers have.
    pub(crate) fn close(&self) {
        if let Some(cgroups) = self.cgroups.get() {
            cgroups.let_go();
        }
    }

    pub(crate) fn hold(&self) -> Hold {
        Hold::measure(self.cgroups.get().is_some())
    }
}

impl Enrolled {
    /// The launcher is gone; what it held is ended at once where it has a control group.
    pub(super) fn end_group(&self) {
        if let Some(cgroup) = &self.cgroup {
            cgroup.kill();
        }
    }
}

impl Drop for Enrolled {
    fn drop(&mut self) {
        lock(&self.roster.launchers).remove(&self.pid);
    }
}
