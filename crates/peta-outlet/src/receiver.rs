//! Those who receive, one kind a file. Each takes a batch and says whether it has it.

mod bucket;
mod elastic;
mod file;
mod form;
mod otlp;
mod s3;
mod sign;
mod splunk;
mod stdout;
mod syslog;
mod webhook;
mod wire;

use std::{sync::Arc, time::Duration};

use peta_audit::format::Issuer;
use peta_dial::{Dialer, Lender, Target};
use peta_model::SinkKind;
use peta_store::{Ended, SinkEntry, SinkSpec};

use crate::{senses::Senses, trouble::Trouble};
pub(crate) use bucket::Bucket;
use form::Form;
pub(crate) use sign::hash;
pub(crate) use wire::Wire;

/// One receiver, with the connection that it keeps.
pub(crate) enum Receiver {
    File(file::File),
    Stdout(stdout::Stdout),
    Syslog(syslog::Syslog),
    Otlp(otlp::Otlp),
    Splunk(splunk::Splunk),
    Elastic(elastic::Elastic),
    Webhook(webhook::Webhook),
    S3(s3::S3),
}

impl Receiver {
    /// One that has not been reached yet. The texts say what about it cannot be used.
    pub(crate) fn new(
        entry: &SinkEntry,
        issuer: Arc<Issuer>,
        dialer: &Dialer,
        (deadline, senses): (Duration, Senses),
    ) -> Result<Self, String> {
        let spec = &*entry.spec;
        let form = Form { format: spec.format, issuer };
        match spec.to.kind() {
            SinkKind::File => return Ok(Self::File(file::File::new(spec.to.path(), form))),
            SinkKind::Stdout => return Ok(Self::Stdout(stdout::Stdout::new(form))),
            _ => {}
        }
        let dialer = match &spec.ca {
            Some(authorities) => dialer.trusting(authorities.as_bytes()).map_err(|error| error.to_string())?,
            None => dialer.clone(),
        };
        let target: Target = dialer.target(&spec.to.address()).map_err(|error| error.to_string())?;
        let wire = |splices| {
            let wire = Wire::new(&dialer, &target, spec, splices, (deadline, senses.clone()));
            let basic = Self::basic_user(spec).is_some();
            if basic { wire.with_header("authorization", "Basic {}") } else { wire }
        };
        Ok(match spec.to.kind() {
            SinkKind::Otlp => Self::Otlp(otlp::Otlp::new(wire(entry.secret), form)),
            SinkKind::Splunk => Self::Splunk(splunk::Splunk::new(wire(true), form, (entry.id, spec.ack), senses)),
            SinkKind::Elastic => Self::Elastic(elastic::Elastic::new(wire(entry.secret), form)),
            SinkKind::Webhook => Self::Webhook(webhook::Webhook::new(wire(false), form, senses)),
            SinkKind::S3 => Self::S3(s3::S3::new(Bucket::new(wire(false), (spec, &target), senses), form)),
            SinkKind::File | SinkKind::Stdout | SinkKind::Syslog => {
                Self::Syslog(syslog::Syslog::new(dialer, target, form, deadline))
            }
        })
    }

    /// The user of HTTP Basic, of a receiver that wants it.
    pub(crate) fn basic_user(spec: &SinkSpec) -> Option<&str> {
        spec.user.as_deref().filter(|_| matches!(spec.to.kind(), SinkKind::Elastic | SinkKind::Otlp))
    }

    /// So many events at once.
    pub(crate) const fn most(&self) -> usize {
        match self {
            Self::File(_) | Self::Stdout(_) | Self::Syslog(_) => 1_000,
            Self::Otlp(_) | Self::Splunk(_) | Self::Elastic(_) => 500,
            Self::Webhook(_) => 100,
            Self::S3(_) => 10_000,
        }
    }

    /// And about so many bytes.
    pub(crate) const fn bytes(&self) -> usize {
        match self {
            Self::S3(_) => 8 << 20,
            _ => 1 << 20,
        }
    }

    /// How long events are gathered for one batch.
    pub(crate) const fn linger(&self) -> Duration {
        match self {
            Self::S3(_) => Duration::from_secs(60),
            // Each batch is a connection of its own.
            Self::Syslog(_) => Duration::from_millis(200),
            // While much is recorded, few batches with much in them rather than many with little.
            _ => Duration::from_millis(50),
        }
    }

    /// Sends these; what came back, once they are acknowledged.
    pub(crate) async fn deliver(
        &mut self,
        batch: &Arc<[Ended]>,
        secret: Option<&Arc<dyn Lender>>,
    ) -> Result<String, Trouble> {
        match self {
            Self::File(it) => it.deliver(batch).await,
            Self::Stdout(it) => it.deliver(batch).await,
            Self::Syslog(it) => it.deliver(batch).await,
            Self::Otlp(it) => it.deliver(batch, secret).await,
            Self::Splunk(it) => it.deliver(batch, secret).await,
            Self::Elastic(it) => it.deliver(batch, secret).await,
            Self::Webhook(it) => it.deliver(batch, secret).await,
            Self::S3(it) => it.deliver(batch, secret).await,
        }
    }
}
