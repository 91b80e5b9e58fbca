//! Requests to an S3-compatible store, signed: an object is put, or read again.

use std::sync::Arc;

use http::{Method, StatusCode};
use peta_dial::{Lender, Target};
use peta_store::SinkSpec;

use super::{
    sign::{Asked, Scope, authorization, hash, stamp},
    wire::{Reply, Wire},
};
use crate::{senses::Senses, trouble::Trouble};

pub(crate) struct Bucket {
    wire: Wire,
    host: String,
    /// The bucket, and what names in it begin with.
    pub(crate) prefix: String,
    user: String,
    region: String,
    senses: Senses,
}

impl Bucket {
    pub(crate) fn new(wire: Wire, (spec, target): (&SinkSpec, &Target), senses: Senses) -> Self {
        let prefix = wire.path().trim_end_matches('/').to_owned();
        let user = spec.user.clone().unwrap_or_default();
        let region = spec.region.clone().unwrap_or_else(|| "us-east-1".to_owned());
        Self { wire, host: target.authority(), prefix, user, region, senses }
    }

    /// Puts an object, whose digest is given; what was answered once the store has it.
    pub(crate) async fn put(
        &self,
        (path, media): (&str, &str),
        (digest, body): (String, Vec<u8>),
        secret: Option<&Arc<dyn Lender>>,
    ) -> Result<StatusCode, Trouble> {
        let reply = self.ask((Method::PUT, path), Some(media), (digest, body), secret).await?;
        // A store says which object it has.
        if reply.tag { Ok(reply.status) } else { Err(reply.garbage()) }
    }

    /// Reads an object.
    pub(crate) async fn get(&self, path: &str, secret: Option<&Arc<dyn Lender>>) -> Result<Vec<u8>, Trouble> {
        let reply = self.ask((Method::GET, path), None, (hash(b""), Vec::new()), secret).await?;
        Ok(reply.body.into())
    }

    async fn ask(
        &self,
        (method, path): (Method, &str),
        media: Option<&str>,
        (digest, body): (String, Vec<u8>),
        secret: Option<&Arc<dyn Lender>>,
    ) -> Result<Reply, Trouble> {
        let secret = secret.ok_or(Trouble::NoSecret)?;
        let at = stamp(self.senses.now());
        let signed = [("host", self.host.as_str()), ("x-amz-content-sha256", &digest), ("x-amz-date", &at)];
        let scope = Scope { user: &self.user, region: &self.region, at: &at };
        let asked = Asked { method: method.as_str(), path, headers: &signed, digest: &digest };
        let lease = secret.lend().map_err(|_| Trouble::NoSecret)?;
        let authorization = lease.with(secret.now(), |secret| authorization(secret, scope, &asked));
        lease.end();
        let authorization = authorization.map_err(|_| Trouble::NoSecret)?;
        let mut headers: Vec<(&str, &str)> = media.map(|media| ("content-type", media)).into_iter().collect();
        headers.extend([
            ("x-amz-content-sha256", digest.as_str()),
            ("x-amz-date", &at),
            ("authorization", &authorization),
        ]);
        self.wire.ask((method, path), &headers, body, None).await
    }
}
