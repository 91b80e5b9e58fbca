//! A report's bundle (`peta audit report … --bundle`), checked without a Core: each file is the manifest's, the manifest is the
//! one that an event names, the event is in the signed tree, and the record beside it is whole and of the same log.

use std::{collections::BTreeMap, fs, path::Path};

use peta_verify::{Checkpoint, Hash, Keys, Note, OnDisk, Trusted, Whole, check_export, check_inclusion, unbase64};
use serde::Deserialize;

use super::super::digest::{digests, sha256};

const MANIFEST: &str = "manifest.json";
const PROOF: &str = "manifest.proof";

#[derive(Deserialize)]
struct Manifest {
    format: String,
    files: BTreeMap<String, String>,
}

/// What the entry says; what stands there besides is no matter here.
#[derive(Deserialize)]
struct Entry {
    kind: Option<String>,
    #[serde(default)]
    reasons: Vec<String>,
}

pub(super) fn is_one(folder: &Path) -> bool {
    folder.join(MANIFEST).is_file()
}

/// What is whole of it, or the first fault.
pub(super) fn check(folder: &Path, trusted: &Trusted, told: impl FnMut(u64)) -> Result<Whole, String> {
    let manifest = fs::read(folder.join(MANIFEST)).map_err(|error| format!("{MANIFEST}: {error}"))?;
    check_files(folder, &manifest)?;
    let record = folder.join("record");
    let whole = check_export(&OnDisk(record.clone()), trusted, told).map_err(|fault| format!("record/{fault}"))?;
    let keys = match &trusted.keys {
        Some(keys) => keys.clone(),
        None => Keys::read(&text(&record.join("keys"))?).map_err(|why| format!("record/keys: {why}"))?,
    };
    let entry = proven(&text(&folder.join(PROOF))?, &keys).map_err(|why| format!("{PROOF}: {why}"))?;
    let named = format!("manifest/{}", sha256(&manifest));
    if entry.kind.as_deref() != Some("audit.report") || !entry.reasons.contains(&named) {
        return Err(format!("{MANIFEST}: the event of {PROOF} names another one"));
    }
    Ok(whole)
}

/// Each file is the manifest's, and there is no other.
fn check_files(folder: &Path, manifest: &[u8]) -> Result<(), String> {
    let manifest: Manifest = serde_json::from_slice(manifest).map_err(|error| format!("{MANIFEST}: {error}"))?;
    if manifest.format != "peta-report/1" {
        return Err(format!("{MANIFEST}: its format is not known here"));
    }
    let mut there = digests(folder).map_err(|error| error.to_string())?;
    there.retain(|name, _| name != MANIFEST && name != PROOF);
    for (name, digest) in &manifest.files {
        match there.remove(name) {
            None => return Err(format!("{name}: it is missing")),
            Some(found) if found != *digest => return Err(format!("{name}: it is not the file that {MANIFEST} names")),
            Some(_) => {}
        }
    }
    there.keys().next().map_or(Ok(()), |name| Err(format!("{name}: {MANIFEST} does not name it")))
}

/// The entry of a C2SP tlog-proof that proves it to be in the log of these keys.
fn proven(proof: &str, keys: &Keys) -> Result<Entry, String> {
    let cut = || "it is no tlog-proof".to_owned();
    let (head, note) = proof.split_once("\n\n").ok_or_else(cut)?;
    let mut lines = head.lines();
    if lines.next() != Some("c2sp.org/tlog-proof@v1") {
        return Err(cut());
    }
    let entry = lines.next().and_then(|line| unbase64(line.strip_prefix("extra ")?)).ok_or_else(cut)?;
    let place: u64 = lines.next().and_then(|line| line.strip_prefix("index ")?.parse().ok()).ok_or_else(cut)?;
    let hashes: Vec<Hash> = lines.map(str::parse).collect::<Result<_, _>>().map_err(|_| cut())?;
    let note: Note = note.parse().map_err(|why| format!("{why}"))?;
    let checkpoint: Checkpoint = note.text().parse().map_err(|why| format!("{why}"))?;
    keys.check(&note, &checkpoint)?;
    check_inclusion(Hash::of_leaf(&entry), place, checkpoint.size, checkpoint.root, &hashes)
        .map_err(|broken| broken.to_string())?;
    serde_json::from_slice(&entry).map_err(|error| error.to_string())
}

fn text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
