//! Events made of bytes.

use peta_audit::{Admin, Caller, Door, Ending, Event, Subject, format::Issuer};
use peta_model::{AgentId, Code, Decision, EventId, Moment, Outcome, Role, TokenId};

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
    let event = Event {
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
        }),
    };
    (event, Issuer { install: text(), version: "1.2.3", host: text() })
}
