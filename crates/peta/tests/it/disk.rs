//! A disk that takes no more: calls and acts are refused, what is written stays, and when there is room again Core goes on
//! by itself. A limit of the system on the size of files stands in for the disk.

use peta_testkit::{Agent, Core, Setup, eventually, json};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

use crate::house::Solo;

/// How large the files of this Core may get; none lifts the limit.
fn limit_files(core: &Core, bytes: Option<u64>) {
    let pid = Pid::from_raw(i32::try_from(core.pid()).unwrap()).unwrap();
    let maximum = getrlimit(Resource::Fsize).maximum;
    prlimit(Some(pid), Resource::Fsize, Rlimit { current: bytes.or(maximum), maximum }).unwrap();
}

async fn ready(agent: &Agent) -> (u16, String) {
    let answer = agent.request(http::Method::GET).path("/readyz").without("authorization").send().await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn a_full_disk_refuses_calls_and_loses_nothing() {
    let mut solo = Solo::new(&[]).await;
    solo.agent.call("echo", r#"{"n":1}"#).await;
    let slow = solo.agent.begin_call("ask_roots", "{}").await;
    assert_eq!(ready(&solo.agent).await, (200, "ready".to_owned()));

    limit_files(&solo.core, Some(1));
    for _ in 0..3 {
        let refused = solo.agent.call_error("echo", r#"{"n":2}"#).await;
        assert_eq!(refused["data"]["code"], "P6001", "{refused}");
    }
    let act = solo.core.run(&["agent", "add", "late"]).await;
    assert!(act.code != 0 && act.stderr.contains("P6001"), "{act:?}");
    assert_eq!(ready(&solo.agent).await, (503, "not recording".to_owned()));
    // People may look all the same.
    assert_eq!(solo.core.events(|event| event["kind"] == "tool_call").await.len(), 2);

    // Nobody calls; Core finds out by itself.
    limit_files(&solo.core, None);
    eventually("Core can record again", || async { (ready(&solo.agent).await.0 == 200).then_some(()) }).await;
    solo.agent.call("echo", r#"{"n":3}"#).await;
    solo.core.token("late", &[]).await;
    drop(slow);
    solo.core.stop().await;
    let mut core = Setup::again(&solo.core).start().await;
    let calls = core.events(|event| event["kind"] == "tool_call").await;
    let ended: Vec<_> = calls.iter().map(|event| (event["capability"].clone(), event["outcome"].clone())).collect();
    assert_eq!(ended[0], (json!("echo"), json!("ok")), "{ended:?}");
    assert_eq!(ended[2], (json!("echo"), json!("ok")), "{ended:?}");
    assert_eq!((ended.len(), &ended[1].0), (3, &json!("ask_roots")), "{ended:?}");
    assert!(!ended[1].1.is_null(), "{ended:?}");
    let added = core.events(|event| event["kind"] == "agent.add").await;
    assert!(added.iter().all(|event| event["outcome"] == "ok"), "{added:?}");
    core.stop().await;
}
