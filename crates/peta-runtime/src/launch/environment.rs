//! What a server's environment holds beside what was configured for it: five names, and nothing of Core's own.

use std::ffi::OsString;

const NAMES: [&str; 5] = ["PATH", "HOME", "LANG", "TMPDIR", "USER"];

/// Where commands are looked for if Core itself was started without a `PATH`.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The five, as far as this process has them.
#[expect(
    clippy::disallowed_methods,
    reason = "these five names are passed on to servers; nothing is configured by them"
)]
pub(super) fn minimal() -> Vec<(&'static str, OsString)> {
    let mut found: Vec<_> = NAMES.iter().filter_map(|name| Some((*name, std::env::var_os(name)?))).collect();
    if !found.iter().any(|(name, _)| *name == "PATH") {
        found.push(("PATH", PATH.into()));
    }
    found
}
