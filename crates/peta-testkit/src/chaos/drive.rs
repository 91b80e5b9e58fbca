//! The drive: round after round, a load runs, a fault strikes at a random point of it, everybody is served again, and
//! everything is held against everything.

use std::{
    collections::BTreeMap,
    fmt,
    time::{Duration, Instant},
};

use tokio::time::sleep;

use super::{
    dice::Dice,
    fault::Fault,
    kin::{Kin, peak_memory},
    load::Load,
    note::{Became, Note},
    site::{Ground, Site},
    verify::{compare, outcomes_of_cut},
};
use crate::eventually;

/// The most memory that Core may ever have resident under this load, in MiB.
const MEMORY: u64 = 300;

/// What a drive came to.
#[derive(Debug, Default)]
pub struct Report {
    pub seed: u64,
    pub faults: BTreeMap<Fault, usize>,
    pub calls: BTreeMap<&'static str, usize>,
    /// What the record says of calls whose agents got no answer.
    pub cut: BTreeMap<String, usize>,
    pub lost_sessions: u64,
    pub starts: Vec<Duration>,
    pub back: Duration,
    pub memory: u64,
}

/// So many faults at a site of its own.
pub async fn drive(seed: u64, faults: usize, ground: Ground) -> Report {
    let mut site = Site::new(ground).await;
    let mut dice = Dice::new(seed);
    let mut report = Report { seed, ..Report::default() };
    for number in 0..faults {
        let fault = Fault::draw(&mut dice, &site);
        *report.faults.entry(fault).or_default() += 1;
        let round = Round { seed, number, fault };
        round.run(&mut site, &mut dice, &mut report).await;
    }
    site.core.stop().await;
    let nobody = || std::future::ready(site.below().is_empty().then_some(()));
    eventually(&format!("seed {seed} of this site: nobody is left at the end"), nobody).await;
    report.starts.append(&mut site.starts);
    report.lost_sessions = site.callers.iter().map(|caller| caller.lost_sessions).sum();
    report
}

/// One fault and what comes after it.
struct Round {
    seed: u64,
    number: usize,
    fault: Fault,
}

impl Round {
    async fn run(&self, site: &mut Site, dice: &mut Dice, report: &mut Report) {
        let load = Load::begin(site, dice);
        sleep(dice.pause(150)).await;
        report.memory = report.memory.max(peak_memory(site.core.pid()).unwrap_or(0));
        let doomed = self.fault.strike(site, dice).await;
        sleep(dice.pause(30)).await;
        let began = Instant::now();
        let notes = load.end(site).await.unwrap_or_else(|error| panic!("{self}: {error}"));
        report.back = report.back.max(began.elapsed());
        gone(site, &doomed, &self.to_string()).await;
        let (events, executed) = (site.events(notes.len()).await, site.executed());
        let wrong = compare(&notes, &events, &executed);
        assert!(wrong.is_empty(), "{self}:\n{}", wrong.join("\n"));
        assert!(report.memory < MEMORY, "{self}: Core had {} MiB", report.memory);
        report.add(&notes, outcomes_of_cut(&notes, &events));
    }
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {} of this site, round {}, {:?}", self.seed, self.number, self.fault)
    }
}

async fn gone(site: &Site, doomed: &[Kin], when: &str) {
    let mut left = Vec::new();
    eventually(&format!("{when}: no orphan is left"), || {
        let all = site.below();
        left = doomed.iter().filter(|kin| all.contains(kin)).cloned().collect::<Vec<_>>();
        let none = left.is_empty().then_some(());
        async move { none }
    })
    .await;
}

impl Report {
    fn add(&mut self, notes: &[Note], cut: BTreeMap<String, usize>) {
        for note in notes {
            let word = match note.became {
                Became::Ok => "answered",
                Became::Refused(_) => "refused",
                Became::Cut(_) => "cut",
                Became::NotSent(_) => "not sent",
            };
            *self.calls.entry(word).or_default() += 1;
        }
        for (outcome, count) in cut {
            *self.cut.entry(outcome).or_default() += count;
        }
    }

    /// Several drives as one.
    pub fn joined(reports: Vec<Self>) -> Self {
        let mut all = Self::default();
        for report in reports {
            all.seed = report.seed;
            report.faults.into_iter().for_each(|(fault, count)| *all.faults.entry(fault).or_default() += count);
            report.calls.into_iter().for_each(|(word, count)| *all.calls.entry(word).or_default() += count);
            report.cut.into_iter().for_each(|(word, count)| *all.cut.entry(word).or_default() += count);
            all.lost_sessions += report.lost_sessions;
            all.starts.extend(report.starts);
            all.back = all.back.max(report.back);
            all.memory = all.memory.max(report.memory);
        }
        all.starts.sort();
        all
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = |of: &BTreeMap<String, usize>| {
            of.iter().map(|(word, count)| format!("{word} {count}")).collect::<Vec<_>>().join(", ")
        };
        let faults = self.faults.iter().map(|(fault, count)| (format!("{fault:?}"), *count)).collect();
        let calls = self.calls.iter().map(|(word, count)| ((*word).to_owned(), *count)).collect();
        let start = |part: usize| self.starts.get((self.starts.len() * part / 100).min(self.starts.len() - 1));
        writeln!(f, "faults: {} ({})", self.faults.values().sum::<usize>(), counts(&faults))?;
        writeln!(f, "calls: {}", counts(&calls))?;
        writeln!(f, "recorded outcomes of calls that were cut: {}", counts(&self.cut))?;
        if !self.starts.is_empty() {
            writeln!(f, "starts: median {:?}, longest {:?}", start(50).expect("one"), start(100).expect("one"))?;
        }
        writeln!(f, "sessions that had to be opened again: {}", self.lost_sessions)?;
        write!(f, "longest until all are served again: {:?}; most memory of Core: {} MiB", self.back, self.memory)
    }
}
