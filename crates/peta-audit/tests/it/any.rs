//! Any event at all, with texts that try to be more than a text.

use peta_audit::{
    Admin, Caller, Carried, Door, Ending, Event, Facts, Origin, Pin, Stage, Stages, Subject, format::Issuer,
};
use peta_model::{
    AgentId, BootId, Code, CredentialId, Decision, DeliveryClass, EventId, Moment, Operation, Outcome, Role, TenantId,
    TokenId,
};
use proptest::{collection::vec, option, prelude::*};

/// What means something in one format or another, or to a terminal.
const TRICKS: &[&str] = &[
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\0",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\u{b}",
    "\u{c}",
    "\u{1b}[2J",
    "\u{1b}]0;x\u{7}",
    "\u{9b}31m",
    "\u{202e}",
    "\u{2066}",
    "\u{200b}",
    "\u{feff}",
    "\u{a0}",
    "\u{3000}",
    "\u{e0041}",
    "\u{fffd}",
    "\u{10ffff}",
    "|",
    "\\|",
    "\\",
    "\\\\",
    "=",
    "\\=",
    " src=1.2.3.4",
    " outcome=ok",
    "\toutcome=ok",
    "\tusrName=root",
    "]",
    "\\]",
    "\"",
    "\\\"",
    "\"] [peta@32473 id=\"x\"",
    "\n<110>1 - - - - - - forged",
    "\nCEF:0|a|b|c|d|e|9|",
    "\nLEEF:2.0|a|b|c|d|^|",
    "{\"version\":1}",
    "\n{\"version\":1}",
    "\\u{a}",
    "\\n",
    "\\u000a",
    "\u{ff1d}",
    "\u{ff5c}",
    "\u{ff02}",
    "\u{ff3d}",
    " ",
    "  ",
    "é",
    "漢",
    "🙂",
    "e\u{301}",
    "a",
    "tool_call",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => vec(prop_oneof![3 => proptest::sample::select(TRICKS).prop_map(str::to_owned), 2 => any::<String>()], 0..6)
            .prop_map(|parts| parts.concat()),
        2 => any::<String>(),
        1 => (proptest::sample::select(TRICKS), 200_usize..3_000).prop_map(|(trick, times)| trick.repeat(times)),
    ]
}

/// JSON, broken JSON, JSON that few readers take, and no JSON.
fn detail() -> impl Strategy<Value = String> {
    let held =
        || (text(), text()).prop_map(|(key, value)| serde_json::json!({ key: value, "n": [1, null, 1.5, true] }));
    prop_oneof![
        3 => held().prop_map(|value| value.to_string()),
        1 => held().prop_map(|value| format!("{value:#}")),
        1 => text(),
        1 => prop_oneof![1_usize..3_000, 60_usize..130].prop_map(|depth| "[".repeat(depth) + &"]".repeat(depth)),
        1 => proptest::sample::select(&["{\"a\":\"\\ud800\"}", "1e999", "[-0, 1e300]", "{\"a\":1,\"a\":2}", "{", "null", "", "{\"a\":\"\u{2028}\u{202e}\"}"][..])
            .prop_map(str::to_owned),
    ]
}

fn kind() -> impl Strategy<Value = String> {
    const KINDS: &[&str] = &[
        "tool_call",
        "resource_read",
        "list",
        "server.add",
        "agent.revoke",
        "credential.echo",
        "core.start",
        "admin.token",
    ];
    prop_oneof![2 => proptest::sample::select(KINDS).prop_map(str::to_owned), 1 => text()]
}

fn caller() -> impl Strategy<Value = Caller> {
    let admin = (0..3_usize, 0..3_usize).prop_map(|(role, door)| Admin {
        role: [Role::Owner, Role::Auditor, Role::Payloads][role],
        door: Door::ALL[door],
    });
    (any::<bool>(), option::of(any::<[u8; 16]>()), option::of(text()), option::of(any::<[u8; 16]>()), option::of(admin))
        .prop_map(|(named, agent_id, user, token, admin)| Caller {
            agent: named.then(|| "robot-1".parse().unwrap()),
            agent_id: agent_id.map(AgentId::from_bytes),
            user,
            token: token.map(TokenId::from_bytes),
            admin,
        })
}

