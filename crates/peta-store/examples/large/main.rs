//! A record as a busy house has it after a year, and what it costs to write, search and check it. `bench/record.sh` calls
//! it: `fill DIR EVENTS`, `search DIR EVENTS`, `check DIR`. Each prints lines of a table.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement for developers")]

mod check;
mod figures;
mod fill;
#[path = "../../tests/it/keys.rs"]
mod keys;
mod search;
mod year;

use std::path::PathBuf;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut words = std::env::args().skip(1);
    let (what, dir) = (words.next().unwrap(), PathBuf::from(words.next().unwrap()));
    let events = words.next().map_or(0, |text| text.parse().unwrap());
    match what.as_str() {
        "fill" => fill::fill(&dir, events).await,
        "search" => search::search(&dir, events).await,
        "check" => check::check(&dir).await,
        _ => eprintln!("fill, search or check"),
    }
}
