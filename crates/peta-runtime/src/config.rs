//! What the runtime can be told: where the launcher is, how long things may take, and how much of anything there
//! may be. The defaults are those of the documentation.

use std::{path::PathBuf, time::Duration};

use peta_mcp::Limits;

/// Settings of the runtime.
#[derive(Debug, Clone)]
pub struct Config {
    /// The binary that becomes the launcher when it is run with the one argument `launch`: Peta's own.
    pub launcher: PathBuf,
    /// Where servers start; `None` for where Core was started.
    pub directory: Option<PathBuf>,
    /// What one message of a server may measure.
    pub limits: Limits,
    pub times: Times,
    pub bounds: Bounds,
}

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// From start or dial to the end of the handshake.
    pub open: Duration,
    /// The wait for an instance to end where too many run.
    pub room: Duration,
    /// One request of the runtime's own: a page of a list, a replayed subscription.
    pub page: Duration,
    /// Handing one message to a server that does not read.
    pub write: Duration,
    /// A child, after its input was closed.
    pub stop_input: Duration,
    /// A child, after SIGTERM.
    pub stop_term: Duration,
    /// A stdio instance without a call, unless a session or a subscription holds it.
    pub idle_stop: Duration,
    /// The first wait before a server that failed is tried again; it doubles.
    pub back_off: Duration,
    /// The longest such wait.
    pub back_off_most: Duration,
    /// After so long without a failure the wait starts small again.
    pub healthy: Duration,
}

/// How much there may be.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Running stdio instances of one caller, of one server, and in all.
    pub per_caller: usize,
    pub per_server: usize,
    pub in_all: usize,
    /// So many lines that are no message, within `garbage_within`, and the server is given up.
    pub garbage: usize,
    pub garbage_within: Duration,
    /// What is kept of a server's standard error.
    pub log_lines: usize,
    pub log_bytes: usize,
    pub log_line: usize,
    /// What is drained of one list.
    pub pages: usize,
    pub items: usize,
}

impl Config {
    /// The defaults, with the one thing that has none.
    pub fn new(launcher: PathBuf) -> Self {
        Self {
            launcher,
            directory: None,
            limits: Limits::default(),
            times: Times::default(),
            bounds: Bounds::default(),
        }
    }
}

impl Default for Times {
    fn default() -> Self {
        Self {
            open: Duration::from_secs(60),
            room: Duration::from_secs(5),
            page: Duration::from_secs(60),
            write: Duration::from_secs(10),
            stop_input: Duration::from_secs(2),
            stop_term: Duration::from_secs(3),
            idle_stop: Duration::from_secs(600),
            back_off: Duration::from_millis(250),
            back_off_most: Duration::from_secs(60),
            healthy: Duration::from_secs(60),
        }
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            per_caller: 16,
            per_server: 64,
            in_all: 256,
            garbage: 100,
            garbage_within: Duration::from_secs(10),
            log_lines: 1_000,
            log_bytes: 256 << 10,
            log_line: 8 << 10,
            pages: 100,
            items: 10_000,
        }
    }
}
