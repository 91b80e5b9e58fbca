//! Who is left: the processes of one test, found by a mark that they all inherit or carry in their command line.

use std::{fs, time::Duration};

use rustix::process::{Pid, Signal, kill_process};

/// A process that runs. The dead that wait for their parent are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kin {
    pub pid: i32,
    pub parent: i32,
    /// Its command line, words parted by spaces.
    pub command: String,
}

impl Kin {
    /// Whether it is the launcher of a server.
    pub fn is_launcher(&self) -> bool {
        self.command.ends_with(" launch")
    }

    /// SIGKILL. It may have ended meanwhile.
    pub fn kill(&self) {
        self.send(Signal::KILL);
    }

    /// SIGSTOP: it does nothing any more, until it is killed.
    pub fn stop(&self) {
        self.send(Signal::STOP);
    }

    fn send(&self, signal: Signal) {
        if let Some(pid) = Pid::from_raw(self.pid) {
            let _ = kill_process(pid, signal);
        }
    }
}

/// Everyone who carries the mark, in the environment that they were started with or in their command line; but not
/// `but`, which is Core's own number.
pub fn kin(mark: &str, but: u32) -> Vec<Kin> {
    let own = std::process::id();
    let pids = fs::read_dir("/proc").expect("/proc").flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let others = pids.filter(|pid| *pid != but && *pid != own);
    others.filter_map(|pid| marked(pid, mark)).collect()
}

/// The dead children of a process that it has not asked for.
pub fn zombies(parent: u32) -> usize {
    let pids = fs::read_dir("/proc").expect("/proc").flatten();
    let stats = pids.filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
    stats.filter(|stat| fields(stat).is_some_and(|(state, of)| state == "Z" && u32::try_from(of) == Ok(parent))).count()
}

/// The most memory that a process has ever had resident, in MiB; nothing once it is gone.
pub fn peak_memory(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? >> 10)
}

/// The time that a process has had a processor for, since it began.
pub fn work(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    // Fields 14 and 15 of the line, in ticks of which there are a hundred a second wherever Linux runs.
    let ticks = rest.split_ascii_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok());
    Duration::from_millis(ticks.sum::<u64>() * 10)
}

fn marked(pid: u32, mark: &str) -> Option<Kin> {
    let read = |name: &str| {
        let bytes = fs::read(format!("/proc/{pid}/{name}")).ok()?;
        Some(String::from_utf8_lossy(&bytes).replace('\0', " "))
    };
    let command = read("cmdline")?;
    if !command.contains(mark) && !read("environ")?.contains(mark) {
        return None;
    }
    let stat = read("stat")?;
    let (_, parent) = fields(&stat).filter(|(state, _)| !matches!(*state, "Z" | "X"))?;
    Some(Kin { pid: i32::try_from(pid).ok()?, parent, command: command.trim_end().to_owned() })
}

/// State and parent in a `stat` line; the name before them may hold anything.
fn fields(stat: &str) -> Option<(&str, i32)> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace();
    Some((fields.next()?, fields.next()?.parse().ok()?))
}
