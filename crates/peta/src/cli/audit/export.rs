//! `peta audit export`: the signed record, as a folder of C2SP tlog-tiles with its keys.

use std::{
    collections::BTreeSet,
    fs,
    ops::Range,
    path::{Path, PathBuf},
};

use clap::Args;
use peta_api::{
    Event, EventOpening, EventQuery,
    audit::Cosigned,
    endpoint::{ListEvents, RecordReport},
    report::{NewReport, ReportFilters, ReportKind},
};
use peta_model::{Code, Moment};
use peta_verify::{
    Bundle, Keys, LEFT_OUT, OnDisk, SUBJECT, TILE, TilePath, Trusted, Whole, check_export, entries_path, tile_path,
    write_left_out,
};
use serde::{Deserialize, Serialize};

use super::{
    head::{Head, head, unreadable},
    mirror, said,
    source::{OfLog, Source},
};
use crate::{
    client::Client,
    fault::{Fault, printable},
    terminal,
};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  peta audit export --out record
  peta audit export --out november --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z
  peta audit export --out ada --subject ada
  peta audit export --out system --log system
  peta audit export --out said --from 2026-11-30T00:00:00Z --payloads
  peta audit verify record --keys peta.keys

The folder holds `checkpoint`, `keys`, `tile/…`, `tile/entries/…`, as C2SP tlog-tiles lays them out, and `cosigned/…`: whoever has it can
check it with `peta audit verify`, with `peta-verify`, with examples/verify/verify.py, or with tools of their own. With
--from or --to only the entries of that time are in it, 256 at a time; of the rest their hashes, and `left-out` names it. Of what
has expired the hashes are in it, and the entry that tells that it expired. Entries hold no names of
people and nothing that agents typed: docs/formats/event.md. With --subject it holds the entries of what agents did for that
person and of what was done about them, and `subject.jsonl` beside them: each event as it is read, names and details
included, its place in the tree, and the random bytes and the text by which `verify` holds it against the commitment there.
With --payloads, which needs a token of the role `payloads`, `payloads/` holds what was said and is still there, each with the
random bytes by which it is checked; each page of it that is read is an event. That somebody exported is an event, too: `audit.report`.")]
pub(crate) struct Export {
    /// The folder; it must be empty, or not be there yet.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Entries from this time on, such as 2026-11-01T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    from: Option<Moment>,
    /// Entries before this time.
    #[arg(long, value_name = "TIME")]
    to: Option<Moment>,
    /// Only what agents did for this person and what was done about them, and what of it is theirs alone to read.
    #[arg(long, value_name = "PERSON")]
    subject: Option<String>,
    /// What was said in calls, too, as far as it was kept and is there: the role `payloads` only.
    #[arg(long)]
    payloads: bool,
    #[command(flatten)]
    of: OfLog,
}

impl Export {
    pub(crate) async fn run(self, client: &Client) -> Result<(), Fault> {
        let filters =
            ReportFilters { user: self.subject.clone(), since: self.from, until: self.to, ..ReportFilters::default() };
        if self.of.name().is_some() && (self.subject.is_some() || self.payloads) {
            let text = "the log `system` is about nobody: it has neither --subject nor --payloads";
            return Err(Fault::new(Code::USAGE, text, "leave out --log, or these"));
        }
        let new = NewReport { report: ReportKind::Export, filters, manifest: None, log: self.of.name() };
        // Who took the record is on record.
        client.call::<RecordReport>(&[], &(), &new).await?;
        let (times, subject) = ((self.from, self.to), self.subject.as_deref());
        let whole = export(self.of.at(client), &self.out, times, subject, self.payloads).await?;
        terminal::answer(&format!("{}: intact: {whole}", self.out.display()));
        Ok(())
    }
}

