//! What it costs to put a secret into a request's head, but for the system's call that writes it. A part of `make bench`
//! (bench/vault.sh); alone: `cargo bench -p peta-dial`. Prints rows of a Markdown table.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a measurement that prints, and has nobody to tell of errors"
)]

use std::{
    hint::black_box,
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use peta_arena::{Arena, Lease, Leases, Unlocked};
use peta_dial::{Lender, NotLent, Placeholder, Splice, Splicing};
use tokio::io::AsyncWrite;

const TIMES: u32 = 10_000;
const SECRET: [u8; 40] = [b's'; 40];

/// Takes all that is written, and counts the calls.
#[derive(Default)]
struct Sink(u32);

impl AsyncWrite for Sink {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        self.0 += 1;
        Poll::Ready(Ok(black_box(from).len()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        from: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.0 += 1;
        Poll::Ready(Ok(from.iter().map(|part| black_box(part).len()).sum()))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Lends bytes that need no opening: what that costs is the vault's, and measured there.
struct Bank(Leases);

impl Lender for Bank {
    fn lend(&self) -> Result<Lease, NotLent> {
        let copy = |out: &mut [u8]| {
            out.copy_from_slice(&SECRET);
            Ok::<_, NotLent>(SECRET.len())
        };
        self.0.lend(SECRET.len(), Duration::from_secs(29), copy).map_err(|_| NotLent)
    }

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

fn main() {
    let rounds: u32 = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(20);
    let arena = Arena::new(64 << 10, Unlocked::Tell).expect("64 KiB");
    let lender: Arc<dyn Lender> = Arc::new(Bank(Leases::new(arena)));
    let splices: Vec<Splice> =
        (1..=2).map(|seed| Splice { placeholder: Placeholder::new([seed; 16]), lender: Arc::clone(&lender) }).collect();
    println!("| a request of 500 bytes | time | calls of the system |\n|---|--:|--:|");
    for count in 0..=splices.len() {
        let splices = splices.get(..count).unwrap_or_default();
        let text = request(splices);
        let once = || {
            let start = Instant::now();
            let calls = (0..TIMES).map(|_| write(&text, splices)).max().unwrap_or(0);
            (start.elapsed() / TIMES, calls)
        };
        let (best, calls) = (0..rounds.max(1)).map(|_| once()).min().expect("one round");
        let what = ["splice: none", "splice: one secret, lent, put, ended", "splice: two secrets"];
        println!("| {} | {:.2} us | {calls} |", what.get(count).unwrap_or(&""), best.as_secs_f64() * 1e6);
    }
}

fn request(splices: &[Splice]) -> String {
    let mut text = "POST /mcp HTTP/1.1\r\nhost: 127.0.0.1\r\n".to_owned();
    for splice in splices {
        text.push_str(&format!("authorization: Bearer {}\r\n", splice.placeholder.as_str()));
    }
    text.push_str("content-type: application/json\r\n\r\n");
    let rest = 500_usize.saturating_sub(text.len());
    text.push_str(&"x".repeat(rest));
    text
}

/// Writes it whole, as hyper does; how many calls that takes.
fn write(text: &str, splices: &[Splice]) -> u32 {
    let mut sink = Sink::default();
    let (mut near, desk) = Splicing::new(&mut sink);
    desk.lay(splices);
    let mut cx = Context::from_waker(Waker::noop());
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        match Pin::new(&mut near).poll_write(&mut cx, rest) {
            Poll::Ready(Ok(count)) if count > 0 => rest = rest.get(count..).unwrap_or_default(),
            other => unreachable!("the sink takes all: {other:?}"),
        }
    }
    assert!(desk.is_clear(), "all were put");
    sink.0
}
