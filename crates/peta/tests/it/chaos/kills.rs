//! T56: two hundred kills at random points of a load, and a thousand by `make chaos`. After each the store opens, every
//! answered call has its event, nothing has run twice, everybody is served again, and no process is left behind.

use peta_testkit::chaos::{Dice, Ground, Report, drive};

/// Sites side by side: while one waits, another works.
const SITES: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill9_200() {
    kills(200).await;
}

/// `make chaos`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; `make chaos` runs it"]
async fn kill9_1000() {
    kills(1000).await;
}

#[expect(clippy::print_stdout, reason = "seen when the test fails, and in `make chaos`")]
async fn kills(count: usize) {
    let seed = seed();
    println!("seed {seed} (SEED={seed} draws the same faults again)");
    let sites = (0..SITES as u64).map(|site| {
        let seed = Dice::new(seed).part(site).throw();
        let ground = Ground { clock: site == 0, ..Ground::default() };
        tokio::spawn(async move { drive(seed, count / SITES, ground).await })
    });
    let mut reports = Vec::new();
    for site in sites.collect::<Vec<_>>() {
        match site.await {
            Ok(report) => reports.push(report),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
    // Where the clock is set, sessions may be over by the calendar.
    let lost: u64 = reports.iter().skip(1).map(|report| report.lost_sessions).sum();
    println!("{}", Report::joined(reports));
    assert_eq!(lost, 0, "sessions survive a restart of Core");
}

/// From the environment, else from the clock: another run, other points.
fn seed() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a run is repeated by its seed")]
    let given = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
    given.unwrap_or_else(|| {
        #[expect(clippy::disallowed_methods, reason = "a seed that nobody chose")]
        let now = std::time::SystemTime::now();
        now.duration_since(std::time::UNIX_EPOCH).map_or(1, |since| u64::from(since.subsec_nanos()))
    })
}
