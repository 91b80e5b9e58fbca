//! The runtime through its own door, against scripted servers.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests: what they lean on outside of test functions may fail loudly, too"
)]

mod handing;
mod http;
mod learning;
mod limits;
mod peer;
mod scripted;
mod sse;
mod stdio;
mod trees;
mod world;

/// Not a test: what this binary becomes when the runtime runs it as a launcher (`it launch`, with a socket for its
/// standard input). In an ordinary run it does nothing. No other test has `launch` in its name.
#[test]
fn launch() {
    use rustix::fs::{FileType, fstat};
    let asked = std::env::args().nth(1).is_some_and(|first| first == "launch");
    let socket = fstat(std::io::stdin()).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode).is_socket());
    if asked && socket {
        let _ = peta_runtime::launch::main();
        std::process::exit(0);
    }
}
