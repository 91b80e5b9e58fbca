//! How a report is given: a table for people, JSON, CSV, into a file or a bundle. That it was made goes on record first.

use std::path::PathBuf;

use clap::Args;
use peta_api::{
    endpoint::RecordReport,
    report::{NewReport, ReportFilters, ReportKind},
};
use peta_model::{Code, Moment};
use serde::Serialize;

use super::{bundle, csv::Sheet};
use crate::{client::Client, fault::Fault, keep, serve::now, terminal};

#[derive(Debug, Clone, Args)]
pub(super) struct Way {
    /// Print JSON, whole and exact.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print CSV for a spreadsheet. Cells that one would run as a formula begin with an apostrophe; control characters are escaped.
    #[arg(long)]
    csv: bool,
    /// Write it into this file instead of printing it.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write it into this new folder, as JSON and CSV, with the signed record of that time and a proof that the record vouches for it.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["json", "csv", "out"])]
    bundle: Option<PathBuf>,
}

/// A report that was read. Its own fields are its JSON.
pub(super) trait Report: Serialize {
    const KIND: ReportKind;
    fn sheet(&self) -> Sheet;
    /// For people, in this width.
    fn text(&self, width: Option<u16>) -> String;
}

/// A report as JSON: what stands in front of every one.
#[derive(Serialize)]
struct Whole<'a, R> {
    report: ReportKind,
    made: Moment,
    filters: &'a ReportFilters,
    #[serde(flatten)]
    body: &'a R,
}

pub(super) async fn give<R: Report>(
    client: &Client,
    way: &Way,
    filters: &ReportFilters,
    report: &R,
) -> Result<(), Fault> {
    let whole = Whole { report: R::KIND, made: now(), filters, body: report };
    let json = serde_json::to_string_pretty(&whole)
        .map_err(|error| Fault::new(Code::ADMIN_FAILED, format!("the report is no JSON: {error}"), ""))?;
    if let Some(folder) = &way.bundle {
        let papers = bundle::Papers { kind: R::KIND, made: whole.made, filters, json, csv: report.sheet().to_csv() };
        return papers.write(client, folder).await;
    }
    let new = NewReport { report: R::KIND, filters: filters.clone(), manifest: None, log: None };
    client.call::<RecordReport>(&[], &(), &new).await?;
    let width = if way.out.is_some() { None } else { terminal::width() };
    let text = match (way.json, way.csv) {
        (true, _) => json + "\n",
        (false, true) => report.sheet().to_csv(),
        (false, false) => report.text(width) + "\n",
    };
    match &way.out {
        None => _ = terminal::answer(&text),
        Some(path) => {
            keep::written(path, text.as_bytes())?;
            terminal::answer(&format!("the report is in {}", path.display()));
        }
    }
    Ok(())
}
