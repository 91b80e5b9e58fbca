//! What the vault costs: sealing and lending, and the search of what servers say, beside a copy of the same bytes in the same
//! run. A part of `make bench` (bench/vault.sh); alone: `cargo bench -p peta-vault`. Prints Markdown.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a measurement that prints, and has nobody to tell of errors"
)]

mod measure;
mod sanitizer;
mod sealing;
mod texts;

fn main() {
    // How often each thing is measured; what else cargo passes means nothing here.
    let rounds = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(20);
    sealing::table(rounds);
    println!();
    sanitizer::table(rounds);
}
