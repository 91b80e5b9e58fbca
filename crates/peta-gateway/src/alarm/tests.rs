use std::future::poll_fn;

use super::*;

#[tokio::test]
async fn whoever_waits_is_woken_and_not_before() {
    let alarm = Alarm::start();
    for after in [Duration::from_millis(30), Duration::ZERO, Duration::from_millis(5)] {
        let at = Instant::now() + after;
        let mut due = alarm.due(at);
        poll_fn(|cx| due.poll(cx)).await;
        assert!(Instant::now() >= at);
    }
}

#[test]
fn it_ticks_as_long_as_anybody_waits() {
    let (alarm, now) = (Alarm(Arc::default()), Instant::now());
    let second = Duration::from_secs(1);
    assert!(!alarm.0.ring(now), "nobody waits");
    let mut due: Vec<Due> = (1..=3).map(|after| alarm.due(now + 60 * second * after)).collect();
    for due in &mut due {
        assert!(due.poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    assert!(alarm.0.ring(now + 61 * second) && alarm.0.state().waiting.len() == 2);
    due.pop();
    assert!(alarm.0.ring(now + 61 * second) && alarm.0.state().waiting.len() == 1);
    assert!(!alarm.0.ring(now + 121 * second), "the last one is woken");
}
