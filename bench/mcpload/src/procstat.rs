//! CPU time and resident memory of a process and its descendants, from `/proc`.

use std::fs;

/// Sums over a process tree.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    pub cpu_us: u64,
    pub rss_kib: u64,
    pub threads: u64,
}

struct Stat {
    ppid: u32,
    cpu_ticks: u64,
    threads: u64,
}

/// Clock ticks per second; Linux fixes USER_HZ at 100 on every architecture we run on. The tick
/// counters include exited threads, and over a window of seconds 10 ms is fine enough.
const USER_HZ: u64 = 100;

fn read_stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command name may contain spaces, so start after its closing parenthesis.
    let fields: Vec<&str> = text[text.rfind(')')? + 2..].split_ascii_whitespace().collect();
    Some(Stat {
        ppid: fields.get(1)?.parse().ok()?,
        cpu_ticks: fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?,
        threads: fields.get(17)?.parse().ok()?,
    })
}

fn rss_kib(pid: u32) -> u64 {
    let Ok(text) = fs::read_to_string(format!("/proc/{pid}/status")) else {
        return 0;
    };
    text.lines()
        .find_map(|l| l.strip_prefix("VmRSS:"))
        .and_then(|v| v.trim().split(' ').next()?.parse().ok())
        .unwrap_or(0)
}

/// `root` with its living descendants, and apart from them the descendants (with theirs) that run
/// this very program: `stdio-upstream` servers, which a gateway starts but does not answer for.
pub fn tree(root: u32) -> (Vec<u32>, Vec<u32>) {
    let own_program = fs::canonicalize("/proc/self/exe").ok();
    let runs_us = |pid: u32| {
        let program = fs::canonicalize(format!("/proc/{pid}/exe")).ok();
        pid != root && program.is_some() && program == own_program
    };
    let mut parents = Vec::new();
    if let Ok(dir) = fs::read_dir("/proc") {
        for entry in dir.flatten() {
            if let Some(pid) = entry.file_name().to_str().and_then(|n| n.parse::<u32>().ok())
                && let Some(stat) = read_stat(pid)
            {
                parents.push((pid, stat.ppid));
            }
        }
    }
    // Breadth first; the flag is inherited.
    let mut found = vec![(root, false)];
    let mut next = 0;
    while next < found.len() {
        let (parent, server) = found[next];
        let children = parents.iter().filter(|(_, pp)| *pp == parent);
        found.extend(children.map(|&(pid, _)| (pid, server || runs_us(pid))));
        next += 1;
    }
    let (servers, own): (Vec<_>, Vec<_>) = found.into_iter().partition(|&(_, server)| server);
    let pids = |list: Vec<(u32, bool)>| list.into_iter().map(|(pid, _)| pid).collect();
    (pids(own), pids(servers))
}

pub fn usage(pids: &[u32]) -> Usage {
    let mut sum = Usage::default();
    for &pid in pids {
        if let Some(stat) = read_stat(pid) {
            sum.cpu_us += stat.cpu_ticks * (1_000_000 / USER_HZ);
            sum.threads += stat.threads;
            sum.rss_kib += rss_kib(pid);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn finds_children_and_their_memory() {
        let mut child =
            Command::new("sh").args(["-c", "sleep 30 & wait"]).stdout(Stdio::null()).spawn().expect("sh exists");
        let began = std::time::Instant::now();
        let mut pids = Vec::new();
        while pids.len() < 2 && began.elapsed().as_secs() < 10 {
            (pids, _) = tree(child.id());
            std::thread::yield_now();
        }
        let usage = usage(&pids);
        for pid in pids.iter().rev() {
            let _ = Command::new("kill").arg(pid.to_string()).status();
        }
        let _ = child.wait();
        assert_eq!(pids.len(), 2);
        assert!(usage.rss_kib > 0 && usage.threads == 2, "{usage:?}");
    }

    #[test]
    fn counts_own_cpu_time() {
        let me = [std::process::id()];
        let before = usage(&me).cpu_us;
        let began = std::time::Instant::now();
        while usage(&me).cpu_us < before + 50_000 {
            assert!(began.elapsed().as_secs() < 20, "no CPU time seen");
        }
    }
}
