//! One entry of the record while it is being made: what was asked, by whom, of what, what the judge said.

use std::sync::Arc;

use bytes::Bytes;
use peta_audit::{CARRIED_LIMIT, Carried, Ending, Facts, Intent, Payload, Stage};
use peta_mcp::{Message, RequestId, Tap, Tapped};
use peta_model::{Code, Decision, EventId, EventKind, Outcome, Slug};
use peta_store::{CredentialEntry, Receipt, ServerEntry};
use serde_json::json;
use tokio::time::Instant;

use crate::{
    admit::Caller,
    catalog::definition::Definition,
    custody::Chosen,
    guess,
    hub::Hub,
    refuse::{Refusal, rpc},
    said::Keeping,
    session::{Endpoint, Session, laps::Laps},
    stop::{Stop, Why},
    work::rare,
};

pub struct Entry {
    began: Instant,
    /// When the stage began that goes on.
    lap: Instant,
    laps: Laps,
    intent: Intent,
    receipt: Option<Receipt>,
    /// How it will end, where that is known before the answer is looked at.
    outcome: Option<Outcome>,
    /// What was said is kept, too.
    keeping: Option<Keeping>,
    /// The id to answer to, as written.
    id: String,
}

impl Entry {
    /// Begins an entry; until the judge has spoken, it says deny.
    pub(crate) fn open(hub: &Hub, kind: EventKind, caller: &Caller, session: &Session, message: &Message) -> Self {
        let who = peta_audit::Caller {
            agent: Some(caller.agent.name.clone()),
            agent_id: Some(caller.agent.id),
            user: caller.agent.user.clone(),
            token: caller.token,
            admin: None,
        };
        let server = match &session.endpoint {
            Endpoint::Aggregate => None,
            Endpoint::Server(slug) => Some(slug.clone()),
        };
        let facts = Facts {
            client: session.hello().and_then(|hello| hello.client.clone()),
            request: message.id().map(|id| id.text().into_owned()),
            policy_version: Some(caller.snapshot.sequence),
            ..Facts::default()
        };
        let intent = Intent {
            id: EventId::from_bytes(hub.random.bytes().unwrap_or_default()),
            time: hub.now(),
            kind,
            caller: who,
            session: Some(session.shown()),
            server,
            capability: None,
            decision: Decision::Deny,
            reasons: Vec::new(),
            request_bytes: message.bytes().len() as u64,
            detail: None,
            concerns: None,
            facts,
        };
        let began = Instant::now();
        Self {
            began,
            lap: began,
            laps: Laps::default(),
            intent,
            receipt: None,
            outcome: None,
            keeping: None,
            id: message.id().map_or("null", RequestId::raw).to_owned(),
        }
    }

    /// The agent's word for what it wants; replaced by the server's own once that is known.
    pub(crate) fn names(&mut self, asked: &str) {
        let cut = asked.char_indices().nth(1_024).map_or(asked.len(), |(at, _)| at);
        let asked = asked.get(..cut).unwrap_or_default();
        match &mut self.intent.capability {
            Some(capability) => asked.clone_into(capability),
            none => *none = Some(asked.to_owned()),
        }
    }

    pub(crate) fn at(&mut self, server: &ServerEntry, own: &str) {
        self.of(&server.spec.name);
        self.names(own);
    }

    pub(crate) fn of(&mut self, slug: &Slug) {
        self.intent.server = Some(slug.clone());
    }

    /// Its definition, as the agent sees it.
    pub(crate) fn defined(&mut self, definition: Option<Definition>) {
        self.intent.facts.pin = definition.and_then(|definition| definition.pin);
        self.intent.facts.operation = definition.and_then(|definition| definition.operation);
    }

    /// A stage ends here.
    pub(crate) fn lap(&mut self, stage: Stage) {
        let now = Instant::now();
        self.laps.add(stage, now - self.lap);
        self.lap = now;
    }

    pub(crate) const fn laps(&self) -> &Laps {
        &self.laps
    }

    pub(crate) fn decided(&mut self, decision: Decision, reasons: Vec<String>) {
        self.intent.decision = decision;
        self.intent.reasons = reasons;
    }

    /// As whose, and with which version, the call goes to its server.
    pub(crate) fn carries(&mut self, chosen: &Chosen) {
        if chosen.is_empty() {
            return;
        }
        let carried = chosen.iter().map(|entry| {
            json!({
                "credential": entry.id, "name": entry.name, "owner": entry.owner.to_string(), "version": entry.version,
            })
        });
        let carried: Vec<_> = carried.collect();
        let version = |entry: &Arc<CredentialEntry>| Carried {
            delivery: entry.delivery.class(),
            id: entry.id,
            version: entry.version,
        };
        self.intent.facts.credentials = chosen.iter().take(CARRIED_LIMIT).map(version).collect();
        self.intent.detail = Some(json!({ "credentials": carried }).to_string());
    }

