//! What was cut out of what a server said goes on record.

use std::{
    collections::BTreeMap,
    sync::{Arc, MutexGuard, PoisonError},
};

use peta_audit::{Ending, Intent};
use peta_model::{CredentialId, EventId, Outcome, ServerId};
use peta_store::AgentEntry;
use peta_vault::sanitize::Cut;
use serde_json::json;
use tokio::time::Instant;

use super::{
    desk::Desk,
    echoes::{About, Echo, Echoes},
};

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
        let mut found: BTreeMap<About, Echo> = BTreeMap::new();
        for cut in cuts {
            let credential = CredentialId::from_bytes(cut.handed.credential);
            let about = About { server: self.server, secret: Some((credential, cut.handed.version)) };
            let echo = found.entry(about).or_default();
            echo.times += 1;
            echo.forms.insert(format!("{:?}", cut.kind).to_lowercase());
        }
        found.into_iter().for_each(|(about, echo)| self.note(about, echo));
    }

    /// A whole message was kept back.
    pub(super) fn uncut(&self) {
        self.note(About { server: self.server, secret: None }, Echo { times: 1, ..Echo::default() });
    }

    fn note(&self, about: About, echo: Echo) {
        if let Some(echo) = echoes(&self.desk).note(about, echo, Instant::now()) {
            // In the background: what came is clean already, and whoever waits for it need not wait for this.
            tokio::spawn(self.echo(about, echo));
        }
    }

    fn echo(&self, about: About, echo: Echo) -> impl Future<Output = ()> + Send + use<> {
        let (concerns, detail) = match about.secret {
            Some((credential, version)) => {
                tracing::warn!(server = %self.server, times = echo.times, "a server sent a secret back; it was cut");
                let snapshot = self.desk.store.snapshot();
                let entry = snapshot.credential(&credential);
                let detail = json!({
                    "credential": credential, "name": entry.map(|entry| &entry.name), "version": version,
                    "times": echo.times, "forms": echo.forms, "cut": true,
                });
                (entry.and_then(|entry| entry.owner.person()).map(str::to_owned), detail)
            }
            None => {
                let times = echo.times;
                tracing::warn!(server = %self.server, times, "a server sent a secret back where it cannot be cut");
                (None, json!({ "times": times, "cut": false }))
            }
        };
        self.recorded(concerns, "credential.echo", &detail)
    }

    /// An agent guessed at a secret.
    pub(super) fn guessed(&self, agent: &AgentEntry, credential: CredentialId, suspended: bool) {
        let name = self.desk.store.snapshot().credential(&credential).map(|entry| entry.name.clone());
        tracing::warn!(agent = %agent.name, suspended, "an agent sent a secret that it was never given");
        let detail = json!({
            "agent": agent.name, "credential": credential, "name": name, "times": agent.guesses, "suspended": suspended,
        });
        tokio::spawn(self.recorded(agent.user.clone(), "credential.guess", &detail));
    }

    /// `concerns` is the person that it is about.
    fn recorded(
        &self,
        concerns: Option<String>,
        kind: &'static str,
        detail: &serde_json::Value,
    ) -> impl Future<Output = ()> + Send + use<> {
        let Self { desk, server } = self.clone();
        let slug = desk.store.snapshot().server_by_id(server).map(|server| server.spec.name.clone());
        let id = EventId::from_bytes(desk.safe.random_bytes().unwrap_or_default());
        let intent = Intent::of_core(id, (desk.day)(), kind, detail.to_string());
        let intent = Intent { server: slug, concerns, ..intent };
        async move {
            if desk.store.recorder().whole(intent, Ending::of(Outcome::Ok)).await.is_err() {
                tracing::error!(kind, "it cannot be recorded");
            }
        }
    }
}

/// Tells of what servers repeated in minutes that are over; `all`, of the rest as well.
pub(super) async fn tell_echoes(desk: &Arc<Desk>, all: bool) {
    let due = if all { echoes(desk).rest() } else { echoes(desk).due(Instant::now()) };
    for (about, echo) in due {
        Told::of(desk, about.server).echo(about, echo).await;
    }
}

fn echoes(desk: &Desk) -> MutexGuard<'_, Echoes> {
    desk.echoes.lock().unwrap_or_else(PoisonError::into_inner)
}
