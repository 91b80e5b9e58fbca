//! Sinks: added, tried, removed, and shown with how they do. The secret of one is sealed before the store sees it.

use std::{path::Path, sync::Arc, time::Instant};

use peta_api::{
    Endpoint, List, NewSink as Wanted, Sink, SinkFilter, SinkHealth, SinkSetup, SinkState, SinkTested,
    endpoint::{AddSink, ListSinks, RemoveSink, ShowSink, TestSink},
};
use peta_audit::format::Format;
use peta_model::{Delivery, SinkId, SinkKind};
use peta_store::{NewSink, SinkEntry, SinkSpec};
use peta_vault::Kind;
use serde_json::json;

use crate::{act, admin::Admin, delivery, problem::Fault, register::Ask};

/// Wraps that are reserved before something is sealed.
const WRAPS: u32 = 16;
/// Texts that an administrator writes.
pub(super) const LIMIT: usize = 256;
/// Of certificate authorities.
pub(super) const AUTHORITIES: usize = 256 * 1024;

pub(crate) async fn list(ask: Ask<ListSinks>) -> Result<List<Sink>, Fault> {
    let snapshot = ask.admin.store().snapshot();
    Ok(List::whole(snapshot.sinks().map(|entry| view(&ask.admin, entry)).collect()))
}

pub(crate) async fn show(ask: Ask<ShowSink>) -> Result<Sink, Fault> {
    let entry = named(&ask.admin, ask.name())?;
    Ok(view(&ask.admin, &entry))
}

pub(crate) async fn add(ask: Ask<AddSink>) -> Result<Sink, Fault> {
    let Ask { admin, who, body, .. } = ask;
    let spec = spec(&admin, &body)?;
    admin.sinks().check(&spec, body.secret.is_some()).map_err(|unfit| Fault::bad_field(unfit.field, unfit.why))?;
    if let Some(secret) = &body.secret {
        check_secret(&spec, secret.reveal())?;
    }
    let id = new_id(&admin);
    let sealed = match &body.secret {
        Some(secret) => Some(seal(&admin, id, secret.reveal()).await?),
        None => None,
    };
    // Behind what is on record now, so that its own act is the first that it is sent.
    let read = if body.from_beginning { 0 } else { admin.store().recorded() };
    let about = json!({
        "id": id, "sink": body.name, "to": spec.to, "format": spec.format.word(), "private": spec.private,
        "from_beginning": body.from_beginning,
    });
    let intent = act::with_detail(act::intent(&admin, &who, AddSink::OPERATION), &about);
    let new = NewSink { id, name: body.name, spec, sealed, read };
    let entry = admin.store().add_sink(intent, new).await?;
    Ok(view(&admin, &entry))
}

pub(crate) async fn test(ask: Ask<TestSink>) -> Result<SinkTested, Fault> {
    let entry = named(&ask.admin, ask.name())?;
    let Ask { admin, who, .. } = ask;
    let about = json!({ "id": entry.id, "sink": entry.name });
    let intent = act::with_detail(act::intent(&admin, &who, TestSink::OPERATION), &about);
    let begun = Instant::now();
    let tested = act::carry_out(&admin, intent, async { Ok(admin.sinks().test(&entry).await) }).await?;
    let took_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    Ok(match tested {
        Ok(answer) => SinkTested { taken: true, answer, code: None, took_us },
        Err((code, answer)) => SinkTested { taken: false, answer, code: Some(code.to_string()), took_us },
    })
}

pub(crate) async fn remove(ask: Ask<RemoveSink>) -> Result<(), Fault> {
    let entry = named(&ask.admin, ask.name())?;
    let Ask { admin, who, .. } = ask;
    let about = json!({ "id": entry.id, "sink": entry.name, "to": entry.spec.to });
    let intent = act::with_detail(act::intent(&admin, &who, RemoveSink::OPERATION), &about);
    Ok(admin.store().remove_sink(intent, entry.name.clone()).await?)
}

fn named(admin: &Admin, name: &str) -> Result<Arc<SinkEntry>, Fault> {
    let snapshot = admin.store().snapshot();
    snapshot.sink(name).cloned().ok_or_else(|| Fault::not_found("audit sink", name))
}

