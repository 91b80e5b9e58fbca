//! What one run measured, as JSON and as text.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Process {
    pub cpu_us_per_request: f64,
    pub cpu_cores: f64,
    pub rss_before_sessions_mib: f64,
    pub rss_after_sessions_mib: f64,
    pub rss_max_mib: f64,
    pub threads: u64,
}

/// What one run measured, as `--json` prints it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Report {
    pub label: String,
    pub url: String,
    pub protocol: String,
    pub connections: usize,
    pub sessions: usize,
    pub offered_rate: f64,
    pub seconds: f64,
    pub completed: u64,
    pub rps: f64,
    pub mean_us: f64,
    pub p50_us: f64,
    pub p90_us: f64,
    pub p99_us: f64,
    pub p999_us: f64,
    pub max_us: f64,
    pub response_bytes: u64,
    /// Share of the answers that came as an SSE stream.
    pub sse_share: f64,
    pub errors: u64,
    pub error_kinds: BTreeMap<String, u64>,
    pub error_sample: Option<String>,
    pub gateway: Option<Process>,
    pub upstream: Option<Process>,
    pub loader: Process,
    /// CPU that no listed process used, in cores: other programs, interrupts, the hypervisor.
    pub foreign_cores: f64,
}

pub(super) fn print(r: &Report, json: bool) -> Result<(), String> {
    if json {
        println!("{}", serde_json::to_string(r).map_err(|e| e.to_string())?);
        return Ok(());
    }
    println!(
        "{}: {} conns, {} sessions: {:.0} req/s | p50 {:.0} p90 {:.0} p99 {:.0} p99.9 {:.0} max {:.0} us | {} errors",
        r.label, r.connections, r.sessions, r.rps, r.p50_us, r.p90_us, r.p99_us, r.p999_us, r.max_us, r.errors
    );
    for (name, p) in [("gateway", &r.gateway), ("upstream", &r.upstream)] {
        if let Some(p) = p {
            println!(
                "  {name}: {:.1} us CPU/req, {:.2} cores, RSS {} -> {} -> max {} MiB, {} threads",
                p.cpu_us_per_request,
                p.cpu_cores,
                p.rss_before_sessions_mib,
                p.rss_after_sessions_mib,
                p.rss_max_mib,
                p.threads
            );
        }
    }
    println!(
        "  loader: {:.1} us CPU/req, {:.2} cores | foreign {:.2} cores | {} B/response, {:.0} % SSE",
        r.loader.cpu_us_per_request,
        r.loader.cpu_cores,
        r.foreign_cores,
        r.response_bytes,
        r.sse_share * 100.0
    );
    if r.errors > 0 {
        println!("  errors: {:?} e.g. {:?}", r.error_kinds, r.error_sample);
    }
    Ok(())
}
