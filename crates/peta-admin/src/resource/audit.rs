//! The record as a tree, and who keeps what was signed of it.

use std::path::Path;

use peta_api::{
    Endpoint, List,
    audit::{Cosigned, Entries, LogHead, NewWitness as Wanted, Tile, Witness, WitnessTrouble},
    endpoint::{AddWitness, ListWitnesses, ReadEntries, ReadTile, RemoveWitness, ShowLog},
};
use peta_store::{LogKey, NewWitness, WITNESS_FILE};
use serde_json::json;

use super::expiry::check_there;
use crate::{act, admin::Admin, problem::Fault, register::Ask};

/// The most entries of one answer, and hashes of one tile.
const ENTRIES: u16 = 4_096;
const TILE: u16 = 256;
/// The longest name of a witness.
const NAME: usize = 64;
/// Of certificate authorities.
const AUTHORITIES: usize = 256 * 1024;

pub(crate) async fn log(ask: Ask<ShowLog>) -> Result<LogHead, Fault> {
    let store = ask.admin.store();
    let of = store.log(ask.query.log.unwrap_or_default());
    let tree = of.tree();
    let keys = store.log_keys(tree.origin()).await?;
    let checkpoint = tree.checkpoint().map(|note| note.to_string());
    let newest = (tree.origin().to_owned(), tree.signed().unwrap_or(0));
    Ok(LogHead {
        log: tree.origin().to_owned(),
        size: tree.size(),
        expired: of.gone(),
        checkpoint,
        keys: keys.iter().map(LogKey::line).collect(),
        cosigned: store.witnesses().await?.into_iter().filter_map(|witness| cosigned(witness, &newest)).collect(),
    })
}

/// What a witness by URL has of the log whose newest checkpoint this is.
fn cosigned(witness: peta_store::Witness, (log, size): &(String, u64)) -> Option<Cosigned> {
    let (key, seen) = (witness.verifier?, witness.newest?);
    let is_ours = seen.log == *log && seen.size <= *size;
    is_ours.then_some(Cosigned { witness: witness.name, key, note: seen.note })
}

pub(crate) async fn tile(ask: Ask<ReadTile>) -> Result<Tile, Fault> {
    let query = ask.query;
    if !(1..=TILE).contains(&query.width) {
        return Err(Fault::bad_field("width", format!("a tile has 1 to {TILE} hashes")));
    }
    let log = ask.admin.store().log(query.log.unwrap_or_default());
    let hashes = log.tree().tile(query.level, query.number, query.width).await;
    let hashes = hashes.map_err(|error| Fault::failed(&error))?.ok_or_else(|| Fault::not_in_tree("tile"))?;
    Ok(Tile { hashes: hashes.iter().map(ToString::to_string).collect() })
}

pub(crate) async fn entries(ask: Ask<ReadEntries>) -> Result<Entries, Fault> {
    let query = ask.query;
    if !(1..=ENTRIES).contains(&query.count) {
        return Err(Fault::bad_field("count", format!("1 to {ENTRIES} entries are read at once")));
    }
    let to = query.from.saturating_add(u64::from(query.count));
    let log = ask.admin.store().log(query.log.unwrap_or_default());
    let entries = log.tree().entries(query.from..to).await;
    // After it was read: what went meanwhile was not.
    check_there(log, query.from.saturating_add(1))?;
    let entries = entries.map_err(|error| Fault::failed(&error))?.ok_or_else(|| Fault::not_in_tree("entry"))?;
    Ok(Entries { entries })
}

pub(crate) async fn witnesses(ask: Ask<ListWitnesses>) -> Result<List<Witness>, Fault> {
    let store = ask.admin.store();
    let (log, witnesses) = (store.tree().origin(), store.witnesses().await?);
    Ok(List::whole(witnesses.into_iter().map(|witness| shown(witness, log)).collect()))
}

pub(crate) async fn add_witness(ask: Ask<AddWitness>) -> Result<Witness, Fault> {
    let (store, body) = (ask.admin.store(), &ask.body);
    check_name(&body.name)?;
    check(&ask.admin, body)?;
    let intent = act::intent(&ask.admin, &ask.who, AddWitness::OPERATION);
    let intent = act::with_detail(intent, &json!({ "witness": body.name, "place": body.place, "key": body.key }));
    let Wanted { name, place, key, ca } = body.clone();
    let added = intent.time;
    let new = NewWitness { name: name.clone(), place: place.clone(), verifier: key.clone(), ca };
    store.add_witness(intent, new).await?;
    Ok(Witness { name, place, added, size: None, at: None, key, trouble: None })
}

/// What witnesses and logs of others are called.
pub(super) fn check_name(name: &str) -> Result<(), Fault> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || name.len() > NAME || !name.bytes().all(fits) {
        return Err(Fault::bad_field("name", "a name has lower-case letters, digits and `-`, at most 64 of them"));
    }
    Ok(())
}

/// Whether a witness can be there.
fn check(admin: &Admin, wanted: &Wanted) -> Result<(), Fault> {
    let Wanted { place, key, ca, .. } = wanted;
    let Some(path) = place.strip_prefix(WITNESS_FILE).map(Path::new) else {
        if !place.starts_with("http") {
            let why = "a witness is a URL, or a file by its whole path: file:/mnt/auditor/peta.checkpoint";
            return Err(Fault::bad_field("place", why));
        }
        if ca.as_ref().is_some_and(|ca| ca.len() > AUTHORITIES) {
            return Err(Fault::bad_field("ca", format!("at most {AUTHORITIES} bytes of certificate authorities")));
        }
        let why = "a witness by URL cosigns: say by which key, NAME+ID+KEY";
        let key = key.as_ref().ok_or_else(|| Fault::bad_field("key", why))?;
        let checked = admin.sinks().check_witness(place, key, ca.as_deref());
        return checked.map_err(|unfit| Fault::bad_field(unfit.field, unfit.why));
    };
    if !path.is_absolute() || path.file_name().is_none() {
        return Err(Fault::bad_field("place", "the file of a witness is named by its whole path"));
    }
    match (key, ca) {
        (None, None) => Ok(()),
        (Some(_), _) => Err(Fault::bad_field("key", "a file has no key: it does not cosign")),
        (None, Some(_)) => Err(Fault::bad_field("ca", "a file has no certificate")),
    }
}

pub(crate) async fn remove_witness(ask: Ask<RemoveWitness>) -> Result<(), Fault> {
    let intent = act::intent(&ask.admin, &ask.who, RemoveWitness::OPERATION);
    let intent = act::with_detail(intent, &json!({ "witness": ask.name() }));
    Ok(ask.admin.store().remove_witness(intent, ask.name().to_owned()).await?)
}

/// As it is with the log of now: what it has of one that was left is not told.
pub(crate) fn shown(witness: peta_store::Witness, log: &str) -> Witness {
    let peta_store::Witness { name, place, added, newest, verifier: key, trouble, .. } = witness;
    let newest = newest.filter(|seen| seen.log == log);
    let (size, at) = newest.map_or((None, None), |seen| (Some(seen.size), Some(seen.at)));
    let trouble = trouble.map(|peta_store::WitnessTrouble { code, why, since }| WitnessTrouble { code, why, since });
    Witness { name, place, added, size, at, key, trouble }
}
