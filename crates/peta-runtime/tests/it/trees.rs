//! No orphan: the whole tree of a server ends with it, stubborn grandchildren in sessions of their own included.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::Duration,
};

use peta_runtime::{Instance, InstanceKey};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fd::OwnedFd,
    io::Errno,
    process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open},
};

use crate::{
    peer::peer,
    world::{LONG, SERVER, World, call, session},
};

/// Says that this run of the test binary is to stand in for Core, to be killed.
const STAND_IN: &str = "PETA_RUNTIME_STAND_IN";

/// The tree that the peer made: two grandchildren that ignore TERM, one of them escaped, and the peer itself.
struct Tree(Vec<OwnedFd>);

impl Tree {
    async fn grow(instance: &Instance) -> Self {
        Self::of(&call(instance, "tree", "{}").await.unwrap())
    }

    fn of(pids: &str) -> Self {
        let open = |pid: &str| {
            let pid = Pid::from_raw(pid.parse().unwrap()).unwrap();
            pidfd_open(pid, PidfdFlags::empty()).unwrap()
        };
        let held: Vec<_> = pids.split_ascii_whitespace().map(open).collect();
        assert_eq!(held.len(), 3);
        Self(held)
    }

    /// Until every one of them has ended.
    async fn gone(self) {
        let all_ended = tokio::task::spawn_blocking(move || self.0.iter().all(ended)).await.unwrap();
        assert!(all_ended, "a process was left behind");
    }

    fn lives(&self) -> bool {
        self.0.iter().all(|process| !ended_within(process, 0))
    }
}

fn ended(process: &OwnedFd) -> bool {
    ended_within(process, 20)
}

fn ended_within(process: &OwnedFd, seconds: i64) -> bool {
    let within = Timespec { tv_sec: seconds, tv_nsec: 0 };
    loop {
        match poll(&mut [PollFd::new(process, PollFlags::IN)], Some(&within)) {
            Ok(ready) => return ready > 0,
            Err(Errno::INTR) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn no_orphans_after_a_release() {
    let world = World::new(peer(""));
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    let tree = Tree::grow(&instance).await;
    assert!(tree.lives());
    world.runtime.release(&InstanceKey { server: SERVER, holder: session(1) });
    tree.gone().await;
}

#[tokio::test]
async fn no_orphans_after_a_shutdown() {
    let world = World::new(peer("stubborn"));
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    let tree = Tree::grow(&instance).await;
    world.runtime.shutdown(Duration::ZERO).await;
    for process in &tree.0 {
        assert!(ended_within(process, 0), "shutdown returned too early");
    }
}

#[tokio::test]
async fn no_orphans_after_a_crash() {
    let world = World::new(peer(""));
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    let tree = Tree::grow(&instance).await;
    call(&instance, "crash", "{}").await.unwrap_err();
    tree.gone().await;
}

#[tokio::test]
async fn no_orphans_after_core_was_killed() {
    let exe = std::env::current_exe().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the stand-in for Core is a process that this test kills")]
    let mut command = Command::new(exe);
    command.args(["--exact", "trees::stand_in_for_core", "--nocapture"]).env(STAND_IN, "1");
    let mut core = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(core.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut pids = lines.filter_map(|line| line.split_once("tree:").map(|(_, pids)| pids.to_owned()));
    let tree = Tree::of(&pids.next().unwrap());
    assert!(tree.lives());
    kill_process(Pid::from_child(&core), Signal::KILL).unwrap();
    core.wait().unwrap();
    tree.gone().await;
}

/// Not a test but for the one above: opens a server and waits to be killed.
#[tokio::test]
async fn stand_in_for_core() {
    if std::env::vars_os().all(|(name, _)| name != STAND_IN) {
        return;
    }
    let world = World::new(peer("stubborn"));
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    println!("tree:{}", call(&instance, "tree", "{}").await.unwrap());
    std::future::pending::<()>().await;
}
