//! The part of an event that is about people: names, what was typed, addresses of resources. It is kept sealed under the
//! key of whom it concerns; the public part holds a commitment to it, so that it can be shown to be what was written,
//! and nobody can guess it from the commitment.

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

use crate::{
    Intent,
    public::{is_public_name, public_reason},
};

/// How many random bytes go before the text that is committed to.
pub const SALT: usize = 32;

/// Stands for the text and its salt: SHA-256.
pub type Commitment = [u8; 32];

/// In the order of its JSON, which is canonical (RFC 8785).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Private {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capability: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

const DOMAIN: &[u8] = b"peta:commit:v1";

impl Private {
    /// What of an intent is not for everybody who reads the record.
    pub fn of(intent: &Intent) -> Self {
        let own = |text: &String| text.clone();
        Self {
            agent: intent.caller.agent.as_ref().map(|name| name.as_str().to_owned()),
            capability: intent.capability.as_ref().filter(|name| !is_public_name(name)).map(own),
            client: intent.facts.client.as_deref().map(str::to_owned),
            detail: intent.detail.as_ref().filter(|_| !intent.has_public_detail()).map(own),
            reasons: if intent.reasons.iter().all(|reason| public_reason(reason) == *reason) {
                Vec::new()
            } else {
                intent.reasons.clone()
            },
            request: intent.facts.request.as_ref().filter(|id| !is_public_name(id)).map(own),
            user: intent.caller.user.clone(),
        }
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The salt and the text behind it: what is sealed.
    pub fn to_bytes(&self, salt: &[u8; SALT]) -> Vec<u8> {
        let mut bytes = salt.to_vec();
        // It has only strings, so it cannot fail.
        serde_json::to_writer(&mut bytes, self).unwrap_or_default();
        bytes
    }

    /// The way back from the text behind the salt.
    pub fn of_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// Of what is sealed: salt and text.
pub fn commitment(salted: &[u8]) -> Commitment {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(DOMAIN);
    context.update(salted);
    let mut commitment = [0; 32];
    commitment.iter_mut().zip(context.finish().as_ref()).for_each(|(to, from)| *to = *from);
    commitment
}

#[cfg(test)]
mod tests;
