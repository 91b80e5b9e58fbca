//! Every run as a line, and all of them as tables of ratios.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::subject::CREDENTIAL;
use crate::load::Report;

/// One line of `--out`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Run {
    pub(super) cell: String,
    pub(super) subject: String,
    pub(super) round: usize,
    pub(super) disturbed: bool,
    #[serde(flatten)]
    pub(super) report: Report,
}

pub(super) fn progress(run: &Run) -> String {
    let r = &run.report;
    let gateway = r.gateway.clone().unwrap_or_default();
    format!(
        "{} {:15} {:18} {:8.0}/s p50 {:8.0} p99 {:8.0} us, CPU {:7.1} us/call, {:5.0} MiB, {} errors{}",
        run.round,
        run.cell,
        run.subject,
        r.rps,
        r.p50_us,
        r.p99_us,
        gateway.cpu_us_per_request,
        gateway.rss_max_mib,
        r.errors,
        if run.disturbed { format!(" (disturbed: {} cores)", r.foreign_cores) } else { String::new() }
    )
}

pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.retain(|v| v.is_finite());
    values.sort_by(f64::total_cmp);
    match (values.len(), values.len() / 2) {
        (0, _) => f64::NAN,
        (n, m) if n % 2 == 1 => values[m],
        (_, m) => (values[m - 1] + values[m]) / 2.0,
    }
}

/// The runs of one cell, by subject and round.
pub(super) type Grid<'a> = BTreeMap<(&'a str, usize), &'a Report>;

/// Median over the rounds of subject / base, both from the same round.
pub(super) fn ratio(grid: &Grid<'_>, subject: &str, base: &str, of: impl Fn(&Report) -> f64) -> f64 {
    let pairs = grid.iter().filter(|((name, _), _)| *name == subject);
    median(pairs.filter_map(|((_, n), r)| Some(of(r) / of(grid.get(&(base, *n))?))).collect())
}

pub(super) fn cpu(report: &Report) -> f64 {
    report.gateway.as_ref().map_or(f64::NAN, |p| p.cpu_us_per_request)
}

pub(super) fn tables(runs: &[Run]) -> String {
    let mut out = String::new();
    let mut cells: Vec<&str> = Vec::new();
    for run in runs {
        if !cells.contains(&run.cell.as_str()) {
            cells.push(&run.cell);
        }
    }
    for cell in cells {
        let mut subjects: Vec<&str> = Vec::new();
        let mut grid = Grid::new();
        for run in runs.iter().filter(|r| r.cell == cell) {
            if !subjects.contains(&run.subject.as_str()) {
                subjects.push(&run.subject);
            }
            grid.insert((&run.subject, run.round), &run.report);
        }
        let _ = writeln!(
            out,
            "### {cell}\n\n\
             | | req/s | of direct | of bare | p50 us | p50 / bare | p99 us | CPU us/call | CPU / bare | RSS max MiB | errors | disturbed |\n\
             |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
        );
        let bare = if subjects.contains(&"bare bridge") { "bare bridge" } else { "bare proxy" };
        for &subject in &subjects {
            let mine: Vec<&Run> = runs.iter().filter(|r| r.cell == cell && r.subject == subject).collect();
            let med = |of: &dyn Fn(&Report) -> f64| median(mine.iter().map(|r| of(&r.report)).collect());
            let times = |base: &str, of: &dyn Fn(&Report) -> f64| ratio(&grid, subject, base, of);
            let rss = med(&|r| r.gateway.as_ref().map_or(f64::NAN, |p| p.rss_max_mib));
            let errors: u64 = mine.iter().map(|r| r.report.errors).sum();
            let disturbed = mine.iter().filter(|r| r.disturbed).count();
            let _ = writeln!(
                out,
                "| {subject} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {errors} | {disturbed}/{} |",
                number(med(&|r| r.rps), 0),
                number(times("direct", &|r| r.rps), 2),
                number(times(bare, &|r| r.rps), 2),
                number(med(&|r| r.p50_us), 0),
                number(times(bare, &|r| r.p50_us), 2),
                number(med(&|r| r.p99_us), 0),
                number(med(&cpu), 1),
                number(times(bare, &cpu), 2),
                number(rss, 0),
                mine.len(),
            );
        }
        out.push('\n');
        for with in &subjects {
            let Some(without) = with.strip_suffix(CREDENTIAL) else { continue };
            let times = number(ratio(&grid, with, without, cpu), 2);
            let _ = writeln!(out, "CPU per call of {without} with a credential / without: {times}.\n");
        }
    }
    out
}

pub(super) fn number(value: f64, decimals: usize) -> String {
    if value.is_finite() { format!("{value:.decimals$}") } else { "-".to_owned() }
}
