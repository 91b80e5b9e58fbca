//! What must be kept, and who is to be forgotten.

use peta_api::{
    Endpoint, List,
    audit::{Erasure, Hold},
    endpoint::{AddHold, ErasePerson, ListHolds, RemoveHold},
};
use peta_audit::Intent;
use peta_store::NewHold;
use serde_json::json;

use super::agents::check_name;
use crate::{act, problem::Fault, register::Ask};

pub(crate) async fn holds(ask: Ask<ListHolds>) -> Result<List<Hold>, Fault> {
    let holds = ask.admin.store().holds().await?;
    Ok(List::whole(holds.into_iter().map(shown).collect()))
}

pub(crate) async fn hold(ask: Ask<AddHold>) -> Result<Hold, Fault> {
    let body = &ask.body;
    check_name("name", &body.name)?;
    check_name("reason", &body.reason)?;
    body.person.as_ref().map_or(Ok(()), |person| check_name("person", person))?;
    let intent = act::about_person(act::intent(&ask.admin, &ask.who, AddHold::OPERATION), body.person.as_deref());
    let about = json!({ "hold": body.name, "person": body.person, "reason": body.reason });
    let (intent, added) = (act::with_detail(intent, &about), ask.admin.now());
    let new = NewHold { name: body.name.clone(), person: body.person.clone(), reason: body.reason.clone() };
    ask.admin.store().add_hold(intent, new).await?;
    Ok(Hold { name: body.name.clone(), person: body.person.clone(), reason: body.reason.clone(), added })
}

pub(crate) async fn release(ask: Ask<RemoveHold>) -> Result<(), Fault> {
    let intent = act::intent(&ask.admin, &ask.who, RemoveHold::OPERATION);
    let intent = act::with_detail(intent, &json!({ "hold": ask.name() }));
    Ok(ask.admin.store().remove_hold(intent, ask.name().to_owned()).await?)
}

pub(crate) async fn erase(ask: Ask<ErasePerson>) -> Result<Erasure, Fault> {
    let (store, person) = (ask.admin.store(), ask.body.person.as_str());
    let persons = store.subjects_named().await?;
    let Some(known) = persons.iter().find(|known| known.name == person) else {
        return Err(Fault::no_such_person(person));
    };
    let subject = known.id.to_string();
    if ask.body.dry_run {
        let on_them = |hold: &peta_store::Hold| hold.person.as_deref().is_none_or(|held| held == person);
        let holds =
            store.holds().await?.into_iter().filter(on_them).map(|hold| format!("the legal hold `{}`", hold.name));
        let in_the_way = store.still_named(person).into_iter().chain(holds).collect();
        return Ok(Erasure { subject, done: false, in_the_way, backups_end: None });
    }
    // Whom it was about is told by what stands for them, and by nothing else: their name is to go.
    let intent = act::intent(&ask.admin, &ask.who, ErasePerson::OPERATION);
    let intent = Intent { reasons: vec![format!("subject/{subject}")], ..intent };
    let erased = store.erase_subject(intent, person).await?;
    let backups_end = Some(erased.key_destroyed_for_backups_at);
    Ok(Erasure { subject, done: true, in_the_way: Vec::new(), backups_end })
}

pub(crate) fn shown(hold: peta_store::Hold) -> Hold {
    let peta_store::Hold { name, person, reason, added } = hold;
    Hold { name, person, reason, added }
}
