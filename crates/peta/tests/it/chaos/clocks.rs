//! T85: a clock that is set lengthens no life and cuts none, but where an expiry is a time of day by its nature.

use peta_testkit::{Agent, Core, Setup, Value, chaos::Wall, eventually};

const HOUR: i64 = 3_600;

async fn status(core: &Core, token: &str) -> u16 {
    core.agent("/mcp/fix", token).initialize("2025-11-25", "{}").await.status
}

/// The seconds of each step that the record knows of.
async fn steps(core: &Core) -> Vec<i64> {
    let steps = core.events(|event| event["kind"] == "clock.step").await;
    steps.iter().map(|event| event["detail"]["seconds"].as_i64().unwrap()).collect()
}

async fn step_is_recorded(core: &Core, seconds: i64) {
    eventually(&format!("a step of {seconds} s is recorded"), || async {
        steps(core).await.last().is_some_and(|last| (last - seconds).abs() <= 3).then_some(())
    })
    .await;
}

async fn pid(agent: &Agent) -> Value {
    agent.call("who", "{}").await["structuredContent"]["pid"].clone()
}

#[tokio::test]
async fn clock_jumps() {
    let (wall, setup) = Wall::of(Setup::new());
    let mut core = setup.start().await;
    core.stdio_server("fix", &["--no-discover"], &[]).await;
    let agent = core.open("steady", &["fix"], "/mcp/fix").await;
    let child = pid(&agent).await;
    let hour = core.peta(&["agent", "add", "hour", "--quiet", "--expires", "1h", "--grant", "fix"]).await;
    let brief = core.peta(&["agent", "add", "brief", "--quiet", "--expires", "4s", "--grant", "fix"]).await;
    let (hour, brief) = (hour.trim(), brief.trim());
    assert_eq!((status(&core, hour).await, steps(&core).await), (200, vec![]));

    // Back by two days: no life is longer for it. What has been revoked stays so.
    wall.set(-48 * HOUR);
    step_is_recorded(&core, -48 * HOUR).await;
    eventually("a life of four seconds is over", || async { (status(&core, brief).await == 401).then_some(()) }).await;
    let old = core.token("rotated", &["fix"]).await;
    core.peta(&["agent", "rotate", "rotated"]).await;
    assert_eq!(status(&core, &old).await, 401);
    assert_eq!(pid(&agent).await, child, "the session and its instance went on");

    // Ahead by two days: sessions and instances are not idle for it, but the hour is over by any calendar.
    wall.set(48 * HOUR);
    step_is_recorded(&core, 96 * HOUR).await;
    assert_eq!(pid(&agent).await, child, "the session and its instance went on");
    assert_eq!(status(&core, hour).await, 401);
    // Set right, it goes on.
    wall.set(0);
    step_is_recorded(&core, -48 * HOUR).await;
    assert_eq!(status(&core, hour).await, 200);

    // Set back while Core is away: the record knows a later time, and the revoked stay revoked.
    core.stop().await;
    wall.set(-50 * HOUR);
    let again = wall.again(Setup::again(&core)).start().await;
    let behind = eventually("the step is recorded", || async { steps(&again).await.into_iter().nth(3) }).await;
    assert!(behind < -40 * HOUR, "{behind}");
    assert_eq!(status(&again, &old).await, 401);
}
