//! Objects of an S3-compatible store: one object a batch, one line an event. A batch that comes again has the same name.

use std::sync::Arc;

use http::Method;
use peta_dial::{Lender, Target};
use peta_store::{Ended, SinkSpec};

use super::{
    form::{Form, written},
    sign::{Asked, Scope, authorization, hash, stamp},
    wire::Wire,
};
use crate::{senses::Senses, trouble::Trouble};

pub(crate) struct S3 {
    wire: Wire,
    form: Form,
    host: String,
    prefix: String,
    user: String,
    region: String,
    senses: Senses,
}

impl S3 {
    pub(super) fn new(wire: Wire, form: Form, (spec, target): (&SinkSpec, &Target), senses: Senses) -> Self {
        let prefix = wire.path().trim_end_matches('/').to_owned();
        let user = spec.user.clone().unwrap_or_default();
        let region = spec.region.clone().unwrap_or_else(|| "us-east-1".to_owned());
        Self { wire, form, host: target.authority(), prefix, user, region, senses }
    }

    pub(super) async fn deliver(
        &self,
        batch: &Arc<[Ended]>,
        secret: Option<&Arc<dyn Lender>>,
    ) -> Result<String, Trouble> {
        let (Some(first), Some(last), Some(secret)) = (batch.first(), batch.last(), secret) else {
            return Err(Trouble::NoSecret);
        };
        let day = first.event.time.to_string().get(..10).unwrap_or_default().replace('-', "/");
        let ending = if self.form.is_json() { "jsonl" } else { "log" };
        let name = format!("{:020}-{:020}-{}.{ending}", first.number, last.number, first.event.id);
        let path = format!("{}/{day}/{name}", self.prefix);
        let lines = |form: &Form, batch: &[Ended]| {
            let lines = form.lines(batch);
            (hash(&lines), lines)
        };
        let (digest, body) = written((&self.form, batch), lines).await?;
        let at = stamp(self.senses.now());
        let signed = [("host", self.host.as_str()), ("x-amz-content-sha256", &digest), ("x-amz-date", &at)];
        let scope = Scope { user: &self.user, region: &self.region, at: &at };
        let asked = Asked { method: "PUT", path: &path, headers: &signed, digest: &digest };
        let lease = secret.lend().map_err(|_| Trouble::NoSecret)?;
        let authorization = lease.with(secret.now(), |secret| authorization(secret, scope, &asked));
        lease.end();
        let authorization = authorization.map_err(|_| Trouble::NoSecret)?;
        let headers = [
            ("content-type", if self.form.is_json() { "application/x-ndjson" } else { "text/plain" }),
            ("x-amz-content-sha256", &digest),
            ("x-amz-date", &at),
            ("authorization", &authorization),
        ];
        let reply = self.wire.ask((Method::PUT, &path), &headers, body, None).await?;
        // A store says which object it has.
        if reply.tag { Ok(format!("{}, kept as {path}", reply.status)) } else { Err(reply.garbage()) }
    }
}
