//! Child processes that end with us, optionally pinned to CPUs.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal as listen};

/// Ids of the groups that are alive.
static LIVE: Mutex<Vec<u32>> = Mutex::new(Vec::new());

fn live() -> std::sync::MutexGuard<'static, Vec<u32>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn send(name: &str, group: u32) {
    let _ = Command::new("kill").args([name, "--", &format!("-{group}")]).stderr(Stdio::null()).status();
}

/// From now on, an interrupt or a termination of this process ends its groups as well.
pub fn end_with_us() -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            let (Ok(mut interrupt), Ok(mut terminate)) =
                (listen(SignalKind::interrupt()), listen(SignalKind::terminate()))
            else {
                return;
            };
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            for group in live().iter() {
                send("-TERM", *group);
                send("-KILL", *group);
            }
            std::process::exit(130);
        });
    });
    Ok(())
}

/// A command in a process group of its own, which is ended when this is dropped.
pub struct Group {
    child: Child,
}

impl Group {
    /// Starts `program`, on the given CPUs only (a list as `taskset -c` reads it) if any.
    pub fn start(program: &str, args: &[String], cpus: Option<&str>) -> Result<Self, String> {
        let mut command = match cpus {
            None => Command::new(program),
            Some(cpus) => {
                let mut command = Command::new("taskset");
                command.args(["-c", cpus, program]);
                command
            }
        };
        let child = command
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|e| format!("{program}: {e}"))?;
        live().push(child.id());
        Ok(Self { child })
    }

    /// Also the id of the process group. `taskset` replaces itself by its command.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn exited(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        send("-TERM", self.id());
        let deadline = Instant::now() + Duration::from_secs(5);
        while Instant::now() < deadline && self.exited().is_none() {
            std::thread::sleep(Duration::from_millis(20));
        }
        send("-KILL", self.id());
        let _ = self.child.wait();
        live().retain(|id| *id != self.child.id());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_its_grandchildren_along() {
        let script = "sleep 60 & wait".to_owned();
        let group = Group::start("sh", &["-c".to_owned(), script], None).expect("sh exists");
        let began = Instant::now();
        let mut pids = Vec::new();
        while pids.len() < 2 && began.elapsed().as_secs() < 10 {
            (pids, _) = crate::procstat::tree(group.id());
        }
        assert_eq!(pids.len(), 2);
        drop(group);
        let alive = |pid: &u32| {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            !stat.is_empty() && !stat.contains(") Z ")
        };
        while pids.iter().any(alive) {
            assert!(began.elapsed().as_secs() < 20, "still there: {pids:?}");
        }
    }

    #[test]
    fn says_what_could_not_be_started() {
        let err = Group::start("/nonexistent/program", &[], None).err();
        assert!(err.is_some_and(|e| e.starts_with("/nonexistent/program: ")));
    }
}
