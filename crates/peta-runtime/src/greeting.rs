//! What the runtime itself says to a server: the handshake, and what must be said again after a silent re-opening
//! (the log level, the subscriptions). Kept per instance, so that it survives the loss of a line.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use peta_mcp::{ClientFeatures, Method, Splice, Value, Version, write};

use crate::{description::Description, key::Profile, lock::lock};

#[derive(Debug)]
pub(crate) struct Greeting {
    /// The `params` of `initialize`.
    params: String,
    client: ClientFeatures,
    ids: AtomicU64,
    kept: Mutex<Kept>,
    /// Whether what the server says of itself is wanted at all.
    listens: bool,
}

#[derive(Debug, Default)]
struct Kept {
    level: Option<String>,
    subscriptions: BTreeSet<String>,
}

impl Greeting {
    pub(crate) fn new(profile: &Profile, listens: bool) -> Self {
        let client = Value::of(&profile.params)
            .ok()
            .and_then(|params| params.get("capabilities"))
            .map(ClientFeatures::parse)
            .unwrap_or_default();
        let params = with_our_version(&profile.params);
        Self { params, client, ids: AtomicU64::new(1), kept: Mutex::default(), listens }
    }

    /// The next id; no id of an instance is ever used again.
    pub(crate) fn id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn initialize(&self, id: u64) -> Bytes {
        write::request(id, Method::INITIALIZE, Some(&self.params))
    }

    pub(crate) fn initialized() -> Bytes {
        write::notification(Method::INITIALIZED, None)
    }

    /// Whether the server may have something to say outside of answers that anybody wants to hear.
    pub(crate) fn wants_to_listen(&self, to: &Description) -> bool {
        let server = to.features;
        let says = server.any_list_changed() || server.resources_subscribe || server.logging || server.tasks;
        self.listens && (says || self.client.any())
    }

    pub(crate) fn keep_level(&self, params: Option<String>) {
        lock(&self.kept).level = params;
    }

    pub(crate) fn keep_subscription(&self, params: String) {
        lock(&self.kept).subscriptions.insert(params);
    }

    pub(crate) fn drop_subscription(&self, params: &str) {
        lock(&self.kept).subscriptions.remove(params);
    }

    pub(crate) fn has_subscriptions(&self) -> bool {
        !lock(&self.kept).subscriptions.is_empty()
    }

    /// What to ask for again after a re-opening: method and raw `params`.
    pub(crate) fn replay(&self, of: &Description) -> Vec<(&'static str, String)> {
        let kept = lock(&self.kept);
        let level = kept.level.iter().filter(|_| of.features.logging).map(|level| (Method::SET_LEVEL, level.clone()));
        let wanted = kept.subscriptions.iter().filter(|_| of.features.resources_subscribe);
        level.chain(wanted.map(|params| (Method::SUBSCRIBE, params.clone()))).collect()
    }
}

/// The agent's `params` with the version that this hop speaks, and every other byte as it was.
fn with_our_version(params: &str) -> String {
    let ours = write::string(Version::LATEST.as_str());
    let Ok(object) = Value::of(params) else { return Profile::of_nobody().params };
    let mut splice = Splice::new(params);
    match object.get("protocolVersion") {
        Some(version) => splice.replace(version.range(), ours),
        None => splice.add_member(object, "protocolVersion", &ours),
    }
    let written = peta_mcp::compact(splice.finish());
    String::from_utf8_lossy(&written).into_owned()
}

#[cfg(test)]
mod tests;
