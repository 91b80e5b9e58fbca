use peta_audit::Door;
use peta_audit::{Intent, Leaf};
use peta_model::{EventKind, Outcome, Role};
use proptest::prelude::*;

use super::*;
use crate::record::{
    Privy, Sealed, encode,
    entry::{Entry, Told},
    frame::{self, Frame},
};

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), ".{0,20}", Just("é\u{202e}\0".repeat(60))]
}

prop_compose! {
    fn caller()(
        agent in proptest::option::of("[a-z][a-z0-9.-]{0,20}"),
        agent_id in proptest::option::of(any::<[u8; 16]>()),
        user in proptest::option::of(text()),
        token in proptest::option::of(any::<[u8; 16]>()),
        admin in proptest::option::of((0..3_usize, 0..3_usize)),
    ) -> Caller {
        Caller {
            agent: agent.map(|name| name.parse().unwrap()),
            agent_id: agent_id.map(Id::from_bytes),
            user,
            token: token.map(Id::from_bytes),
            admin: admin.map(|(role, door)| Admin { role: ROLES[role], door: DOORS[door] }),
        }
    }
}

prop_compose! {
    fn intent()(
        caller in caller(),
        id in any::<[u8; 16]>(),
        time in any::<i64>(),
        session in proptest::option::of(text()),
        server in proptest::option::of("[a-z][a-z0-9-]{0,15}"),
        (capability, detail) in (proptest::option::of(text()), proptest::option::of(text())),
        decision in 0..2_usize,
        reasons in proptest::collection::vec(text(), 0..4),
        request_bytes in prop_oneof![0..300_u64, any::<u64>()],
    ) -> Intent {
        Intent {
            id: Id::from_bytes(id),
            time: Moment::from_micros(time),
            kind: EventKind::Request,
            caller,
            session,
            server: server.map(|name| name.parse().unwrap()),
            capability,
            decision: DECISIONS[decision],
            reasons,
            request_bytes,
            detail,
            concerns: None,
        }
    }
}

prop_compose! {
    fn ending()(
        outcome in 0..7_usize,
        code in proptest::option::of(0..Code::ALL.len()),
        duration_us in any::<u64>(),
        response_bytes in any::<u64>(),
    ) -> Ending {
        Ending { outcome: OUTCOMES[outcome], code: code.map(|at| Code::ALL[at].0), duration_us, response_bytes }
    }
}

fn body(bytes: &[u8]) -> &[u8] {
    match frame::first(bytes) {
        Frame::Body(body) => body,
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(intent in intent(), ending in ending(), number: u64, kind in text(), act: bool) {
        let told = Told { kind: &kind, act, ..Told::of(&intent, Privy::Plain) };
        let mut bytes = Vec::new();
        encode::put(&mut bytes, number, &Entry::Whole(told, ending));
        let Some((read, Item::Whole(line, end))) = item(body(&bytes)) else { panic!() };
        prop_assert_eq!((read, line.act, line.kind, end.ending), (number, act, &*kind, ending));
        prop_assert_eq!(&line.event(7, None, None).unwrap().into_intent(EventKind::Request), &intent);

        let mut bytes = Vec::new();
        encode::put(&mut bytes, number, &Entry::Ending(5, ending));
        prop_assert!(matches!(item(body(&bytes)), Some((read, Item::Ending(5, end))) if read == number && end.ending == ending));

        // Cut short or longer it is none, and never a panic.
        let bare = told.bytes(number);
        prop_assert!(matches!(item(&bare), Some((_, Item::Intent(_)))));
        for cut in 0..bare.len() {
            prop_assert!(item(&bare[..cut]).is_none());
        }
        prop_assert!(item(&[&bare[..], &[0]].concat()).is_none());
    }

    /// Of what was sealed nothing stands in the open but what everybody may read, and it comes back as it was.
    #[test]
    fn what_was_sealed_stands_in_no_other_field(
        intent in intent(),
        commit: [u8; 32],
        subject: [u8; 16],
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let sealed = Sealed { subject: Id::from_bytes(subject), commit, bytes };
        let bare = Told::of(&intent, Privy::Sealed(&sealed)).bytes(3);
        let Some((3, Item::Intent(line))) = item(&bare) else { panic!() };
        let found = line.sealed.unwrap();
        prop_assert_eq!((found.subject, found.commit, found.bytes), (sealed.subject, commit, &sealed.bytes[..]));
        prop_assert_eq!((line.who.agent, line.who.user), (None, None));
        prop_assert!(line.capability.is_none_or(is_public_name));
        prop_assert_eq!(line.detail, intent.detail.as_deref().filter(|_| intent.has_public_detail()));
        // What stands in the tree is the same whether or not there were keys.
        let plain = Told::of(&intent, Privy::Plain).bytes(3);
        let Some((3, Item::Intent(plain))) = item(&plain) else { panic!() };
        let (mut with, without) = (line.public(), plain.public());
        with.private = None;
        prop_assert_eq!(Leaf::Intent(with).to_bytes(), Leaf::Intent(without).to_bytes());
    }

    /// Where a payload lies and what stands for it comes back, beside all else that an entry may hold.
    #[test]
    fn what_stands_for_payloads_is_read(
        intent in intent(),
        ending in ending(),
        act: bool,
        (commit, file, offset) in (any::<[u8; 32]>(), any::<u64>(), any::<u64>()),
    ) {
        let kept = Kept { commit, file, offset };
        let sealed = Sealed { subject: Id::from_bytes([1; 16]), commit: [2; 32], bytes: vec![3; 40] };
        for private in [Privy::Without, Privy::Sealed(&sealed)] {
            let told = Told { act, arguments: Some(kept), ..Told::of(&intent, private) };
            let bare = told.bytes(3);
            let Some((3, Item::Intent(line))) = item(&bare) else { panic!() };
            prop_assert_eq!((line.arguments, line.act), (Some(kept), act));
            prop_assert_eq!(line.sealed.is_some(), matches!(private, Privy::Sealed(_)));
            prop_assert_eq!(line.public().arguments, Some(commit));
            for cut in 0..bare.len() {
                prop_assert!(item(&bare[..cut]).is_none());
            }
        }
        let mut bytes = Vec::new();
        encode::put(&mut bytes, 9, &Entry::Answered(5, ending, kept));
        let Some((9, Item::Ending(5, end))) = item(body(&bytes)) else { panic!() };
        prop_assert_eq!((end.ending, end.result, end.outcome(5).result), (ending, Some(kept), Some(commit)));
    }

    #[test]
    fn garbage_is_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), kind in 0..9_u8) {
        item(&bytes);
        item(&[&[kind][..], &bytes].concat());
    }
}

/// The numbers of words are a format: these are the ones that files hold.
#[test]
fn words_keep_their_numbers() {
    assert_eq!(DECISIONS.map(Decision::word), ["allow", "deny"]);
    assert_eq!(OUTCOMES.map(Outcome::word), ["ok", "error", "refused", "failed", "timeout", "cancelled", "unknown"]);
    assert_eq!(ROLES.map(Role::word), ["owner", "auditor", "payloads"]);
    assert_eq!(DOORS.map(Door::word), ["socket", "http", "core"]);
}
