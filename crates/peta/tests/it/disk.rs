//! A disk that takes no more: calls and acts are refused, what is written stays, and when there is room again Core goes on
//! by itself. A limit of the system on the size of files stands in for the disk.

use peta_testkit::{Agent, Core, Setup, command, eventually, finish, json};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

use crate::house::{Solo, Way};

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

/// Stands before the system's own `fsync` and `fdatasync`: while the file that `REFUSE` names is there, what is written
/// to the record is not taken by the disk.
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
static int refuses(int fd) {
    const char *flag = getenv("REFUSE");
    char link[64], path[4096];
    if (!flag || access(flag, F_OK)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, "/record/") != NULL;
}
int fdatasync(int fd) { if (refuses(fd)) { errno = EIO; return -1; } return syscall(SYS_fdatasync, fd); }
int fsync(int fd) { if (refuses(fd)) { errno = EIO; return -1; } return syscall(SYS_fsync, fd); }
"#;

/// A Core whose disk refuses while the file that is given with it is there.
async fn on_such_a_disk(sync: &str) -> (Solo, std::path::PathBuf) {
    let setup = Setup::new().config(&format!("[record]\nsync = \"{sync}\""));
    let (source, shim, flag) = (setup.file("shim.c"), setup.file("shim.so"), setup.file("refuse"));
    std::fs::write(&source, SHIM).unwrap();
    let mut cc = command(std::path::Path::new("cc"));
    cc.args(["-shared", "-fPIC", "-o"]).args([&shim, &source]);
    let built = finish("cc", cc).await;
    assert_eq!(built.code, 0, "{built:?}");
    let setup = setup.env("LD_PRELOAD", shim.to_str().unwrap()).env("REFUSE", flag.to_str().unwrap());
    (Solo::on(setup, Way::Stdio, &[], &[]).await, flag)
}

async fn signed(core: &Core) -> u64 {
    let note = core.run(&["audit", "checkpoint"]).await.stdout;
    note.lines().nth(1).and_then(|size| size.parse().ok()).unwrap_or(0)
}

/// A disk that reports that it lost what was written: what the record says is not signed, and nothing happens that would
/// be recorded there, until the disk has taken all of it.
#[tokio::test]
async fn a_disk_that_fails_to_sync_stops_calls_and_signatures() {
    let (mut solo, flag) = on_such_a_disk("written").await;
    solo.agent.call("echo", r#"{"n":1}"#).await;
    let before =
        eventually("something is signed", async || Some(signed(&solo.core).await).filter(|size| *size > 0)).await;
    std::fs::write(&flag, "").unwrap();
    let refused = eventually("calls are refused", async || {
        let answer = solo.agent.ask("tools/call", r#"{"name":"echo","arguments":{"n":2}}"#).await;
        answer.get("error").cloned()
    })
    .await;
    assert_eq!(refused["data"]["code"], "P6001", "{refused}");
    let received = solo.received("\"n\":3").len();
    let refused = solo.agent.call_error("echo", r#"{"n":3}"#).await;
    assert_eq!((&refused["data"]["code"], solo.received("\"n\":3").len()), (&json!("P6001"), received), "{refused}");
    let act = solo.core.run(&["agent", "add", "late"]).await;
    assert!(act.code != 0 && act.stderr.contains("P6001"), "{act:?}");
    assert_eq!(ready(&solo.agent).await, (503, "not recording".to_owned()));
    let stands = signed(&solo.core).await;
    assert!(solo.core.said().contains("the disk does not take the record"), "{}", solo.core.said());

    std::fs::remove_file(&flag).unwrap();
    eventually("Core can record again", || async { (ready(&solo.agent).await.0 == 200).then_some(()) }).await;
    solo.agent.call("echo", r#"{"n":4}"#).await;
    eventually("it is signed again", async || (signed(&solo.core).await > stands.max(before)).then_some(())).await;
    solo.core.stop().await;
    let core = Setup::again(&solo.core).start().await;
    let calls = core.events(|event| event["capability"] == "echo" && event["outcome"] == "ok").await;
    assert!(calls.len() >= 2, "{calls:?}");
}

/// Where the order of the disk is kept, the very first call is held back.
#[tokio::test]
async fn ordered_calls_wait_for_a_disk_that_takes_them() {
    let (solo, flag) = on_such_a_disk("ordered").await;
    solo.agent.call("echo", r#"{"n":1}"#).await;
    std::fs::write(&flag, "").unwrap();
    let refused = solo.agent.call_error("echo", r#"{"n":2}"#).await;
    assert_eq!(refused["data"]["code"], "P6001", "{refused}");
    assert_eq!(solo.received("\"n\":2").len(), 0, "what is not recorded does not happen");
    std::fs::remove_file(&flag).unwrap();
    eventually("Core can record again", || async { (ready(&solo.agent).await.0 == 200).then_some(()) }).await;
    solo.agent.call("echo", r#"{"n":3}"#).await;
}
