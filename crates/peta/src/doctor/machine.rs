//! The machine: what it gives to keep servers apart, how many files may be open, and whether the clock can be right.

use std::{fs, path::Path};

use peta_api::Finding;

use super::finding::{note, problem, warning};
use crate::serve;

/// Each session, stream and child takes a few.
const FEW_FILES: u64 = 4_096;
/// 2025-11-25: this Peta cannot be older than the protocol it speaks.
const EARLIEST: i64 = 1_764_028_800_000_000;

pub(super) fn look() -> Vec<Finding> {
    vec![launcher(), namespaces(), files(), clock()]
}

/// Stdio servers are started by this very program.
fn launcher() -> Finding {
    match std::env::current_exe() {
        Ok(path) if path.exists() => note("launcher", path.display().to_string()),
        Ok(path) => problem(
            "launcher",
            format!("{} is gone, so no server can be started", path.display()),
            "the program was replaced while it ran: start Core again",
        ),
        Err(error) => problem("launcher", format!("this program cannot be found: {error}"), "mount /proc"),
    }
}

fn namespaces() -> Finding {
    let allowed = fs::read_to_string("/proc/sys/user/max_user_namespaces").ok();
    let allowed = allowed.and_then(|text| text.trim().parse::<u64>().ok()).unwrap_or(0);
    let restricted = fs::read_to_string("/proc/sys/kernel/apparmor_restrict_unprivileged_userns").ok();
    let restricted = restricted.is_some_and(|text| text.trim() == "1");
    match (Path::new("/proc/self/ns/pid").exists(), allowed > 0 && !restricted) {
        (true, true) => note("isolation", "PID and user namespaces are available to servers of a later Peta"),
        (true, false) => note("isolation", "PID namespaces exist, but this user may not make any"),
        (false, _) => note("isolation", "no PID namespaces; servers are held by their launcher alone"),
    }
}

fn files() -> Finding {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).maximum;
    match limit {
        Some(limit) if limit < FEW_FILES => warning(
            "open files",
            format!("at most {limit}"),
            "raise the hard limit (ulimit -Hn, or LimitNOFILE in a systemd unit)",
        ),
        Some(limit) => note("open files", format!("at most {limit}")),
        None => note("open files", "no limit"),
    }
}

fn clock() -> Finding {
    let now = serve::now();
    if now.micros() < EARLIEST {
        return problem("clock", format!("it says {now}, which is past"), "set the clock: tokens end by it");
    }
    note("clock", now.to_string())
}
