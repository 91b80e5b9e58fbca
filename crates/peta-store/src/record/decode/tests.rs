use peta_audit::{Carried, Door, Facts, Intent, Leaf, Pin, Stage};
use peta_model::{DeliveryClass, EventKind, Id, Operation, Outcome, Role};
use proptest::prelude::*;

use super::*;
use crate::record::{
    Privy, Sealed, encode,
    entry::{DELIVERIES, Entry, OPERATIONS, Told},
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
    fn carried()(id in any::<[u8; 16]>(), version in any::<u64>(), delivery in 0..5_usize) -> Carried {
        Carried { id: Id::from_bytes(id), version, delivery: DELIVERIES[delivery] }
    }
}

prop_compose! {
    fn facts()(
        request in proptest::option::of("[A-Za-z0-9_./-]{1,20}"),
        pin in proptest::option::of(any::<[u8; 32]>()),
        operation in proptest::option::of(0..4_usize),
        policy_version in proptest::option::of(any::<u64>()),
        credentials in proptest::collection::vec(carried(), 0..3),
    ) -> Facts {
        let (pin, operation) = (pin.map(Pin), operation.map(|at| OPERATIONS[at]));
        Facts { client: None, request, pin, operation, policy_version, credentials }
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
        facts in prop_oneof![Just(Facts::default()), facts()],
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
            facts,
        }
    }
}

prop_compose! {
    fn ending()(
        outcome in 0..7_usize,
        code in proptest::option::of(0..Code::ALL.len()),
        duration_us in any::<u64>(),
        response_bytes in any::<u64>(),
        took in proptest::collection::vec((0..Stage::ALL.len(), any::<u64>()), 0..3),
    ) -> Ending {
        let mut stages = Stages::NONE;
        took.into_iter().for_each(|(at, micros)| stages.set(Stage::ALL[at], micros));
        Ending { outcome: OUTCOMES[outcome], code: code.map(|at| Code::ALL[at].0), duration_us, response_bytes, stages }
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
        prop_assert_eq!(line.event(3, None, None).unwrap().facts, intent.facts.clone());
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
    assert_eq!(OPERATIONS.map(Operation::word), ["read", "write", "destructive", "unknown"]);
    assert_eq!(DELIVERIES.map(DeliveryClass::word), ["request", "fd", "file", "env", "proxied"]);
    assert_eq!(Stage::ALL.map(Stage::word), ["judge", "record", "ready", "credential", "first", "server"]);
}

fn bare() -> Intent {
    Intent {
        kind: EventKind::ToolCall,
        decision: Decision::Allow,
        detail: None,
        request_bytes: 200,
        ..Intent::of_core(Id::from_bytes([2; 16]), Moment::from_micros(3), "", String::new())
    }
}

/// What a file holds of a call of which nothing more is known is what it held before there were facts.
#[test]
fn without_facts_an_entry_has_the_bytes_that_it_always_had() {
    let intent = Intent { caller: Caller::default(), ..bare() };
    let told = Told::of(&intent, Privy::Without);
    let mut written = Vec::new();
    encode::put(&mut written, 7, &Entry::Whole(told, Ending { duration_us: 300, ..Ending::of(Outcome::Error) }));
    let mut expected = vec![7];
    expected.extend(7_u64.to_le_bytes());
    expected.extend(3_i64.to_le_bytes());
    expected.extend([2; 16]);
    // No flags, allowed, 200 bytes asked; nine letters; no reasons; an error, no code, 300 µs, nothing answered.
    expected.extend([0, 0, 1, 0xC8, 1, 9]);
    expected.extend(b"tool_call");
    expected.extend([0, 2, 0, 0xAC, 2, 0, 7]);
    assert_eq!(body(&written), expected);
    let mut carried = Vec::new();
    encode::put(&mut carried, 9, &Entry::Carried { sign: 1, open: &[], boot: None });
    assert_eq!(body(&carried), [&[1][..], &9_u64.to_le_bytes(), &1_i64.to_le_bytes(), &[0, 1]].concat());
    let mut of_a_run = Vec::new();
    let boot = Some(Id::from_bytes([1; 16]));
    encode::put(&mut of_a_run, 9, &Entry::Carried { sign: 1, open: &[], boot });
    assert!(matches!(item(body(&of_a_run)), Some((9, Item::Carried { boot: read, .. })) if read == boot));
    assert!(matches!(item(body(&carried)), Some((9, Item::Carried { boot: None, .. }))));
}

/// Of what a client or a request says, only what cannot be about anybody stands in the open, whether or not there was a key.
#[test]
fn the_name_of_a_client_and_a_text_for_an_id_stand_nowhere_in_the_open() {
    let facts = Facts { client: Some("Adas editor".into()), request: Some("for Ada".into()), ..Facts::default() };
    let intent = Intent { facts, ..bare() };
    let sealed = Sealed { subject: Id::from_bytes([1; 16]), commit: [0; 32], bytes: vec![0; 60] };
    for private in [Privy::Plain, Privy::Without, Privy::Sealed(&sealed)] {
        let bytes = Told::of(&intent, private).bytes(3);
        assert!(!bytes.windows(3).any(|text| text == b"Ada"), "{private:?}");
        let Some((3, Item::Intent(line))) = item(&bytes) else { panic!() };
        assert_eq!(line.event(3, None, None).unwrap().facts, Facts::default());
        let told = Private { client: Some("c".into()), request: Some("r".into()), ..Private::default() };
        let event = line.event(3, None, Some(told)).unwrap();
        assert_eq!((event.facts.client.as_deref(), event.facts.request.as_deref()), (Some("c"), Some("r")));
    }
}

/// A flag that this Peta does not know may stand before what it knows: the entry is not read as something that it is not.
#[test]
fn facts_of_a_newer_peta_are_no_entry() {
    let facts = Facts { policy_version: Some(5), ..Facts::default() };
    let intent = Intent { facts, ..bare() };
    let mut bytes = Told::of(&intent, Privy::Without).bytes(3);
    let flags = bytes.len() - 4;
    assert_eq!(bytes[flags..], [8, 0, 5, 5]);
    for other in [[0x28, 0], [8, 1], [0, 0]] {
        bytes[flags..flags + 2].copy_from_slice(&other);
        assert!(item(&bytes).is_none(), "{other:?}");
    }
}
