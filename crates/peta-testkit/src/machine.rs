//! What a test asks of the machine: how much memory a process holds, and more descriptors for itself.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The resident memory of a process, in bytes.
pub fn memory_of(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a running process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    let kib = line.split_whitespace().next().and_then(|number| number.parse::<u64>().ok());
    kib.expect("a number of KiB") * 1024
}

/// Raises this process's soft limit of open files to the hard one; that limit.
pub fn raise_descriptors() -> u64 {
    let now = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: now.maximum, maximum: now.maximum }).expect("the hard limit");
    now.maximum.unwrap_or(u64::MAX)
}
