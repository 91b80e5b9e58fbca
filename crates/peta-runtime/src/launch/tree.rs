//! The end of all processes below this one.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, getpid, kill_process};

use super::table::descendants;

/// Kills every descendant until none is left. Who escapes into a session of its own is still a descendant: a
/// subreaper inherits whoever loses a parent. Gives up on what the kernel will not let go.
pub(super) fn end_all(within: Duration) {
    let deadline = Instant::now() + within;
    let mut pause = Duration::from_millis(1);
    loop {
        let left = descendants(getpid().as_raw_nonzero().get());
        if left.is_empty() || Instant::now() > deadline {
            return;
        }
        for pid in left.into_iter().filter_map(Pid::from_raw) {
            let _ = kill_process(pid, Signal::KILL);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}
