//! Events made of bytes.

use peta_audit::{
    Admin, Caller, Carried, Door, Ending, Event, Facts, Origin, Pin, Stage, Stages, Subject, format::Issuer,
};
use peta_model::{
    AgentId, BootId, Code, CredentialId, Decision, DeliveryClass, EventId, Moment, Operation, Outcome, Role, TenantId,
    TokenId,
};

/// A few bytes say what is there, the texts stand behind them, a byte 0xFF between.
pub(crate) fn made(data: &[u8]) -> (Event, Issuer) {
    let (head, rest) = data.split_at(data.len().min(8));
    let bit = |at: usize| head.get(at / 8).is_some_and(|byte| byte >> (at % 8) & 1 == 1);
    let byte = |at: usize| head.get(at).copied().unwrap_or_default();
    let mut texts = rest.split(|byte| *byte == 0xFF).map(|text| String::from_utf8_lossy(text).into_owned());
    let mut text = || texts.next().unwrap_or_default();
    let role = [Role::Owner, Role::Auditor, Role::Payloads][usize::from(byte(2) % 3)];
    let outcomes = [
        Outcome::Ok,
        Outcome::Error,
        Outcome::Refused,
        Outcome::Failed,
        Outcome::Timeout,
        Outcome::Cancelled,
        Outcome::Unknown,
    ];
    let number = u64::from_le_bytes([byte(7), byte(6), byte(5), byte(4), byte(3), byte(2), byte(1), byte(0)]);
    let mut stages = Stages::NONE;
    Stage::ALL.into_iter().enumerate().for_each(|(at, stage)| stages.set(stage, u64::from(byte(at)) << 4));
    let mut event = Event {
        id: EventId::from_bytes([byte(3); 16]),
        sequence: number,
        time: Moment::from_micros(number as i64),
        kind: text(),
        caller: Caller {
            agent: bit(0).then(|| "robot-1".parse().expect("a name")),
            agent_id: bit(1).then(|| AgentId::from_bytes([byte(4); 16])),
            user: bit(2).then(&mut text),
            token: bit(3).then(|| TokenId::from_bytes([byte(5); 16])),
            admin: bit(4).then(|| Admin { role, door: Door::ALL[usize::from(byte(3) % 3)] }),
        },
        subject: Subject {
            session: bit(5).then(&mut text),
            server: bit(6).then(|| "fs".parse().expect("a name")),
            capability: bit(7).then(&mut text),
        },
        decision: if bit(8) { Decision::Allow } else { Decision::Deny },
        reasons: (0..byte(1) % 5).map(|_| text()).collect(),
        request_bytes: number >> 7,
        detail: bit(9).then(&mut text),
        ending: bit(10).then(|| Ending {
            outcome: outcomes[usize::from(byte(4) % 7)],
            code: bit(11).then_some(Code::NOT_RECORDED),
            duration_us: number >> 3,
            response_bytes: number,
            stages,
        }),
        facts: Facts {
            client: None,
            request: None,
            pin: bit(12).then(|| Pin([byte(6); 32])),
            operation: bit(13).then_some(Operation::Destructive),
            policy_version: bit(14).then_some(number),
            credentials: (0..byte(6) % 3)
                .map(|at| Carried {
                    id: CredentialId::from_bytes([at; 16]),
                    version: number,
                    delivery: DeliveryClass::Request,
                })
                .collect(),
        },
        origin: Origin {
            tenant: bit(15).then(|| TenantId::from_bytes([byte(2); 16])),
            boot: bit(16).then(|| BootId::from_bytes([byte(1); 16])),
        },
    };
    let issuer = Issuer { install: text(), version: "1.2.3", host: text() };
    // Behind the texts that the corpus knows.
    event.facts.client = bit(17).then(&mut text).map(Into::into);
    event.facts.request = bit(18).then(&mut text);
    (event, issuer)
}
