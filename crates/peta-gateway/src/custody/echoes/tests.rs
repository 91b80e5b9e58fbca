use super::*;

fn about(server: u8, credential: u8) -> About {
    let secret = Some((CredentialId::from_bytes([credential; 16]), 1));
    About { server: ServerId::from_bytes([server; 16]), secret }
}

fn echo(times: u64, form: &str) -> Echo {
    Echo { times, forms: BTreeSet::from([form.to_owned()]) }
}

fn both(times: u64) -> Echo {
    Echo { times, forms: BTreeSet::from(["raw".to_owned(), "hex".to_owned()]) }
}

#[test]
fn a_flood_is_an_event_a_minute_and_nothing_is_left_out() {
    let (mut echoes, start) = (Echoes::default(), Instant::now());
    let (mut events, mut sum) = (0, 0);
    let mut tell = |echo: Option<Echo>| {
        events += usize::from(echo.is_some());
        sum += echo.map_or(0, |echo| echo.times);
    };
    // A hundred a second for ten minutes, and a look each second.
    for tenth in 0..6_000 {
        let now = start + Duration::from_millis(100) * tenth;
        (0..10).for_each(|_| tell(echoes.note(about(1, 1), echo(1, "raw"), now)));
        if tenth % 10 == 0 {
            echoes.due(now).into_iter().for_each(|(_, echo)| tell(Some(echo)));
        }
    }
    echoes.rest().into_iter().for_each(|(_, echo)| tell(Some(echo)));
    assert_eq!(sum, 60_000, "each is in an event");
    assert_eq!(events, 11, "one at once, one for each minute");
}

#[test]
fn the_first_is_told_of_at_once_and_others_when_their_minute_is_over() {
    let (mut echoes, start) = (Echoes::default(), Instant::now());
    assert_eq!(echoes.note(about(1, 1), echo(2, "raw"), start), Some(echo(2, "raw")));
    assert_eq!(echoes.note(about(1, 1), echo(1, "raw"), start + APART / 2), None);
    assert_eq!(echoes.note(about(1, 1), echo(3, "hex"), start + APART / 2), None);
    // Other servers and other credentials have minutes of their own, and so has what could not be cut.
    for other in [about(2, 1), about(1, 2), About { secret: None, ..about(1, 1) }] {
        assert_eq!(echoes.note(other, echo(1, "raw"), start + APART / 2), Some(echo(1, "raw")));
    }
    assert_eq!(echoes.due(start + APART - Duration::from_millis(1)), []);
    assert_eq!(echoes.due(start + APART), [(about(1, 1), both(4))]);
    assert_eq!(echoes.due(start + APART), []);
    // What came meanwhile is not left out by one that comes late.
    assert_eq!(echoes.note(about(1, 1), echo(1, "raw"), start + APART + APART / 2), None);
    assert_eq!(echoes.note(about(1, 1), echo(1, "hex"), start + APART * 3), Some(both(2)));
}

#[test]
fn what_is_quiet_is_forgotten_and_told_of_at_once_again() {
    let (mut echoes, start) = (Echoes::default(), Instant::now());
    echoes.note(about(1, 1), echo(1, "raw"), start);
    echoes.due(start + APART);
    assert!(echoes.0.is_empty());
    assert_eq!(echoes.note(about(1, 1), echo(1, "raw"), start + APART), Some(echo(1, "raw")));
    echoes.note(about(1, 1), echo(5, "raw"), start + APART);
    assert_eq!(echoes.rest(), [(about(1, 1), echo(5, "raw"))]);
    assert_eq!(echoes.rest(), []);
}
