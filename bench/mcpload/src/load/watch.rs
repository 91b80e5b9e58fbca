//! The processes that are watched during a run: their CPU time, their memory, and what others used meanwhile.

use std::time::{Duration, Instant};

use super::pacer::Window;
use super::report::Process;
use crate::args::Args;
use crate::procstat::{self, Usage};

pub(super) fn mib(kib: u64) -> f64 {
    (kib as f64 / 1024.0 * 100.0).round() / 100.0
}

/// Busy time of the whole machine in microseconds.
pub(super) fn machine_busy_us() -> u64 {
    let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let first = text.lines().next().unwrap_or_default();
    let ticks: Vec<u64> = first.split_ascii_whitespace().skip(1).filter_map(|v| v.parse().ok()).collect();
    // user nice system idle iowait irq softirq steal
    let busy: u64 = [0, 1, 2, 5, 6, 7].iter().filter_map(|&i| ticks.get(i)).sum();
    busy * 10_000
}

/// The processes that are watched during a run.
pub(super) struct Watch {
    /// Given process ids of the gateway and of the upstream.
    pub(super) roots: [Vec<u32>; 2],
    pub(super) groups: [Vec<u32>; 3],
    pub(super) before: [Usage; 3],
    pub(super) after_sessions: [Usage; 3],
    pub(super) start: [Usage; 3],
    pub(super) end: [Usage; 3],
    pub(super) max_rss: [u64; 3],
    pub(super) busy: [u64; 2],
}

impl Watch {
    pub(super) fn new(args: &Args) -> Result<Self, String> {
        let pids = |key: &str| -> Result<Vec<u32>, String> {
            let parse = |text: &str| text.parse().map_err(|e| format!("--{key}: {e}"));
            args.all(key).into_iter().map(parse).collect()
        };
        let zero = [Usage::default(); 3];
        let mut watch = Self {
            roots: [pids("pid")?, pids("upstream-pid")?],
            groups: [Vec::new(), Vec::new(), vec![std::process::id()]],
            before: zero,
            after_sessions: zero,
            start: zero,
            end: zero,
            max_rss: [0; 3],
            busy: [0; 2],
        };
        watch.refresh();
        watch.before = watch.read();
        Ok(watch)
    }

    /// Looks the process trees up again: gateways may start workers or servers with a session.
    pub(super) fn refresh(&mut self) {
        let [gateway, upstream, _] = &mut self.groups;
        gateway.clear();
        upstream.clear();
        for &pid in &self.roots[0] {
            let (own, servers) = procstat::tree(pid);
            gateway.extend(own);
            upstream.extend(servers);
        }
        for &pid in &self.roots[1] {
            let (own, servers) = procstat::tree(pid);
            upstream.extend(own.into_iter().chain(servers));
        }
    }

    pub(super) fn read(&self) -> [Usage; 3] {
        [0, 1, 2].map(|i| procstat::usage(&self.groups[i]))
    }

    pub(super) async fn observe(&mut self, window: &Window) {
        tokio::time::sleep_until(window.start.into()).await;
        self.refresh();
        self.start = self.read();
        self.busy[0] = machine_busy_us();
        loop {
            let now = Instant::now();
            let usage = self.read();
            for (max, u) in self.max_rss.iter_mut().zip(&usage) {
                *max = (*max).max(u.rss_kib);
            }
            if now >= window.end {
                self.end = usage;
                self.busy[1] = machine_busy_us();
                return;
            }
            let pause = now + Duration::from_millis(500);
            tokio::time::sleep_until(pause.min(window.end).into()).await;
        }
    }

    pub(super) fn process(&self, i: usize, requests: u64, seconds: f64) -> Process {
        let cpu = self.end[i].cpu_us.saturating_sub(self.start[i].cpu_us) as f64;
        Process {
            cpu_us_per_request: (cpu / requests.max(1) as f64 * 100.0).round() / 100.0,
            cpu_cores: (cpu / 1e4 / seconds).round() / 100.0,
            rss_before_sessions_mib: mib(self.before[i].rss_kib),
            rss_after_sessions_mib: mib(self.after_sessions[i].rss_kib),
            rss_max_mib: mib(self.max_rss[i]),
            threads: self.end[i].threads,
        }
    }

    pub(super) fn foreign_cores(&self, seconds: f64) -> f64 {
        let all = self.busy[1].saturating_sub(self.busy[0]) as f64;
        let ours: u64 = (0..3).map(|i| self.end[i].cpu_us.saturating_sub(self.start[i].cpu_us)).sum();
        ((all - ours as f64) / 1e4 / seconds).round() / 100.0
    }
}
