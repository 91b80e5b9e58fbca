//! How many instances there may be, when they rest, and what becomes of them when a server is withdrawn.

use std::time::Duration;

use peta_model::Code;
use peta_runtime::{Executed, Holder};

use crate::{
    peer::peer,
    world::{LONG, SERVER, World, answer, begin, call, config, session},
};

#[tokio::test]
async fn one_caller_has_so_many_instances_and_the_next_waits_for_room() {
    let mut config = config();
    (config.bounds.per_caller, config.times.room) = (1, Duration::from_millis(50));
    let world = World::with(config, peer(""));
    let (first, second) = (world.instance(), world.instance_of(session(2)));
    first.ready(LONG).await.unwrap();
    assert_eq!(second.ready(LONG).await.unwrap_err().code, Code::INSTANCE_LIMIT);
    let foreign = world.instance_of(Holder::Session { number: 3, caller: "other".to_owned() });
    foreign.ready(LONG).await.unwrap();
    world.runtime.release(first.key());
    while let Err(error) = second.ready(LONG).await {
        assert_eq!(error.code, Code::INSTANCE_LIMIT);
    }
}

#[tokio::test]
async fn equal_keys_share_an_instance_and_it_is_opened_once() {
    let world = World::new(peer(""));
    let (one, two) = (world.instance_of(Holder::Everyone), world.instance_of(Holder::Everyone));
    assert!(std::sync::Arc::ptr_eq(&one, &two));
    let (a, b) = tokio::join!(one.ready(LONG), two.ready(LONG));
    a.unwrap();
    b.unwrap();
    assert_eq!(world.runtime.health(SERVER).instances, 1);
    assert!(world.runtime.find(one.key()).is_some());
}

#[tokio::test]
async fn a_shared_instance_rests_when_idle_and_a_sessions_own_does_not() {
    let mut config = config();
    config.times.idle_stop = Duration::from_millis(50);
    let world = World::with(config, peer(""));
    let (shared, own) = (world.instance_of(Holder::Everyone), world.instance());
    own.ready(LONG).await.unwrap();
    shared.ready(LONG).await.unwrap();
    let mut hold = tokio::time::interval(Duration::from_millis(5));
    while world.runtime.health(SERVER).instances > 1 {
        hold.tick().await;
    }
    assert!(world.runtime.health(SERVER).failure.is_none());
    assert_eq!(call(&own, "echo", "{}").await.unwrap(), "{}");
    shared.ready(LONG).await.unwrap();
    assert_eq!(call(&shared, "echo", "{}").await.unwrap(), "{}");
}

#[tokio::test]
async fn a_withdrawn_server_takes_no_new_work_and_what_runs_gets_its_grace() {
    let world = World::new(peer(""));
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    let mut hanging = begin(&instance, "hang", "{}").await;
    let withdrawal = {
        let runtime = world.runtime.clone();
        tokio::spawn(async move { runtime.withdraw(SERVER, Duration::from_millis(200)).await })
    };
    let why = answer(&mut hanging).await.unwrap_err();
    assert_eq!((why.code, why.executed), (Code::SERVER_WITHDRAWN, Executed::Maybe));
    withdrawal.await.unwrap();
    assert_eq!(instance.ready(LONG).await.unwrap_err().code, Code::SERVER_WITHDRAWN);
    assert_eq!(world.runtime.health(SERVER).instances, 0);
    // What is asked for afterwards is a new instance.
    world.instance().ready(LONG).await.unwrap();
}

#[tokio::test]
async fn a_withdrawal_without_grace_cuts() {
    let world = World::new(peer(""));
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    let mut hanging = begin(&instance, "hang", "{}").await;
    let (why, ()) = tokio::join!(answer(&mut hanging), world.runtime.withdraw(SERVER, Duration::ZERO));
    assert_eq!(why.unwrap_err().code, Code::SERVER_WITHDRAWN);
}

#[tokio::test]
async fn an_opening_that_nobody_needs_any_more_is_given_up() {
    let world = World::new(peer("silent"));
    let instance = world.instance();
    let opening = tokio::spawn(async move { instance.ready(LONG).await });
    let mut look = tokio::time::interval(Duration::from_millis(5));
    while !world.runtime.health(SERVER).starting {
        look.tick().await;
    }
    world.runtime.shutdown(Duration::ZERO).await;
    assert_eq!(opening.await.unwrap().unwrap_err().code, Code::SERVER_WITHDRAWN);
    assert!(!world.runtime.health(SERVER).starting && world.runtime.health(SERVER).failure.is_none());
}

#[tokio::test]
async fn a_server_that_was_configured_anew_gets_new_instances() {
    let mut world = World::new(peer(""));
    let old = world.instance();
    old.ready(LONG).await.unwrap();
    world.spec = std::sync::Arc::new(crate::world::spec(peer("early")));
    let new = world.instance();
    assert!(!std::sync::Arc::ptr_eq(&old, &new));
    new.ready(LONG).await.unwrap();
    assert_eq!(old.ready(LONG).await.unwrap_err().code, Code::SERVER_WITHDRAWN);
}

#[tokio::test]
async fn a_failed_server_is_not_tried_again_before_its_time() {
    let mut config = config();
    (config.times.back_off, config.times.back_off_most) = (Duration::from_secs(600), Duration::from_secs(600));
    let world = World::with_chance(config, peer("dead"), 600_000);
    let instance = world.instance();
    let first = instance.ready(LONG).await.unwrap_err();
    let second = instance.ready(Duration::from_millis(10)).await.unwrap_err();
    assert_eq!((first.code, second.code), (Code::SERVER_UNREACHABLE, Code::SERVER_BACKING_OFF));
    assert!(second.text.contains("status 9"), "{}", second.text);
}

#[tokio::test]
async fn after_the_shutdown_nothing_opens() {
    let world = World::new(peer(""));
    world.runtime.shutdown(Duration::ZERO).await;
    assert_eq!(world.instance().ready(LONG).await.unwrap_err().code, Code::DRAINING);
    assert_eq!(world.runtime.learn(SERVER, &world.spec, LONG).await.unwrap_err().code, Code::DRAINING);
}
