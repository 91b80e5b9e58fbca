//! Old files of the record go.

use peta_api::{Endpoint, audit::Expired, endpoint::ExpireRecord};
use peta_store::{Expiring, LogHandle};
use serde_json::json;

use crate::{act, problem::Fault, register::Ask};

pub(crate) async fn expire(ask: Ask<ExpireRecord>) -> Result<Expired, Fault> {
    let (store, before, now) = (ask.admin.store(), ask.body.before, ask.admin.now());
    if before > now {
        return Err(Fault::bad_field("before", "it has not come yet: what is to expire is in the past"));
    }
    if ask.body.dry_run {
        return Ok(shown(store.expire(before, now, true).await?));
    }
    let intent = act::intent(&ask.admin, &ask.who, ExpireRecord::OPERATION);
    let intent = act::with_detail(intent, &json!({ "before": before }));
    act::carry_out(&ask.admin, intent, async {
        let done = store.expire(before, now, false).await?;
        match (done.event, &done.waits) {
            (None, Some(waits)) => Err(Fault::conflict(format!("nothing expired: {waits}"))),
            _ => Ok(shown(done)),
        }
    })
    .await
}

/// Refuses what is asked of an entry that has expired.
pub(crate) fn check_there(log: LogHandle<'_>, number: u64) -> Result<(), Fault> {
    log.expired(number).map_or(Ok(()), |at| Err(Fault::expired(number, at)))
}

fn shown(expiring: Expiring) -> Expired {
    let Expiring { from, to, files, bytes, until, waits, event } = expiring;
    let some = |number: u64| (files > 0).then_some(number);
    let in_the_way = waits.map(|waits| waits.to_string());
    Expired { done: event.is_some(), files, bytes, from: some(from), to: some(to), until, in_the_way, event }
}
