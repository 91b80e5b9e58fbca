//! Sinks as administrators see them; somebody stands in for who sends.

use std::sync::Arc;

use peta_admin::{ArchiveStanding, Fetching, SinkStanding, Sinks, Testing, UnfitSink};
use peta_api::{
    EventQuery, Level, SinkState,
    endpoint::{AddSink, ListEvents, ListFindings, ListSinks, RemoveSink, ShowSink, TestSink},
};
use peta_audit::format::Format;
use peta_model::{Code, SinkId, SinkKind};
use peta_store::{ArchivedFile, SinkEntry, SinkSpec};
use serde_json::json;

use crate::world::World;

/// Sends nothing: webhooks are taken, all else is not.
struct Nobody;

pub(crate) fn sinks() -> Arc<dyn Sinks> {
    Arc::new(Nobody)
}

impl Sinks for Nobody {
    fn usual_format(&self, kind: SinkKind) -> Format {
        if kind == SinkKind::File { Format::Json } else { Format::Ocsf }
    }

    fn check(&self, spec: &SinkSpec, secret: bool) -> Result<(), UnfitSink> {
        let fits = secret || spec.to.kind() != SinkKind::Webhook;
        if fits { Ok(()) } else { Err(UnfitSink { field: "secret", why: "it needs a secret".to_owned() }) }
    }

    fn check_witness(&self, place: &str, key: &str, _: Option<&str>) -> Result<(), UnfitSink> {
        let unfit = |field, why: &str| Err(UnfitSink { field, why: why.to_owned() });
        match (place.starts_with("https://"), key.is_empty()) {
            (true, false) => Ok(()),
            (true, true) => unfit("key", "it is empty"),
            (false, _) => unfit("place", "it is no URL"),
        }
    }

    fn standing(&self, _: SinkId) -> Option<SinkStanding> {
        Some(SinkStanding {
            state: SinkState::Failing,
            why: Some("no".to_owned()),
            code: None,
            since: None,
            read: 1,
            lag_us: 7,
            sent: 3,
            skipped: 2,
            last: None,
        })
    }

    fn test<'s>(&'s self, sink: &'s SinkEntry) -> Testing<'s> {
        Box::pin(async move {
            match sink.spec.to.kind() {
                SinkKind::Webhook => Ok("202 Accepted: nothing".to_owned()),
                _ => Err((Code::SINK_AWAY, "it does not accept connections".to_owned())),
            }
        })
    }

    fn archive(&self) -> ArchiveStanding {
        let why = Some("the disk is away".to_owned());
        ArchiveStanding { state: SinkState::Retrying, why, code: Some(Code::ARCHIVE_AWAY), since: None }
    }

    fn fetch<'s>(&'s self, _: &'s ArchivedFile) -> Fetching<'s> {
        Box::pin(async { Err((Code::ARCHIVE_DAMAGED, "it was changed".to_owned())) })
    }
}

const SECRET: &str = "a secret that nobody sees again";

