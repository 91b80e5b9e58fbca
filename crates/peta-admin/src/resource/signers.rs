//! The key that signs the record, changed; and the logs of others that are cosigned here.

use peta_api::{
    Endpoint, List,
    audit::{ForeignLog, LogKeyRotated},
    endpoint::{AddForeignLog, ListForeignLogs, RemoveForeignLog, RotateLogKey},
};
use peta_model::{LogName, Moment, Span};
use peta_store::{KeySort, NewForeignLog, Store};
use peta_vault::safe::Safe;
use serde_json::json;

use super::audit::check_name;
use crate::{act, problem::Fault, register::Ask};

/// So long the key before signs beside the new one.
const BOTH: Span = Span::from_secs(24 * 3_600);

pub(crate) async fn rotate(ask: Ask<RotateLogKey>) -> Result<LogKeyRotated, Fault> {
    let (store, now) = (ask.admin.store(), ask.admin.now());
    let which = ask.query.log.unwrap_or_default();
    let tree = store.log(which).tree();
    let Some(signed) = tree.signed() else {
        return Err(Fault::conflict("nothing is signed yet: there is no key to change"));
    };
    let from = signed.saturating_add(1);
    let key = store.make_log_key(ask.admin.safe(), (tree.origin(), KeySort::Log), (from, now)).await?;
    let (verifier, log, until) = (key.verifier.clone(), key.log.clone(), now.after(BOTH));
    let intent = act::intent(&ask.admin, &ask.who, RotateLogKey::OPERATION);
    let intent = act::with_detail(intent, &json!({ "log": log, "key": verifier, "from": from, "until": until }));
    // The detail is sealed. The key is for everybody to read, in the entry that both keys sign.
    let intent = peta_audit::Intent { reasons: vec![format!("key/{}", key.public_hex())], ..intent };
    store.rotate_log_key(intent, key, until).await?;
    if which == LogName::System {
        store.tell_key(&verifier, from, until)?;
    }
    Ok(LogKeyRotated { log, key: verifier, from, until })
}

pub(crate) async fn logs(ask: Ask<ListForeignLogs>) -> Result<List<ForeignLog>, Fault> {
    let store = ask.admin.store();
    let logs = store.foreign_logs().await?;
    let keys = store.log_keys(&store.witness_name()).await?;
    let key = keys.last().map(|key| key.verifier.clone()).unwrap_or_default();
    Ok(List::whole(logs.into_iter().map(|log| shown(log, &key)).collect()))
}

pub(crate) async fn add_log(ask: Ask<AddForeignLog>) -> Result<ForeignLog, Fault> {
    let (store, body) = (ask.admin.store(), ask.body);
    check_name(&body.name)?;
    let log = store.log_of_key(&body.key).map_err(|why| Fault::bad_field("key", why))?;
    if log == store.tree().origin() {
        return Err(Fault::bad_field("key", "this is the key of the record here: nobody is a witness of themselves"));
    }
    let key = witness_key(store, ask.admin.safe(), ask.admin.now()).await?;
    let about = json!({ "name": body.name, "log": log, "key": body.key });
    let intent = act::with_detail(act::intent(&ask.admin, &ask.who, AddForeignLog::OPERATION), &about);
    let (name, verifier, added) = (body.name, body.key, intent.time);
    let new = NewForeignLog { name: name.clone(), log: log.clone(), verifier: verifier.clone() };
    store.add_foreign_log(intent, new).await?;
    let newest = store.foreign_logs().await?.into_iter().find(|other| other.name == name).and_then(|log| log.newest);
    Ok(shown(peta_store::ForeignLog { name, log, verifier, added, newest }, &key))
}

pub(crate) async fn remove_log(ask: Ask<RemoveForeignLog>) -> Result<(), Fault> {
    let intent = act::intent(&ask.admin, &ask.who, RemoveForeignLog::OPERATION);
    let intent = act::with_detail(intent, &json!({ "name": ask.name() }));
    Ok(ask.admin.store().remove_foreign_log(intent, ask.name().to_owned()).await?)
}

/// The key that other logs are cosigned by; made at the first time.
async fn witness_key(store: &Store, safe: &Safe, now: Moment) -> Result<String, Fault> {
    let name = store.witness_name();
    if let Some(key) = store.log_keys(&name).await?.pop() {
        return Ok(key.verifier);
    }
    let key = store.make_log_key(safe, (&name, KeySort::Witness), (0, now)).await?;
    let verifier = key.verifier.clone();
    store.add_log_key(key).await?;
    Ok(verifier)
}

fn shown(log: peta_store::ForeignLog, cosigned_by: &str) -> ForeignLog {
    let peta_store::ForeignLog { name, log, verifier: key, added, newest } = log;
    let (size, at) = newest.map_or((None, None), |seen| (Some(seen.size), Some(seen.at)));
    ForeignLog { name, log, key, added, size, at, cosigned_by: cosigned_by.to_owned() }
}
