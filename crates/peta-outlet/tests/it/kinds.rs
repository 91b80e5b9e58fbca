//! Each kind over HTTP: its URL, what it proves itself with, and a strict reading of what it sends.

use peta_store::SinkSpec;
use peta_testkit::services::{Said, Seen};

use crate::{
    elastic, otlp, s3, splunk, webhook,
    world::{json, spec},
};

/// One kind.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) spec: fn(&str) -> SinkSpec,
    pub(crate) secret: bool,
    /// The identifiers of the events in a request; whatever is wrong with it panics.
    pub(crate) read: fn(&Seen) -> Vec<String>,
    pub(crate) answer: fn(&Seen) -> Said,
    /// A success that is none of its own.
    pub(crate) garbage: &'static str,
}

pub(crate) const ALL: [Kind; 6] = [
    Kind {
        name: "otlp",
        spec: |at| spec(&format!("otlp+http://{at}/v1/logs")),
        secret: false,
        read: otlp::read,
        answer: |_| Said::json(200, "{}"),
        garbage: "<html>sign in</html>",
    },
    Kind {
        name: "splunk",
        spec: |at| json(spec(&format!("splunk+http://{at}"))),
        secret: true,
        read: splunk::read,
        answer: |_| Said::json(200, r#"{"text":"Success","code":0}"#),
        garbage: "{}",
    },
    Kind {
        name: "splunk acknowledged",
        spec: |at| SinkSpec { ack: true, ..json(spec(&format!("splunk+http://{at}"))) },
        secret: true,
        read: splunk::read,
        answer: splunk::acknowledged,
        garbage: "{\"acks\":7}",
    },
    Kind {
        name: "elastic",
        spec: |at| SinkSpec { user: Some("peta".into()), ..json(spec(&format!("elastic+http://{at}/peta"))) },
        secret: true,
        read: elastic::read,
        answer: elastic::created,
        garbage: r#"{"items":[]}"#,
    },
    Kind {
        name: "webhook",
        spec: |at| json(spec(&format!("webhook+http://{at}/hook?a=b"))),
        secret: true,
        read: webhook::read,
        answer: |_| Said::json(202, ""),
        // Any success is one: nothing of it is read.
        garbage: "",
    },
    Kind {
        name: "s3",
        spec: |at| SinkSpec { user: Some("AKID".into()), ..json(spec(&format!("s3+http://{at}/bucket/pre/fix"))) },
        secret: true,
        read: s3::read,
        answer: |_| Said { status: 200, headers: vec![("etag", "\"1\"".to_owned())], body: String::new() },
        garbage: "<html>sign in</html>",
    },
];