    pub(crate) fn allow(&mut self) {
        self.intent.decision = Decision::Allow;
    }

    /// The answer is Peta's own work: nothing in it can say that something failed.
    pub(crate) fn went_well(&mut self) {
        self.outcome = Some(Outcome::Ok);
    }

    pub(crate) fn known_outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// Writes the intent. What is not recorded does not happen.
    pub(crate) async fn intend(&mut self, hub: &Hub) -> Result<(), Refusal> {
        let receipt = hub.store.recorder().intent(&mut self.intent).await.map_err(|_| not_recorded())?;
        self.receipt = Some(receipt);
        Ok(())
    }

    /// The same, and what the agent sent, if that is kept of calls to this server.
    pub(crate) async fn intend_at(
        &mut self,
        hub: &Hub,
        server: &ServerEntry,
        request: &Message,
    ) -> Result<(), Refusal> {
        let Some(keeping) = Keeping::of(&hub.config.payloads, server) else { return self.intend(hub).await };
        rare(async {
            // Before anything of it is kept: what holds a secret of ours is refused.
            if let Some(agent) = self.intent.caller.agent_id {
                guess::none(hub, agent, server.id, request.bytes()).await?;
            }
            let arguments = keeping.arguments(request);
            let written = hub.store.recorder().intent_with(&mut self.intent, &arguments).await;
            self.receipt = Some(written.map_err(|_| not_recorded())?);
            self.keeping = Some(keeping);
            Ok(())
        })
        .await
    }

    /// To be told of the answer, if it is kept.
    pub(crate) fn tap(&self) -> Option<Tap> {
        self.keeping.map(Keeping::tap)
    }

    /// The receipt of the intent, for an end that somebody else will write.
    pub(crate) fn into_receipt(self) -> Option<Receipt> {
        self.receipt
    }

    /// Writes how it ended: after its intent, or in one piece if it never got so far.
    pub(crate) async fn end(
        self,
        hub: &Hub,
        outcome: Outcome,
        code: Option<Code>,
        response_bytes: usize,
    ) -> Result<(), Refusal> {
        self.end_with(hub, (outcome, code), response_bytes, None).await
    }

    /// The same, of an answer that left as it came.
    pub(crate) async fn passed(
        self,
        hub: &Hub,
        outcome: Outcome,
        length: usize,
        tapped: Option<Tapped>,
    ) -> Result<(), Refusal> {
        let result = self.keeping.map(|keeping| keeping.payload(tapped));
        self.end_with(hub, (outcome, None), length, result).await
    }

    async fn end_with(
        self,
        hub: &Hub,
        (outcome, code): (Outcome, Option<Code>),
        response_bytes: usize,
        result: Option<Payload>,
    ) -> Result<(), Refusal> {
        let duration_us = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let stages = self.laps.stages();
        let ending = Ending { outcome, code, duration_us, response_bytes: response_bytes as u64, stages };
        let recorder = hub.store.recorder();
        let written = match self.receipt {
            Some(receipt) => match result {
                None => recorder.outcome(receipt, ending).await.map(|_| ()),
                Some(result) => rare(recorder.outcome_with(receipt, ending, Some(&result))).await.map(|_| ()),
            },
            None => recorder.whole(self.intent, ending).await.map(|_| ()),
        };
        written.map_err(|_| not_recorded())
    }

    /// Ends with an answer; withheld if that cannot be recorded.
    pub(crate) async fn answered(self, hub: &Hub, outcome: Outcome, answer: Bytes) -> Bytes {
        let id = self.id.clone();
        let result = self.keeping.map(|keeping| keeping.result(&answer));
        match self.end_with(hub, (outcome, None), answer.len(), result).await {
            Ok(()) => answer,
            Err(unwritten) => unwritten.error(&id),
        }
    }

    /// Ends with a refusal or a cancellation; gives the answer that is due.
    pub(crate) async fn stopped(self, hub: &Hub, stop: Stop) -> Option<Bytes> {
        match stop.0 {
            Why::Cancelled => {
                // The agent hears nothing more of it, so there is no answer to withhold.
                let _ = self.end(hub, Outcome::Cancelled, Some(Code::CALL_CANCELLED), 0).await;
                None
            }
            Why::Refused(refusal) => {
                let (id, answer) = (self.id.clone(), refusal.error(&self.id));
                let result = self.keeping.map(|keeping| keeping.result(&answer));
                match self.end_with(hub, (refusal.outcome(), Some(refusal.code)), answer.len(), result).await {
                    Ok(()) => Some(answer),
                    Err(unwritten) => Some(unwritten.error(&id)),
                }
            }
        }
    }
}

fn not_recorded() -> Refusal {
    Refusal::new(Code::NOT_RECORDED, rpc::INTERNAL, "The record cannot be written, so nothing is answered")
}