fn ending() -> impl Strategy<Value = Ending> {
    const OUTCOMES: [Outcome; 7] = [
        Outcome::Ok,
        Outcome::Error,
        Outcome::Refused,
        Outcome::Failed,
        Outcome::Timeout,
        Outcome::Cancelled,
        Outcome::Unknown,
    ];
    (proptest::sample::select(&OUTCOMES[..]), any::<bool>(), any::<u64>(), any::<u64>(), stages()).prop_map(
        |(outcome, coded, duration_us, response_bytes, stages)| Ending {
            outcome,
            code: coded.then_some(Code::NOT_RECORDED),
            duration_us,
            response_bytes,
            stages,
        },
    )
}

fn stages() -> impl Strategy<Value = Stages> {
    vec((proptest::sample::select(&Stage::ALL[..]), any::<u64>()), 0..4).prop_map(|took| {
        let mut stages = Stages::NONE;
        took.into_iter().for_each(|(stage, micros)| stages.set(stage, micros));
        stages
    })
}

fn facts() -> impl Strategy<Value = Facts> {
    const OPERATIONS: [Operation; 4] = [Operation::Read, Operation::Write, Operation::Destructive, Operation::Unknown];
    const DELIVERIES: [DeliveryClass; 5] =
        [DeliveryClass::Request, DeliveryClass::Fd, DeliveryClass::File, DeliveryClass::Env, DeliveryClass::Proxied];
    let carried = (any::<[u8; 16]>(), any::<u64>(), proptest::sample::select(&DELIVERIES[..]))
        .prop_map(|(id, version, delivery)| Carried { id: CredentialId::from_bytes(id), version, delivery });
    (
        option::of(text()),
        option::of(text()),
        option::of(any::<[u8; 32]>()),
        option::of(proptest::sample::select(&OPERATIONS[..])),
        option::of(any::<u64>()),
        prop_oneof![9 => vec(carried.clone(), 0..3), 1 => vec(carried, 30..40)],
    )
        .prop_map(|(client, request, pin, operation, policy_version, credentials)| Facts {
            client: client.map(Into::into),
            request,
            pin: pin.map(Pin),
            operation,
            policy_version,
            credentials,
        })
}

pub(crate) fn event() -> impl Strategy<Value = Event> {
    let subject =
        (option::of(text()), any::<bool>(), option::of(text())).prop_map(|(session, of_server, capability)| Subject {
            session,
            server: of_server.then(|| "fs".parse().unwrap()),
            capability,
        });
    let about = (any::<[u8; 16]>(), any::<u64>(), any::<i64>(), kind(), caller(), subject);
    let said = (
        any::<bool>(),
        prop_oneof![9 => vec(text(), 0..4), 1 => vec(text(), 30..40)],
        any::<u64>(),
        option::of(detail()),
        option::of(ending()),
    );
    let known = (facts(), option::of(any::<[u8; 16]>()), option::of(any::<[u8; 16]>()));
    (about, said, known).prop_map(
        |(
            (id, sequence, time, kind, caller, subject),
            (allowed, reasons, request_bytes, detail, ending),
            (facts, tenant, boot),
        )| Event {
            id: EventId::from_bytes(id),
            sequence,
            time: Moment::from_micros(time),
            kind,
            caller,
            subject,
            decision: if allowed { Decision::Allow } else { Decision::Deny },
            reasons,
            request_bytes,
            detail,
            ending,
            facts,
            origin: Origin { tenant: tenant.map(TenantId::from_bytes), boot: boot.map(BootId::from_bytes) },
        },
    )
}

pub(crate) fn issuer() -> impl Strategy<Value = Issuer> {
    (text(), text()).prop_map(|(install, host)| Issuer { install, version: "1.2.3", host })
}
