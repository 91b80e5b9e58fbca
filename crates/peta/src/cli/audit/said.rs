//! What was said in calls, in an export: one file for each payload, named by the place of the entry that commits to it.

use std::{fs, path::Path};

use peta_api::{
    EventQuery,
    endpoint::ReadPayloads,
    payload::{EventPayloads, KeptPayload, PayloadSearch},
};
use peta_audit::{Form, Payload, PayloadPart, SALT};
use peta_model::{Code, Moment};
use peta_verify::{TILE, entries_path, payload_path};

use crate::{client::Client, fault::Fault, terminal};

type Times = (Option<Moment>, Option<Moment>);

/// Adds what was said in the events of a folder's entries, as far as it was kept and is there.
pub(super) async fn add(
    client: &Client,
    folder: &Path,
    ((since, until), subject): (Times, Option<&str>),
    size: u64,
) -> Result<(), Fault> {
    let user = subject.map(str::to_owned);
    let mut query = EventQuery { user, since, until, ..EventQuery::default() };
    let (mut written, mut lost) = (0_u64, 0_u64);
    loop {
        let page = client.call::<ReadPayloads>(&[], &query, &PayloadSearch::default()).await?;
        for EventPayloads { event, arguments, result } in page.items {
            let parts = [
                (PayloadPart::Arguments, Some(event.place), arguments),
                (PayloadPart::Result, event.outcome_place, result),
            ];
            for (part, place, kept) in parts {
                let (Some(kept), Some(place)) = (kept, place) else { continue };
                if !has_entry(folder, place, size) {
                    continue;
                }
                match read(&kept) {
                    Some((salt, payload)) => {
                        write(folder, &payload_path(place, part.word()), &salt, &payload)?;
                        written += 1;
                    }
                    None => lost += 1,
                }
            }
        }
        terminal::progress(&format!("{written} payloads"));
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => break,
        }
    }
    terminal::progress("");
    if lost > 0 {
        terminal::note(&format!("{lost} payloads are not there any more, or not what was recorded: they are left out"));
    }
    Ok(())
}

/// Whether the entry that commits to it is in the folder, too: else there is nothing to hold it against.
fn has_entry(folder: &Path, place: u64, size: u64) -> bool {
    let bundle = place / TILE;
    let width = u16::try_from(size.saturating_sub(bundle * TILE).min(TILE)).unwrap_or(u16::MAX);
    place < size && folder.join(entries_path(bundle, width)).exists()
}

fn read(kept: &KeptPayload) -> Option<([u8; SALT], Payload)> {
    let form = [Form::Redacted, Form::Full].into_iter().find(|form| Some(form.word()) == kept.form.as_deref())?;
    let payload = Payload { form, length: kept.length?, cut: kept.cut, text: kept.text.clone()? };
    Some((from_hex(kept.salt.as_deref()?)?, payload))
}

fn from_hex(text: &str) -> Option<[u8; SALT]> {
    let mut bytes = [0; SALT];
    if text.len() != 2 * SALT {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// A line with the random bytes, and then what is committed to behind them.
fn write(folder: &Path, path: &str, salt: &[u8; SALT], payload: &Payload) -> Result<(), Fault> {
    let mut bytes: Vec<u8> = salt.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect();
    bytes.push(b'\n');
    bytes.extend(payload.to_bytes(salt).into_iter().skip(SALT));
    let path = folder.join(path);
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    made.and_then(|()| fs::write(&path, bytes)).map_err(|error| {
        Fault::new(
            Code::STORE_FAILED,
            format!("{}: {error}", path.display()),
            "look at the disk and the folder's rights",
        )
    })
}
