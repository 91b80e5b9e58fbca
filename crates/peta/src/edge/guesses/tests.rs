use super::*;

fn with(token: &str) -> HeaderMap {
    HeaderMap::from_iter([(header::AUTHORIZATION, token.parse().unwrap())])
}

fn attempt_at(guesses: &Guesses, from: &str, token: &str, status: u16, now: Instant) -> bool {
    let attempt = guesses.begin(from.parse().unwrap(), &with(token), now);
    if let Ok(Some(attempt)) = attempt {
        guesses.end(attempt, StatusCode::from_u16(status).unwrap(), now);
    }
    attempt.is_ok()
}

fn attempt(guesses: &Guesses, from: &str, token: &str, status: u16) -> bool {
    attempt_at(guesses, from, token, status, Instant::now())
}

#[test]
fn an_address_that_fails_too_often_waits_out_the_minute() {
    let guesses = Guesses::new(3, 100);
    for number in 0..3 {
        assert!(attempt(&guesses, "10.0.0.1", &format!("wrong {number}"), 401));
    }
    assert!(!attempt(&guesses, "10.0.0.1", "right", 200), "the right one is not looked at either");
    assert!(attempt(&guesses, "10.0.0.2", "right", 200), "others go on");
    assert!(
        guesses.begin("10.0.0.1".parse().unwrap(), &HeaderMap::new(), Instant::now()).is_ok(),
        "no token is no guess"
    );
    assert!(attempt_at(&guesses, "10.0.0.1", "right", 200, Instant::now() + WINDOW));
}

#[test]
fn whoever_proved_itself_does_not_pay_for_its_neighbour() {
    let guesses = Guesses::new(3, 3);
    assert!(attempt(&guesses, "127.0.0.1", "wrong", 401));
    assert!(attempt(&guesses, "127.0.0.1", "right", 200));
    for _ in 0..2 {
        assert!(attempt(&guesses, "127.0.0.1", "wrong", 401));
    }
    assert!(!attempt(&guesses, "127.0.0.1", "wrong", 401));
    assert!(attempt(&guesses, "127.0.0.1", "right", 200));
    assert!(attempt(&guesses, "127.0.0.1", "right", 401), "and when it is revoked, it counts like any");
    assert!(!attempt(&guesses, "127.0.0.1", "right", 200));
}

#[test]
fn many_addresses_cost_no_more_memory() {
    let guesses = Guesses::new(3, 3);
    for number in 0..ADDRESSES as u32 + 500 {
        attempt(&guesses, &Ipv4Addr::from(0x0a00_0000 + number).to_string(), "wrong", 401);
    }
    assert!(guesses.0.lock().len() <= ADDRESSES + 1);
    assert!(!attempt(&guesses, "192.0.2.7", "wrong", 401), "the rest share a count");
}
