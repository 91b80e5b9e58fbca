//! Reports: read in parts that add up, and recorded.

use peta_api::{
    EventQuery,
    endpoint::{
        AddAgent, ListEvents, RecordReport, ReportAccess, ReportActivity, ReportChanges, ReportCredentials, RevokeAgent,
    },
    report::{AccessQuery, ActivityKey, ReportQuery, Tally},
};
use peta_audit::{Caller, Ending, Intent};
use peta_model::{AgentId, Decision, EventId, EventKind, Moment, Outcome};
use serde_json::{Value, json};

use crate::world::World;

/// So many events of agents, each second one of `a`.
async fn calls(world: &World, count: u32) {
    let snapshot = world.store.snapshot();
    let agents: Vec<_> = ["a", "b"].iter().map(|name| snapshot.agent_named(name).unwrap().clone()).collect();
    for number in 0..count {
        let agent = &agents[usize::try_from(number % 2).unwrap()];
        let mut id = [0; 16];
        id[..4].copy_from_slice(&number.to_be_bytes());
        id[15] = 1;
        let who: AgentId = agent.id;
        let caller = Caller { agent: Some(agent.name.clone()), agent_id: Some(who), ..Caller::default() };
        let intent = Intent {
            id: EventId::from_bytes(id),
            time: Moment::from_micros(1_900_000_000_000_000 + i64::from(number)),
            kind: EventKind::ToolCall,
            caller,
            session: None,
            server: None,
            capability: Some(format!("tool_{}", number % 3)),
            decision: Decision::Allow,
            reasons: Vec::new(),
            request_bytes: 1,
            detail: None,
            concerns: None,
            facts: Default::default(),
        };
        world.store.recorder().whole(intent, Ending::of(Outcome::Ok)).await.unwrap();
    }
}

#[tokio::test]
async fn parts_add_up_to_the_record() {
    const CALLS: u32 = 10_500;
    let world = World::new().await;
    for name in ["a", "b"] {
        world.done::<AddAgent>(&[], (), json!({ "name": name })).await;
    }
    calls(&world, CALLS).await;
    let (mut tally, mut query) = (Tally::<ActivityKey>::new(), ReportQuery::default());
    let (mut parts, mut events, mut sealed) = (0, 0, 0);
    loop {
        let part = world.done::<ReportActivity>(&[], query, json!(null)).await;
        parts += 1;
        events += part.events;
        // The vault is open, so every private part is read.
        sealed += part.sealed;
        part.rows.into_iter().for_each(|row| tally.add(row.what, row.seen));
        let Some(next) = part.next else { break };
        query = ReportQuery { cursor: Some(next), ..ReportQuery::default() };
    }
    assert_eq!(sealed, 0);
    assert_eq!((parts, events), (2, u64::from(CALLS) + 2), "ten thousand events a part, and two acts");
    let rows: Vec<_> = tally.into_rows().collect();
    assert_eq!(rows.len(), 6, "two agents, three tools");
    assert_eq!(rows.iter().map(|(_, seen)| seen.count).sum::<u64>(), u64::from(CALLS));
    let first = rows.iter().map(|(_, seen)| seen.first).min().unwrap();
    let last = rows.iter().map(|(_, seen)| seen.last).max().unwrap();
    assert_eq!(last.micros() - first.micros(), i64::from(CALLS) - 1);

    let of_a = ReportQuery { agent: Some("a".parse().unwrap()), ..ReportQuery::default() };
    let part = world.done::<ReportActivity>(&[], of_a, json!(null)).await;
    assert_eq!((part.events, part.next), (u64::from(CALLS) / 2, None));
}

