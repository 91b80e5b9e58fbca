//! Where what is said stands in the text that it was read from: a row of runs in which both go on alike.

use std::collections::VecDeque;

pub(super) struct Map {
    /// Said, and where it was read; each run goes on to the next.
    runs: VecDeque<(u64, u64)>,
}

impl Map {
    pub(super) fn new() -> Self {
        Self { runs: VecDeque::from([(0, 0)]) }
    }

    /// A new text, which begins here.
    pub(super) fn begin(&mut self, from: u64) {
        self.runs.clear();
        self.runs.push_back((0, from));
    }

    /// From here on another run.
    pub(super) fn mark(&mut self, said: u64, from: u64) {
        match self.runs.back_mut() {
            Some(last) if last.0 == said => last.1 = from,
            _ => self.runs.push_back((said, from)),
        }
    }

    /// Where this was read.
    pub(super) fn from(&self, said: u64) -> u64 {
        let run = self.runs.partition_point(|run| run.0 <= said).saturating_sub(1);
        self.runs.get(run).map_or(0, |run| run.1 + said.saturating_sub(run.0))
    }

    /// The runs that this range lies in, each with where it begins in what is said and in the text.
    pub(super) fn runs(&self, from: u64, to: u64) -> impl Iterator<Item = Run> {
        let first = self.runs.partition_point(|run| run.0 <= from).saturating_sub(1);
        let ends = self.runs.iter().skip(first + 1).map(|run| run.0).chain([u64::MAX]);
        let runs = self.runs.iter().skip(first).zip(ends).take_while(move |(run, _)| run.0 < to);
        runs.map(move |(run, end)| Run { said: run.0, from: run.1, start: from.max(run.0), end: to.min(end) })
    }

    /// Nothing before this will be asked for.
    pub(super) fn forget(&mut self, before: u64) {
        let keep = self.runs.partition_point(|run| run.0 <= before).saturating_sub(1);
        self.runs.drain(..keep);
    }
}

/// The part of a range that lies in one run.
pub(super) struct Run {
    pub(super) said: u64,
    pub(super) from: u64,
    pub(super) start: u64,
    pub(super) end: u64,
}