/// Writes the record into an empty folder, with the entries between two times, of all or of what was done for one person, and
/// checks what was written.
pub(super) async fn export(
    of: Source<'_>,
    out: &Path,
    times: (Option<Moment>, Option<Moment>),
    subject: Option<&str>,
    payloads: bool,
) -> Result<Whole, Fault> {
    let folder = Folder::make(out)?;
    let head = head(of).await?;
    let size = head.checkpoint.size;
    folder.tiles(of, size).await?;
    // A bundle of which some entries have expired cannot be had any more.
    let there = head.expired.next_multiple_of(TILE);
    let written = match subject {
        None => {
            let from = place_at(of, times.0, head.expired..size, there).await?;
            let to = place_at(of, times.1, head.expired..size, size).await?;
            folder.entries(of, size, from.max(there)..to).await?
        }
        Some(person) => {
            let events = theirs(of.client, person, times, size).await?;
            folder.of_subject(of, there..size, events).await?
        }
    };
    if subject.is_some() || times != (None, None) {
        let left_out = write_left_out((0..size.div_ceil(TILE)).filter(|number| !written.contains(number)));
        if !left_out.is_empty() {
            folder.write(LEFT_OUT, left_out.as_bytes())?;
        }
    }
    if payloads {
        said::add(of.client, &folder.0, (times, subject), size).await?;
    }
    folder.write("keys", head.keys.as_bytes())?;
    for Cosigned { witness, note, .. } in &head.cosigned {
        folder.write(&format!("cosigned/{witness}"), note.as_bytes())?;
    }
    // Last: a folder without it was cut off.
    folder.write("checkpoint", head.note.as_bytes())?;
    terminal::progress("");
    check(out, &head)
}

/// What agents did for a person, and what was done and told about them, as far as it is signed: the oldest first.
async fn theirs(
    client: &Client,
    person: &str,
    (since, until): (Option<Moment>, Option<Moment>),
    size: u64,
) -> Result<Vec<Event>, Fault> {
    let (user, about) = (Some(person.to_owned()), Some(person.to_owned()));
    let time = EventQuery { since, until, limit: Some(PAGE), openings: true, ..EventQuery::default() };
    let mut events = Vec::new();
    for mut query in [EventQuery { user, ..time.clone() }, EventQuery { about, ..time }] {
        loop {
            let page = client.call::<ListEvents>(&[], &query, &()).await?;
            events.extend(page.items.into_iter().filter(|event| event.sequence <= size));
            terminal::progress(&format!("{} events", events.len()));
            match page.next {
                Some(next) => query.cursor = Some(next),
                None => break,
            }
        }
    }
    if events.is_empty() {
        let text = format!("nothing opens of what agents did for {}, or about them", printable(person));
        let help = "`peta agent list` says for whom agents act; of who was erased nothing opens any more";
        return Err(Fault::new(Code::ADMIN_NOT_FOUND, text, help));
    }
    events.sort_by_key(|event| event.sequence);
    Ok(events)
}

/// An event that concerns somebody, and where its intent stands in the tree.
#[derive(Serialize)]
struct Placed {
    place: u64,
    /// What the entry commits to; none if it commits to nothing, or what it commits to does not open any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    opening: Option<EventOpening>,
    event: Event,
}

/// Events of one request.
const PAGE: u32 = 1_000;

pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn make(path: &Path) -> Result<Self, Fault> {
        fs::create_dir_all(path).map_err(|error| failed(path, &error))?;
        let mut there = fs::read_dir(path).map_err(|error| failed(path, &error))?;
        if there.next().is_some() {
            let text = format!("{} is not empty", path.display());
            return Err(Fault::new(Code::USAGE, text, "name another folder, or empty this one"));
        }
        Ok(Self(path.to_owned()))
    }

    pub(super) fn write(&self, path: &str, bytes: &[u8]) -> Result<(), Fault> {
        let path = self.0.join(path);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        made.and_then(|()| fs::write(&path, bytes)).map_err(|error| failed(&path, &error))
    }

    /// All hashes of the tree of this size.
    pub(super) async fn tiles(&self, of: Source<'_>, size: u64) -> Result<(), Fault> {
        for tile in TilePath::all(size) {
            let hashes = mirror::tile(of, &tile).await?;
            let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.0).collect();
            self.write(&tile_path(&tile), &bytes)?;
        }
        Ok(())
    }

    /// The bundles that hold these events' intents, and the events themselves. Gives which bundles were there.
    async fn of_subject(&self, of: Source<'_>, there: Range<u64>, events: Vec<Event>) -> Result<BTreeSet<u64>, Fault> {
        let places = events.iter().map(|event| event.sequence.saturating_sub(1));
        let bundles: BTreeSet<u64> =
            places.map(|place| place / TILE).filter(|number| number * TILE >= there.start).collect();
        for number in &bundles {
            let first = number * TILE;
            let entries = mirror::entries(of, first, TILE.min(there.end - first)).await?;
            self.bundle(*number, &entries)?;
        }
        let mut lines = String::new();
        let mut lost = 0_u64;
        for mut event in events {
            let (place, opening) = (event.sequence.saturating_sub(1), event.opening.take());
            // There would be nothing to hold it against.
            if !bundles.contains(&(place / TILE)) {
                lost += 1;
                continue;
            }
            let placed = Placed { place, opening, event };
            lines.push_str(&serde_json::to_string(&placed).map_err(|error| unreadable(&error))?);
            lines.push('\n');
        }
        if lost > 0 {
            terminal::note(&format!("{lost} events stand where entries have expired: they are left out"));
        }
        self.write(SUBJECT, lines.as_bytes())?;
        Ok(bundles)
    }

    pub(super) fn bundle(&self, number: u64, entries: &[String]) -> Result<(), Fault> {
        let mut bytes = Vec::new();
        if !entries.iter().all(|entry| Bundle::write(&mut bytes, entry.as_bytes()).is_some()) {
            return Err(unreadable(&"an entry is longer than 65,535 bytes"));
        }
        self.write(&entries_path(number, u16::try_from(entries.len()).unwrap_or(u16::MAX)), &bytes)
    }

    /// The bundles that hold entries of the range, which begins with one; gives which they are.
    async fn entries(&self, of: Source<'_>, size: u64, range: Range<u64>) -> Result<BTreeSet<u64>, Fault> {
        // Sixteen bundles a request.
        let step = 16 * TILE;
        let first = range.start / TILE * TILE;
        let mut written = BTreeSet::new();
        for from in (first..range.end).step_by(usize::try_from(step).unwrap_or(usize::MAX)) {
            let entries = mirror::entries(of, from, step.min(size - from)).await?;
            for (bundle, number) in entries.chunks(usize::try_from(TILE).unwrap_or(1)).zip(from / TILE..) {
                let places = number * TILE..number * TILE + bundle.len() as u64;
                if places.end <= range.start || places.start >= range.end {
                    continue;
                }
                self.bundle(number, bundle)?;
                written.insert(number);
            }
            terminal::progress(&format!("{} of {size} entries", (from + entries.len() as u64).min(size)));
        }
        Ok(written)
    }
}

/// What was written is read again and checked, with the keys that Core gave.
pub(super) fn check(path: &Path, head: &Head) -> Result<Whole, Fault> {
    let keys = Keys::read(&head.keys).map_err(|error| unreadable(&error))?;
    let trusted = Trusted { keys: Some(keys), ..Trusted::default() };
    let told = |read: u64| terminal::progress(&format!("checked {read} entries"));
    let checked = check_export(&OnDisk(path.to_owned()), &trusted, told);
    terminal::progress("");
    checked.map_err(|fault| {
        let text = format!("the record is not intact: {fault}");
        Fault::new(Code::RECORD_DAMAGED, text, "keep the folder: it shows what was found")
    })
}

/// The place of the first entry that tells of this time or a later one.
async fn place_at(of: Source<'_>, time: Option<Moment>, there: Range<u64>, otherwise: u64) -> Result<u64, Fault> {
    let Some(time) = time else { return Ok(otherwise) };
    let size = there.end;
    let (mut low, mut high) = (there.start, size);
    while low < high {
        let middle = low + (high - low) / 2;
        let entries = mirror::entries(of, middle, 64.min(size - middle)).await?;
        // An outcome tells no time; an intent is never far.
        match entries.iter().find_map(|entry| time_of(entry)) {
            Some(at) if at >= time.micros() => high = middle,
            Some(_) => low = middle + 1,
            None => high = middle,
        }
    }
    Ok(low)
}

fn time_of(entry: &str) -> Option<i64> {
    #[derive(Deserialize)]
    struct Timed {
        time: Option<i64>,
    }
    serde_json::from_str::<Timed>(entry).ok()?.time
}

pub(super) fn failed(path: &Path, error: &std::io::Error) -> Fault {
    Fault::new(Code::STORE_FAILED, format!("{}: {error}", path.display()), "look at the disk and the folder's rights")
}