#[tokio::test]
async fn a_sink_is_added_shown_tried_and_removed_and_its_secret_is_never_seen() {
    let world = World::new().await;
    let body = json!({
        "name": "hook", "to": "webhook+https://hooks.example/in", "secret": SECRET, "private": true,
        "decision": "deny", "headers": ["X-Tenant: a"],
    });
    let added = world.done::<AddSink>(&[], (), body.clone()).await;
    assert_eq!((added.name.as_str(), added.setup.format.as_str(), added.secret), ("hook", "ocsf", true));
    assert_eq!((added.health.state, added.health.sent, added.health.skipped), (SinkState::Failing, 3, 2));
    assert_eq!(added.health.why.as_deref(), Some("no"));
    assert_eq!(added.setup.headers, ["X-Tenant: a"]);
    assert_eq!(world.done::<ShowSink>(&["hook"], (), json!(null)).await.id, added.id);
    let findings = world.done::<ListFindings>(&[], (), json!(null)).await.items;
    let found = findings.iter().find(|finding| finding.subject == "sink hook").unwrap();
    assert!(found.level == Level::Problem && found.text == "failing: no", "{found:?}");
    assert_eq!(world.done::<ListSinks>(&[], (), json!(null)).await.items.len(), 1);
    assert!(world.refused::<AddSink>(&[], (), body).await.starts_with("409 P7004 [name]"));

    let tested = world.done::<TestSink>(&["hook"], (), json!(null)).await;
    assert_eq!((tested.taken, tested.answer.as_str(), tested.code), (true, "202 Accepted: nothing", None));
    let file = json!({ "name": "file", "to": "file:/var/log/peta.jsonl", "from_beginning": true });
    let file = world.done::<AddSink>(&[], (), file).await;
    assert_eq!(file.setup.format, "json");
    let tested = world.done::<TestSink>(&["file"], (), json!(null)).await;
    assert_eq!((tested.taken, tested.code.as_deref()), (false, Some("P6020")));

    // Sealed under a place of its own, which is no credential's.
    let snapshot = world.store.snapshot();
    let sealed = world.store.sink_secret(added.id).await.unwrap().unwrap();
    let open = |kind, object| world.safe.open_bytes(&sealed, (snapshot.tenant, kind, object, 1));
    assert_eq!(**open(peta_vault::Kind::Sink, *added.id.as_bytes()).unwrap(), *SECRET.as_bytes());
    assert!(open(peta_vault::Kind::Client, *added.id.as_bytes()).is_err());
    assert!(open(peta_vault::Kind::Sink, *file.id.as_bytes()).is_err());
    // What is sent begins with the act that added it, or with the record.
    let (hook, file) = (world.store.sink_read(added.id).await.unwrap(), world.store.sink_read(file.id).await.unwrap());
    assert!(hook > file && file == Some(0), "{hook:?} {file:?}");

    world.done::<RemoveSink>(&["hook"], (), json!(null)).await;
    assert!(world.refused::<ShowSink>(&["hook"], (), json!(null)).await.starts_with("404 P7003"));
    let events = world.done::<ListEvents>(&[], EventQuery::default(), json!(null)).await.items;
    let kinds: Vec<&str> = events.iter().rev().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["sink.add", "sink.add", "sink.test", "sink.add", "sink.test", "sink.remove"]);
    assert!(!format!("{events:?}").contains(SECRET));
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_its_field() {
    let world = World::new().await;
    let data = world.admin_data();
    let cases = [
        (json!({ "name": "x", "to": "webhook+https://h.example" }), "400 P7005 [secret]"),
        (json!({ "name": "x", "to": "file:/x", "format": "xml" }), "400 P7005 [format]"),
        (json!({ "name": "x", "to": "otlp+https://o.example/v1/logs", "format": "cef" }), "400 P7005 [format]"),
        (json!({ "name": "x", "to": format!("file:{data}/peta.db") }), "400 P7005 [to]"),
        (json!({ "name": "x", "to": format!("file:{data}/../data/peta.db") }), "400 P7005 [to]"),
        (json!({ "name": "x", "to": "syslog://h:1", "kind": "" }), "400 P7005 [kind]"),
        (json!({ "name": "x", "to": "syslog://h:1", "headers": ["none"] }), "400 P7005 [headers]"),
        // What would end a header, or forge one.
        (json!({ "name": "x", "to": "splunk+https://s.example", "secret": "a\r\nb: c" }), "400 P4006 [secret]"),
        (json!({ "name": "x", "to": "otlp+https://o.example", "secret": "a\n" }), "400 P4006 [secret]"),
        (
            json!({ "name": "x", "to": "elastic+https://e.example/i", "user": "u", "secret": "a\n" }),
            "400 P4006 [secret]",
        ),
        (json!({ "name": "x", "to": "webhook+https://h.example", "secret": "" }), "400 P4006 [secret]"),
    ];
    for (body, expected) in cases {
        let refused = world.refused::<AddSink>(&[], (), body.clone()).await;
        assert!(refused.starts_with(expected), "{body}: {refused}");
    }
    for body in [json!({ "name": "x", "to": "gopher://h" }), json!({ "name": "a b", "to": "stdout:" })] {
        assert!(world.refused::<AddSink>(&[], (), body).await.starts_with("400 P700"), "no such form");
    }
    world.safe.lock();
    let locked = json!({ "name": "x", "to": "webhook+https://h.example", "secret": SECRET });
    assert!(world.refused::<AddSink>(&[], (), locked).await.starts_with("423 P4001"));
    assert_eq!(world.store.snapshot().sinks().count(), 0);
}
