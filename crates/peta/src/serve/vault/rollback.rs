//! A row of the database that was put back as it once was is whole, and opens. The record knows better: it says which
//! version each credential had last (security.md T40).

use std::collections::HashMap;

use peta_audit::{Ending, Intent};
use peta_model::{CredentialId, EventId, Outcome};
use peta_store::{EventQuery, Part, Store};
use serde_json::{Value, json};

use crate::serve::senses;

/// Acts that make a version.
const MAKES: [&str; 3] = ["credential.add", "credential.rotate", "credential.confirm"];

/// Looks once each time the vault is opened; what was put back is used no more, and told of.
pub(super) async fn look(store: Store) {
    let newest = match newest(&store).await {
        Ok(newest) => newest,
        Err(error) => {
            tracing::warn!(%error, "whether credentials were put back cannot be seen");
            return;
        }
    };
    let snapshot = store.snapshot();
    let is_older = |id: &CredentialId, version: u64| newest.get(id).is_some_and(|known| *known > version);
    let found = snapshot.credentials().into_iter();
    let found = found.filter(|entry| !entry.rolled_back && is_older(&entry.id, entry.version));
    let older: Vec<_> = found.cloned().collect();
    if older.is_empty() {
        return;
    }
    let ids = older.iter().map(|entry| entry.id).collect();
    if let Err(error) = store.distrust(senses::now(), ids).await {
        tracing::error!(%error, "credentials that were put back cannot be taken out of use");
    }
    for entry in older {
        let known = newest.get(&entry.id).copied();
        tracing::error!(credential = %entry.name, version = entry.version, known, "a credential was put back as it once was");
        let detail = json!({ "id": entry.id, "credential": entry.name, "version": entry.version, "known": known });
        let id = EventId::from_bytes(senses::random());
        let concerns = entry.owner.person().map(str::to_owned);
        let intent =
            Intent { concerns, ..Intent::of_core(id, senses::now(), "credential.rollback", detail.to_string()) };
        if store.recorder().whole(intent, Ending::of(Outcome::Ok)).await.is_err() {
            tracing::error!("that cannot be recorded");
        }
    }
}

/// The newest version of each credential, as acts that went well say.
async fn newest(store: &Store) -> Result<HashMap<CredentialId, u64>, peta_store::QueryError> {
    let mut newest = HashMap::new();
    for kind in MAKES {
        let mut part = Part::After(None);
        loop {
            let query = EventQuery {
                kind: Some(kind.to_owned()),
                outcome: Some(Outcome::Ok),
                part,
                limit: peta_store::PAGE_LIMIT,
                ..EventQuery::default()
            };
            let page = store.events(&query).await?;
            for event in &page.events {
                let detail: Value =
                    event.detail.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
                let id = detail.get("id").and_then(Value::as_str).and_then(|id| id.parse::<CredentialId>().ok());
                if let (Some(id), Some(version)) = (id, detail.get("version").and_then(Value::as_u64)) {
                    let known = newest.entry(id).or_insert(0);
                    *known = version.max(*known);
                }
            }
            match page.cursor {
                Some(cursor) => part = Part::After(Some(cursor)),
                None => break,
            }
        }
    }
    Ok(newest)
}
