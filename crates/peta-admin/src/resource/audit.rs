//! The record as a tree, and who keeps what was signed of it.

use std::path::Path;

use peta_api::{
    Endpoint, List,
    audit::{Entries, LogHead, Tile, Witness},
    endpoint::{AddWitness, ListWitnesses, ReadEntries, ReadTile, RemoveWitness, ShowLog},
};
use peta_store::{LogKey, NewWitness, WITNESS_FILE};
use serde_json::json;

use super::expiry::check_there;
use crate::{act, problem::Fault, register::Ask};

/// The most entries of one answer, and hashes of one tile.
const ENTRIES: u16 = 4_096;
const TILE: u16 = 256;
/// The longest name of a witness.
const NAME: usize = 64;

pub(crate) async fn log(ask: Ask<ShowLog>) -> Result<LogHead, Fault> {
    let store = ask.admin.store();
    let tree = store.tree();
    let keys = store.log_keys(tree.origin()).await?;
    let checkpoint = tree.checkpoint().map(|note| note.to_string());
    Ok(LogHead {
        log: tree.origin().to_owned(),
        size: tree.size(),
        expired: store.gone(),
        checkpoint,
        keys: keys.iter().map(LogKey::line).collect(),
    })
}

pub(crate) async fn tile(ask: Ask<ReadTile>) -> Result<Tile, Fault> {
    let query = ask.query;
    if !(1..=TILE).contains(&query.width) {
        return Err(Fault::bad_field("width", format!("a tile has 1 to {TILE} hashes")));
    }
    let hashes = ask.admin.store().tree().tile(query.level, query.number, query.width).await;
    let hashes = hashes.map_err(|error| Fault::failed(&error))?.ok_or_else(|| Fault::not_in_tree("tile"))?;
    Ok(Tile { hashes: hashes.iter().map(ToString::to_string).collect() })
}

pub(crate) async fn entries(ask: Ask<ReadEntries>) -> Result<Entries, Fault> {
    let query = ask.query;
    if !(1..=ENTRIES).contains(&query.count) {
        return Err(Fault::bad_field("count", format!("1 to {ENTRIES} entries are read at once")));
    }
    let to = query.from.saturating_add(u64::from(query.count));
    let store = ask.admin.store();
    let entries = store.tree().entries(query.from..to).await;
    // After it was read: what went meanwhile was not.
    check_there(store, query.from.saturating_add(1))?;
    let entries = entries.map_err(|error| Fault::failed(&error))?.ok_or_else(|| Fault::not_in_tree("entry"))?;
    Ok(Entries { entries })
}

pub(crate) async fn witnesses(ask: Ask<ListWitnesses>) -> Result<List<Witness>, Fault> {
    let witnesses = ask.admin.store().witnesses().await?;
    Ok(List::whole(witnesses.into_iter().map(shown).collect()))
}

pub(crate) async fn add_witness(ask: Ask<AddWitness>) -> Result<Witness, Fault> {
    let (store, body) = (ask.admin.store(), &ask.body);
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if body.name.is_empty() || body.name.len() > NAME || !body.name.bytes().all(fits) {
        let why = "a name has lower-case letters, digits and `-`, at most 64 of them";
        return Err(Fault::bad_field("name", why.to_owned()));
    }
    let path = body.place.strip_prefix(WITNESS_FILE).map(Path::new);
    if !path.is_some_and(|path| path.is_absolute() && path.file_name().is_some()) {
        let why = "a witness is a file, by its whole path: file:/mnt/auditor/peta.checkpoint";
        return Err(Fault::bad_field("place", why.to_owned()));
    }
    let intent = act::intent(&ask.admin, &ask.who, AddWitness::OPERATION);
    let intent = act::with_detail(intent, &json!({ "witness": body.name, "place": body.place }));
    let (name, added) = (body.name.clone(), intent.time);
    let new = NewWitness { name: name.clone(), place: body.place.clone(), verifier: None };
    store.add_witness(intent, new).await?;
    Ok(Witness { name, place: body.place.clone(), added, size: None, at: None })
}

pub(crate) async fn remove_witness(ask: Ask<RemoveWitness>) -> Result<(), Fault> {
    let intent = act::intent(&ask.admin, &ask.who, RemoveWitness::OPERATION);
    let intent = act::with_detail(intent, &json!({ "witness": ask.name() }));
    Ok(ask.admin.store().remove_witness(intent, ask.name().to_owned()).await?)
}

pub(crate) fn shown(witness: peta_store::Witness) -> Witness {
    let peta_store::Witness { name, place, added, newest, .. } = witness;
    let (size, at) = newest.map_or((None, None), |seen| (Some(seen.size), Some(seen.at)));
    Witness { name, place, added, size, at }
}