#[tokio::test]
async fn many_acts_come_in_parts_and_none_twice() {
    let world = World::new().await;
    for number in 0..1_100 {
        world.done::<AddAgent>(&[], (), json!({ "name": format!("agent-{number}") })).await;
    }
    let (mut seen, mut query, mut parts) = (Vec::new(), ReportQuery::default(), 0);
    loop {
        let part = world.done::<ReportChanges>(&[], query, json!(null)).await;
        parts += 1;
        seen.extend(part.acts.into_iter().map(|act| act.sequence));
        let Some(next) = part.next else { break };
        query = ReportQuery { cursor: Some(next), ..ReportQuery::default() };
    }
    assert!(parts == 2 && seen.is_sorted_by(|a, b| a > b), "newest first, none twice");
    assert_eq!(seen.len(), 1_100);

    world.done::<RevokeAgent>(&["agent-7"], (), json!(null)).await;
    let (mut names, mut query) = (Vec::new(), AccessQuery { limit: Some(250), cursor: None });
    loop {
        let page = world.done::<ReportAccess>(&[], query, json!(null)).await;
        assert_eq!(page.otherwise, Decision::Deny);
        names.extend(page.agents.into_iter().map(|it| it.agent.name.to_string()));
        let Some(next) = page.next else { break };
        query = AccessQuery { limit: Some(250), cursor: Some(next) };
    }
    assert_eq!(names.len(), 1_099, "the revoked one reaches nothing");
    assert!(names.is_sorted() && !names.contains(&"agent-7".to_owned()));
}

#[tokio::test]
async fn a_report_is_an_event_that_vouches_for_its_manifest() {
    let world = World::new().await;
    world.done::<AddAgent>(&[], (), json!({ "name": "a", "user": "ada" })).await;
    let digest = "ab".repeat(32);
    let body = json!({ "report": "activity", "filters": { "agent": "a" }, "manifest": digest });
    let made = world.done::<RecordReport>(&[], (), body).await;
    let newest =
        world.done::<ListEvents>(&[], EventQuery { limit: Some(1), ..EventQuery::default() }, json!(null)).await;
    let event = &newest.items[0];
    assert_eq!((event.id, &*event.kind, event.end.outcome), (made.event, "audit.report", Some(Outcome::Ok)));
    assert_eq!(event.reasons, [format!("manifest/{digest}")]);

    for (body, why) in [
        (json!({ "report": "gossip" }), "400 P7005"),
        (json!({ "report": "access", "manifest": "AB".repeat(32) }), "400 P7005 [manifest]"),
        (json!({ "report": "access", "manifest": "ab" }), "400 P7005 [manifest]"),
        (json!({ "report": "activity", "filters": { "agent": "nobody" } }), "404 P7003"),
        (json!({ "report": "activity", "filters": { "user": "" } }), "400 P7005 [filters.user]"),
    ] {
        let refused = world.refused::<RecordReport>(&[], (), body.clone()).await;
        assert!(refused.starts_with(why), "{body}: {refused}");
    }
    let of = |query: ReportQuery| world.refused::<ReportActivity>(&[], query, Value::Null);
    let bad = of(ReportQuery { cursor: Some("x".to_owned()), ..ReportQuery::default() }).await;
    assert!(bad.starts_with("400 P7005 [cursor]"), "{bad}");
    let bad = of(ReportQuery { credential: Some("x".to_owned()), ..ReportQuery::default() }).await;
    assert!(bad.starts_with("400 P7005 [credential]"), "{bad}");
    for (field, query) in [
        ("agent", ReportQuery { agent: Some("a".parse().unwrap()), ..ReportQuery::default() }),
        ("user", ReportQuery { user: Some("ada".to_owned()), ..ReportQuery::default() }),
    ] {
        let bad = world.refused::<ReportChanges>(&[], query, Value::Null).await;
        assert!(bad.starts_with(&format!("400 P7005 [{field}]")), "{bad}");
    }
    let none = world.done::<ReportCredentials>(&[], ReportQuery::default(), Value::Null).await;
    assert!(none.rows.is_empty() && none.next.is_none() && none.events >= 2, "{none:?}");
    let far = AccessQuery { limit: Some(501), cursor: None };
    assert!(world.refused::<ReportAccess>(&[], far, Value::Null).await.starts_with("400 P7005 [limit]"));
}
