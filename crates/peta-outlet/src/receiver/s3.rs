//! Objects of an S3-compatible store: one object a batch, one line an event. A batch that comes again has the same name.

use std::sync::Arc;

use peta_dial::Lender;
use peta_store::Ended;

use super::{
    bucket::Bucket,
    form::{Form, written},
    sign::hash,
};
use crate::trouble::Trouble;

pub(crate) struct S3 {
    bucket: Bucket,
    form: Form,
}

impl S3 {
    pub(super) const fn new(bucket: Bucket, form: Form) -> Self {
        Self { bucket, form }
    }

    pub(super) async fn deliver(
        &self,
        batch: &Arc<[Ended]>,
        secret: Option<&Arc<dyn Lender>>,
    ) -> Result<String, Trouble> {
        let (Some(first), Some(last)) = (batch.first(), batch.last()) else { return Err(Trouble::NoSecret) };
        let day = first.event.time.to_string().get(..10).unwrap_or_default().replace('-', "/");
        let ending = if self.form.is_json() { "jsonl" } else { "log" };
        let name = format!("{:020}-{:020}-{}.{ending}", first.number, last.number, first.event.id);
        let path = format!("{}/{day}/{name}", self.bucket.prefix);
        let lines = |form: &Form, batch: &[Ended]| {
            let lines = form.lines(batch);
            (hash(&lines), lines)
        };
        let object = written((&self.form, batch), lines).await?;
        let media = if self.form.is_json() { "application/x-ndjson" } else { "text/plain" };
        let status = self.bucket.put((&path, media), object, secret).await?;
        Ok(format!("{status}, kept as {path}"))
    }
}
