//! What was cut out of what a server said goes on record.

use std::{collections::BTreeMap, sync::Arc};

use peta_audit::{Ending, Intent};
use peta_model::{CredentialId, EventId, Outcome, ServerId};
use peta_store::AgentEntry;
use peta_vault::sanitize::Cut;
use serde_json::json;

use super::desk::Desk;

/// Tells of what was cut.
#[derive(Clone)]
pub(super) struct Told {
    desk: Arc<Desk>,
    server: ServerId,
}

impl Told {
    pub(super) fn of(desk: &Arc<Desk>, server: ServerId) -> Self {
        Self { desk: Arc::clone(desk), server }
    }

    /// What was cut goes on record: by credential, version and server, with how often and in which forms.
    pub(super) fn cut(&self, cuts: Vec<Cut>) {
        if cuts.is_empty() {
            return;
        }
        let mut counts: BTreeMap<_, (u64, Vec<String>)> = BTreeMap::new();
        for cut in cuts {
            let (times, forms) = counts.entry(cut.handed).or_default();
            *times += 1;
            let form = format!("{:?}", cut.kind).to_lowercase();
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
        tracing::warn!(server = %self.server, "a server sent a secret back; it was cut");
        for (handed, (times, forms)) in counts {
            let id = CredentialId::from_bytes(handed.credential);
            let name = self.desk.store.snapshot().credential(&id).map(|entry| entry.name.clone());
            self.record("credential.echo", json!({
                "credential": id, "name": name, "version": handed.version, "times": times, "forms": forms, "cut": true,
            }));
        }
    }

    /// An agent guessed at a secret.
    pub(super) fn guessed(&self, agent: &AgentEntry, credential: CredentialId, suspended: bool) {
        let name = self.desk.store.snapshot().credential(&credential).map(|entry| entry.name.clone());
        tracing::warn!(agent = %agent.name, suspended, "an agent sent a secret that it was never given");
        self.record("credential.guess", json!({
            "agent": agent.name, "credential": credential, "name": name, "times": agent.guesses, "suspended": suspended,
        }));
    }

    /// A whole message was kept back.
    pub(super) fn uncut(&self) {
        tracing::warn!("a server sent a secret back where it cannot be cut");
        self.record("credential.echo", json!({ "cut": false }));
    }

    /// In the background: what came is clean already, and whoever waits for it need not wait for this.
    fn record(&self, kind: &'static str, detail: serde_json::Value) {
        let Self { desk, server } = self.clone();
        let slug = desk.store.snapshot().server_by_id(server).map(|server| server.spec.name.clone());
        let id = EventId::from_bytes(desk.safe.random_bytes().unwrap_or_default());
        let intent = Intent::of_core(id, (desk.day)(), kind, detail.to_string());
        let intent = Intent { server: slug, ..intent };
        tokio::spawn(async move { desk.store.recorder().whole(intent, Ending::of(Outcome::Ok)).await });
    }
}
