//! A report as somebody takes it away: its files, the signed record of its time, a manifest with the digest of each, and the
//! proof that the record names the manifest. Whoever has the log's key needs nobody's word for any of it.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use peta_api::{
    EventQuery,
    audit::LogQuery,
    endpoint::{ListEvents, RecordReport, ShowEvent},
    report::{NewReport, ReportFilters, ReportKind},
};
use peta_model::{Code, Moment};
use serde::Serialize;

use super::super::{
    digest::{digests, sha256},
    export,
    head::{Head, head},
    prove,
    source::Source,
};
use crate::{client::Client, fault::Fault, keep, terminal};

/// How long the event may take to be signed; Core signs each second.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(200);

pub(super) struct Papers<'a> {
    pub(super) kind: ReportKind,
    pub(super) made: Moment,
    pub(super) filters: &'a ReportFilters,
    pub(super) json: String,
    pub(super) csv: String,
}

/// `manifest.json`.
#[derive(Serialize)]
struct Manifest<'a> {
    format: &'static str,
    report: ReportKind,
    made: Moment,
    filters: &'a ReportFilters,
    /// SHA-256 of each file, in hexadecimal, as `sha256sum` prints it.
    files: BTreeMap<String, String>,
}

impl Papers<'_> {
    pub(super) async fn write(self, client: &Client, folder: &Path) -> Result<(), Fault> {
        let record = folder.join("record");
        refuse_full(folder)?;
        settled(client).await?;
        let whole =
            export::export(Source::record(client), &record, (self.filters.since, self.filters.until), None, false)
                .await?;
        keep::written(&folder.join("report.json"), (self.json + "\n").as_bytes())?;
        keep::written(&folder.join("report.csv"), self.csv.as_bytes())?;
        let files = digests(folder).map_err(|error| failed(folder, &error))?;
        let (report, made, filters) = (self.kind, self.made, self.filters);
        let manifest = Manifest { format: "peta-report/1", report, made, filters, files };
        let text = serde_json::to_string_pretty(&manifest).unwrap_or_default() + "\n";
        let new = NewReport { report, filters: filters.clone(), manifest: Some(sha256(text.as_bytes())), log: None };
        let event = client.call::<RecordReport>(&[], &(), &new).await?.event.to_string();
        keep::written(&folder.join("manifest.json"), text.as_bytes())?;
        let proof = proof(client, &event).await?;
        keep::written(&folder.join("manifest.proof"), proof.as_bytes())?;
        terminal::answer(&format!(
            "{}: {} files, the record of that time ({whole}), and the proof that event {event} vouches for them",
            folder.display(),
            manifest.files.len()
        ));
        Ok(())
    }
}

/// Waits until what the report was read from is signed: the record beside it must not be older than the report.
async fn settled(client: &Client) -> Result<(), Fault> {
    let query = EventQuery { limit: Some(1), ..EventQuery::default() };
    let newest = client.call::<ListEvents>(&[], &query, &()).await?.items.pop();
    let Some(newest) = newest else { return Ok(()) };
    let found = client.call::<ShowEvent>(&[&newest.id.to_string()], &LogQuery::default(), &()).await?;
    let why = "what the report was read from is not signed yet, so nothing was written";
    signed(client, found.outcome_place.unwrap_or(found.place), why).await.map(|_| ())
}

/// The proof that the event is in the signed tree.
async fn proof(client: &Client, event: &str) -> Result<String, Fault> {
    let place = client.call::<ShowEvent>(&[event], &LogQuery::default(), &()).await?.place;
    let why = format!("the files are there, but event {event}, which vouches for them, is not signed yet");
    let head = signed(client, place, &why).await?;
    prove::proof(Source::record(client), &head, place).await
}

/// What is signed, once it has this entry.
async fn signed(client: &Client, place: u64, why: &str) -> Result<Head, Fault> {
    let waiting = async {
        loop {
            let head = head(Source::record(client)).await?;
            if place < head.checkpoint.size {
                return Ok(head);
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| {
        Err(Fault::new(Code::NOT_SIGNED, why, "Core signs each second while the vault is unlocked; then make it anew"))
    })
}

fn refuse_full(folder: &Path) -> Result<(), Fault> {
    let mut there = match fs::read_dir(folder) {
        Ok(there) => there,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(folder, &error)),
    };
    if there.next().is_none() {
        return Ok(());
    }
    let text = format!("{} is not empty", folder.display());
    Err(Fault::new(Code::USAGE, text, "name another folder, or empty this one"))
}

fn failed(path: &Path, error: &std::io::Error) -> Fault {
    Fault::new(Code::STORE_FAILED, format!("{}: {error}", path.display()), "look at the disk and the folder's rights")
}
