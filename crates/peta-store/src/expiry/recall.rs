//! What a start has to know, and to end.

use std::{fs, io, path::Path};

use super::{
    event,
    rounds::{Round, keep, read},
};
use crate::record::{Damage, Log, Unwritten, View};

/// What has expired, as the record itself tells it, and the file that is kept beside it for what is quickly found. If the
/// record's beginning is missing and nothing in it says that it expired, that is damage.
pub(crate) fn recall(record: &Path, log: &Log) -> io::Result<(Vec<Round>, Option<Damage>)> {
    let view = log.view();
    let gone = view.parts.first().map_or(0, |part| part.first.saturating_sub(1));
    let kept = read(record)?;
    if gone == 0 {
        return Ok((kept.unwrap_or_default(), None));
    }
    if let Some(rounds) = kept.filter(|rounds| vouched(rounds, gone, &view).unwrap_or(false)) {
        log.expire(gone);
        clear_index(record, gone);
        return Ok((rounds, None));
    }
    tracing::warn!("what has expired is looked for in all of the record: {} does not tell it", record.display());
    let rounds = event::from(&view, 0)?;
    if rounds.last().is_some_and(|round| round.to >= gone) {
        keep(record, &rounds)?;
        log.expire(gone);
        return Ok((rounds, None));
    }
    let path = view.parts.first().map_or_else(|| record.to_owned(), |part| part.path.clone());
    let path = path.with_file_name(format!("{:020}.log", 1));
    Ok((Vec::new(), Some(Damage { path, offset: 0, bytes: 0 })))
}

/// Columns that somebody made while their file went.
fn clear_index(record: &Path, gone: u64) {
    let Ok(found) = fs::read_dir(record.join("index")) else { return };
    let number = |path: &Path| path.file_stem()?.to_str()?.parse::<u64>().ok();
    for path in found.flatten().map(|entry| entry.path()).filter(|path| number(path).is_some_and(|first| first <= gone))
    {
        fs::remove_file(path).ok();
    }
}

/// Whether an event in the record says that all up to this number has expired.
fn vouched(rounds: &[Round], gone: u64, view: &View) -> io::Result<bool> {
    for round in rounds.iter().rev() {
        let Some(event) = round.own.event else { continue };
        let told = event::at(view, event)?;
        return Ok(told.is_some_and(|told| told.to == round.to && told.to >= gone));
    }
    Ok(false)
}

/// Ends what was intended and not told: if the event is not there, it is written now. The files go when it is signed.
pub(crate) fn complete(record: &Path, log: &Log, rounds: &mut [Round]) -> Result<(), Unwritten> {
    let Some(last) = rounds.last_mut().filter(|round| round.own.event.is_none()) else { return Ok(()) };
    let told = event::from(&log.view(), last.own.behind)?;
    let told = told.into_iter().find(|told| told.to == last.to).and_then(|told| told.own.event);
    last.own.event = Some(match told {
        Some(number) => number,
        None => event::tell(log, last)?,
    });
    Ok(keep(record, rounds)?)
}
