//! Time, processor time and memory of this process, and lines of a table.

use std::{
    fs,
    time::{Duration, Instant},
};

/// Since when something is measured.
pub(crate) struct Watch(Instant, Duration);

impl Watch {
    pub(crate) fn start() -> Self {
        Self(Instant::now(), cpu())
    }

    pub(crate) fn wall(&self) -> Duration {
        self.0.elapsed()
    }

    pub(crate) fn cpu(&self) -> Duration {
        cpu().saturating_sub(self.1)
    }
}

/// What all threads that there are have used, to the nanosecond.
fn cpu() -> Duration {
    let of = |path: std::path::PathBuf| {
        fs::read_to_string(path.join("schedstat")).ok()?.split(' ').next()?.parse::<u64>().ok()
    };
    let threads = fs::read_dir("/proc/self/task").unwrap().filter_map(|thread| of(thread.ok()?.path()));
    Duration::from_nanos(threads.sum())
}

/// Memory in MiB: now, and the most so far; with what is only a copy of files left out.
pub(crate) fn memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    };
    format!("{} MiB, {} MiB at most", field("VmRSS:"), field("VmHWM:"))
}

pub(crate) fn row(what: &str, figure: &str) {
    println!("| {what} | {figure} |");
}

/// So many in this time.
pub(crate) fn pace(count: u64, watch: &Watch) -> String {
    let count = count as f64;
    let each = |time: Duration| time.as_secs_f64() * 1e6 / count;
    let (wall, used) = (watch.wall(), watch.cpu());
    format!("{:.0} a second, {:.2} µs CPU each", count / wall.as_secs_f64(), each(used))
}

pub(crate) fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
