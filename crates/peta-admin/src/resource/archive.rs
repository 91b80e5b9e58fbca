//! The archive: where full files of the record are put, what is there, and a file of it read again.

use std::path::Path;

use axum::response::IntoResponse as _;
use http::header;
use peta_api::{
    Endpoint, List,
    archive::{Archive, ArchivedFile, NewArchive as Wanted, RecordFile},
    endpoint::{ListArchived, RemoveArchive, RestoreArchived, SetArchive, ShowArchive},
    route::Body,
};
use peta_audit::format::Format;
use peta_model::SinkKind;
use peta_store::{ArchiveEntry, NewArchive, SinkFilter, SinkSpec};
use serde_json::json;

use super::sinks::{AUTHORITIES, LIMIT, is_inside, new_id, seal};
use crate::{
    act,
    admin::Admin,
    problem::Fault,
    register::{Ask, Given},
};

pub(crate) async fn show(ask: Ask<ShowArchive>) -> Result<Archive, Fault> {
    let entry = entry(&ask.admin).await?;
    view(&ask.admin, entry).await
}

pub(crate) async fn set(ask: Ask<SetArchive>) -> Result<Archive, Fault> {
    let Ask { admin, who, body, .. } = ask;
    let spec = spec(&admin, &body)?;
    admin.sinks().check(&spec, body.secret.is_some()).map_err(|unfit| Fault::bad_field(unfit.field, unfit.why))?;
    // The same place has the same identifier: what is there is not put there again.
    let present = admin.store().archive().await?.filter(|present| present.spec.to == spec.to);
    let id = present.map_or_else(|| new_id(&admin), |present| present.id);
    let sealed = match &body.secret {
        Some(secret) if secret.reveal().is_empty() => return Err(Fault::unfit("secret", "the secret is empty")),
        Some(secret) => Some(seal(&admin, id, secret.reveal()).await?),
        None => None,
    };
    let intent = act::intent(&admin, &who, SetArchive::OPERATION);
    let intent = act::with_detail(intent, &json!({ "to": spec.to }));
    admin.store().set_archive(intent, NewArchive { id, spec, sealed }).await?;
    let entry = entry(&admin).await?;
    view(&admin, entry).await
}

pub(crate) async fn remove(ask: Ask<RemoveArchive>) -> Result<(), Fault> {
    let entry = entry(&ask.admin).await?;
    let intent = act::intent(&ask.admin, &ask.who, RemoveArchive::OPERATION);
    let intent = act::with_detail(intent, &json!({ "to": entry.spec.to }));
    Ok(ask.admin.store().remove_archive(intent).await?)
}

pub(crate) async fn list(ask: Ask<ListArchived>) -> Result<List<ArchivedFile>, Fault> {
    let store = ask.admin.store();
    let set = store.archive().await?.map(|entry| entry.id);
    let shown = |file: peta_store::ArchivedFile| ArchivedFile {
        here: set == Some(file.archive),
        name: file.name,
        log: file.log,
        from: file.first,
        to: file.last,
        since: file.since,
        until: file.until,
        bytes: file.bytes,
        digest: file.digest,
        at: file.at,
    };
    Ok(List::whole(store.archived().await?.into_iter().map(shown).collect()))
}

pub(crate) async fn restore(ask: Ask<RestoreArchived>) -> Result<Given<RecordFile>, Fault> {
    let files = ask.admin.store().archived().await?;
    let file = files.into_iter().find(|file| file.name == ask.name());
    let file = file.ok_or_else(|| Fault::not_found("archived file", ask.name()))?;
    let intent = act::intent(&ask.admin, &ask.who, RestoreArchived::OPERATION);
    let about = json!({ "file": file.name, "from": file.first, "to": file.last });
    let opened = act::carry_out(&ask.admin, act::with_detail(intent, &about), async {
        ask.admin.sinks().fetch(&file).await.map_err(Fault::of_archive)
    });
    let headers = [(header::CONTENT_TYPE, RecordFile::MEDIA), (header::CACHE_CONTROL, "no-store")];
    Ok(Given::Stream((headers, opened.await?).into_response()))
}

async fn entry(admin: &Admin) -> Result<ArchiveEntry, Fault> {
    admin.store().archive().await?.ok_or_else(Fault::no_archive)
}

/// What was asked for, in the words of sinks: an archive is reached as they are.
fn spec(admin: &Admin, wanted: &Wanted) -> Result<SinkSpec, Fault> {
    if !matches!(wanted.to.kind(), SinkKind::File | SinkKind::S3) {
        return Err(Fault::bad_field("to", "an archive is file:/FOLDER or s3+https://ENDPOINT/BUCKET/PREFIX"));
    }
    let (folder, own) = (Path::new(wanted.to.path()), &admin.config().data_dir);
    if wanted.to.kind() == SinkKind::File && (is_inside(folder, own) || is_inside(&folder.join("file"), own)) {
        return Err(Fault::bad_field("to", "an archive is not in the data directory: choose a place elsewhere"));
    }
    let odd = |text: &String| text.is_empty() || text.len() > LIMIT || text.chars().any(char::is_control);
    if [&wanted.user, &wanted.region].into_iter().flatten().any(odd) {
        return Err(Fault::bad_field("user", "user and region have 1 to 256 bytes each"));
    }
    if wanted.ca.as_ref().is_some_and(|ca| ca.len() > AUTHORITIES) {
        return Err(Fault::bad_field("ca", "certificate authorities take 256 KiB at most"));
    }
    Ok(SinkSpec {
        to: wanted.to.clone(),
        format: Format::Json,
        private: false,
        filter: SinkFilter::default(),
        headers: Vec::new(),
        user: wanted.user.clone(),
        region: wanted.region.clone(),
        ack: false,
        ca: wanted.ca.clone(),
    })
}

async fn view(admin: &Admin, entry: ArchiveEntry) -> Result<Archive, Fault> {
    let (store, standing) = (admin.store(), admin.sinks().archive());
    let log = store.tree().origin();
    let mut there = store.archived().await?;
    there.retain(|file| file.archive == entry.id);
    let is_there = |first: u64| there.iter().any(|file| file.first == first && file.log == log);
    let waiting = store.full_files().iter().filter(|file| !is_there(file.first)).count();
    Ok(Archive {
        to: entry.spec.to,
        user: entry.spec.user,
        region: entry.spec.region,
        ca: entry.spec.ca.is_some(),
        secret: entry.secret,
        changed: entry.changed,
        state: standing.state,
        why: standing.why,
        code: standing.code.map(|code| code.to_string()),
        since: standing.since,
        files: there.len() as u64,
        waiting: waiting as u64,
    })
}