/// What was asked for, in the store's words.
fn spec(admin: &Admin, wanted: &Wanted) -> Result<SinkSpec, Fault> {
    let kind = wanted.to.kind();
    let format = match &wanted.format {
        Some(_) if kind == SinkKind::Otlp => return Err(Fault::bad_field("format", "OTLP has a form of its own")),
        Some(word) => {
            word.parse::<Format>().map_err(|_| Fault::bad_field("format", "a format is ocsf, json, cef or leef"))?
        }
        None => admin.sinks().usual_format(kind),
    };
    if kind == SinkKind::File && is_inside(Path::new(wanted.to.path()), &admin.config().data_dir) {
        return Err(Fault::bad_field("to", "a sink writes nothing into the data directory: choose a place elsewhere"));
    }
    let texts = [&wanted.kind, &wanted.server, &wanted.agent, &wanted.user, &wanted.region];
    if texts
        .into_iter()
        .flatten()
        .any(|text| text.is_empty() || text.len() > LIMIT || text.chars().any(char::is_control))
    {
        return Err(Fault::bad_field("kind", "kind, server, agent, user and region have 1 to 256 bytes each"));
    }
    if wanted.ca.as_ref().is_some_and(|ca| ca.len() > AUTHORITIES) {
        return Err(Fault::bad_field("ca", "certificate authorities take 256 KiB at most"));
    }
    let header = |text: &String| {
        let (name, value) = text.split_once(':').ok_or_else(|| Fault::bad_field("headers", "write NAME: VALUE"))?;
        Ok((name.trim().to_owned(), value.trim().to_owned()))
    };
    let filter = peta_store::SinkFilter {
        kind: wanted.kind.clone(),
        decision: wanted.decision,
        outcome: wanted.outcome,
        server: wanted.server.clone(),
        agent: wanted.agent.clone(),
    };
    Ok(SinkSpec {
        to: wanted.to.clone(),
        format,
        private: wanted.private,
        filter,
        headers: wanted.headers.iter().map(header).collect::<Result<_, Fault>>()?,
        user: wanted.user.clone(),
        region: wanted.region.clone(),
        ack: wanted.ack,
        ca: wanted.ca.clone(),
    })
}

/// Whether this secret can go where the kind puts it; into requests it goes as a credential does.
fn check_secret(spec: &SinkSpec, secret: &str) -> Result<(), Fault> {
    if secret.is_empty() {
        return Err(Fault::unfit("secret", "the secret is empty"));
    }
    match (spec.to.kind(), &spec.user) {
        (SinkKind::Otlp | SinkKind::Elastic, Some(user)) => {
            delivery::check_secret(&Delivery::Basic { user: user.clone() }, secret)
        }
        (SinkKind::Otlp | SinkKind::Elastic | SinkKind::Splunk, _) => {
            let (name, template) = ("authorization".to_owned(), "{}".to_owned());
            delivery::check_secret(&Delivery::Header { name, template }, secret)
        }
        // These sign with it.
        _ => Ok(()),
    }
}

/// Whether a file would stand in a folder, as far as both are there.
pub(super) fn is_inside(file: &Path, folder: &Path) -> bool {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let parent = file.parent().map(|parent| parent.canonicalize().unwrap_or_else(|_| parent.to_owned()));
    parent.is_some_and(|parent| parent.starts_with(folder))
}

pub(super) fn new_id(admin: &Admin) -> SinkId {
    let mut id = [0; 16];
    id.iter_mut().zip(admin.random()).for_each(|(to, from)| *to = from);
    SinkId::from_bytes(id)
}

/// What a sink shows to prove itself, or the archive, sealed under its identifier.
pub(super) async fn seal(admin: &Admin, id: SinkId, secret: &str) -> Result<Vec<u8>, Fault> {
    admin.store().provide_wraps(admin.safe(), WRAPS).await?;
    let place = (admin.store().snapshot().tenant, Kind::Sink, *id.as_bytes(), 1);
    Ok(admin.safe().seal_bytes(place, secret.as_bytes()).map_err(peta_vault::safe::NotSealed::Seal)?)
}

fn view(admin: &Admin, entry: &SinkEntry) -> Sink {
    let spec = &entry.spec;
    let filter = spec.filter.clone();
    let setup = SinkSetup {
        to: spec.to.clone(),
        format: if spec.to.kind() == SinkKind::Otlp { "otlp".to_owned() } else { spec.format.to_string() },
        private: spec.private,
        filter: SinkFilter {
            kind: filter.kind,
            decision: filter.decision,
            outcome: filter.outcome,
            server: filter.server,
            agent: filter.agent,
        },
        headers: spec.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect(),
        user: spec.user.clone(),
        region: spec.region.clone(),
        ack: spec.ack,
        ca: spec.ca.is_some(),
    };
    let (name, id, secret, added) = (entry.name.clone(), entry.id, entry.secret, entry.added);
    Sink { name, id, setup, secret, health: health(admin, id), added }
}

fn health(admin: &Admin, id: SinkId) -> SinkHealth {
    let standing = admin.sinks().standing(id);
    // One that has not begun is as far as the record is, for nobody has looked yet.
    let lag_entries = standing.as_ref().map_or(0, |it| admin.store().recorded().saturating_sub(it.read));
    SinkHealth {
        state: standing.as_ref().map_or(SinkState::Ok, |it| it.state),
        why: standing.as_ref().and_then(|it| it.why.clone()),
        code: standing.as_ref().and_then(|it| it.code).map(|code| code.to_string()),
        since: standing.as_ref().and_then(|it| it.since),
        lag_entries,
        lag_us: standing.as_ref().map_or(0, |it| it.lag_us),
        sent: standing.as_ref().map_or(0, |it| it.sent),
        skipped: standing.as_ref().map_or(0, |it| it.skipped),
        last_sent: standing.as_ref().and_then(|it| it.last),
    }
}
