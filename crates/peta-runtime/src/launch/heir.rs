//! Core as heir. A launcher ends the tree of its server, unless it is killed itself; then the tree falls to Core, the
//! next subreaper above, and Core ends it. Whatever of a tree is left in any other way falls to Core as well.

use std::{
    collections::HashSet,
    io,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, getpid, kill_process, set_child_subreaper, waitid};
use tokio::{
    signal::unix::{SignalKind, signal},
    task::spawn_blocking,
};

use super::{
    roster::Roster,
    table::{Entry, is_marked, processes},
};

/// How long one attempt goes on with what the kernel will not let go; the next child that ends brings another.
const ATTEMPT: Duration = Duration::from_secs(10);

/// From now on this process inherits what its launchers leave behind, and ends it. Only Core may do this, once: every
/// child of this process that is not on the roster, and that was not there before, is taken for such an orphan. `group`
/// is the name of the control group for them, in case there can be one.
pub(crate) fn inherit(roster: &Roster, group: &str) -> io::Result<()> {
    roster.divide(group);
    let mut died = signal(SignalKind::child())?;
    let heir = Heir { roster: roster.clone(), before: children().map(|child| child.pid).collect() };
    set_child_subreaper(Some(getpid()))?;
    tokio::spawn(async move {
        let mut heir = heir;
        // An orphan changes hands before its parent's death is told, so none is missed.
        while died.recv().await.is_some() {
            let looking = spawn_blocking(move || {
                heir.end_orphans();
                heir
            });
            match looking.await {
                Ok(back) => heir = back,
                Err(_) => return,
            }
        }
    });
    Ok(())
}

struct Heir {
    roster: Roster,
    /// Children that whoever started Core had given it already: none of our business.
    before: HashSet<i32>,
}

impl Heir {
    /// Ends them generation by generation: a child's own children fall to us when it ends. Only children are ever
    /// killed, whose numbers cannot be anybody else's before we have reaped them.
    fn end_orphans(&self) {
        let deadline = Instant::now() + ATTEMPT;
        let mut pause = Duration::from_millis(1);
        let mut told = false;
        while self.look() && Instant::now() < deadline {
            if !std::mem::replace(&mut told, true) {
                tracing::warn!("a launcher was killed: its server's processes fell to Core, which ends them");
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }

    /// Reaps dead orphans and kills living ones; whether there was one that lived.
    fn look(&self) -> bool {
        let all: Vec<Entry> = children().collect();
        // Read before the roster: a launcher that is being started is on it by the time we may ask.
        let orphans =
            all.into_iter().filter(|child| !self.roster.holds(child.pid) && !self.before.contains(&child.pid));
        let mut any = false;
        for Entry { pid, dead, .. } in orphans {
            let Some(pid) = Pid::from_raw(pid) else { continue };
            if dead {
                // Asked for by number: nobody else's wait for a child is disturbed.
                let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
            } else if is_marked(pid.as_raw_nonzero().get()) {
                any = true;
                let _ = kill_process(pid, Signal::KILL);
            }
        }
        any
    }
}

/// The children of this process.
fn children() -> impl Iterator<Item = Entry> {
    let me = getpid().as_raw_nonzero().get();
    processes().filter(move |entry| entry.parent == me)
}
