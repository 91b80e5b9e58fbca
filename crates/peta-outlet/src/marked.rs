//! The event that is sent to try a receiver: marked as what it is, and in no record.

use peta_audit::{Admin, Caller, Door, Ending, Event, Facts, Origin, Subject};
use peta_model::{Decision, EventId, Moment, Outcome, Role};
use peta_store::Ended;

/// Its kind.
pub(crate) const KIND: &str = "sink.test";

pub(crate) fn marked(id: [u8; 16], now: Moment) -> Ended {
    let event = Event {
        id: EventId::from_bytes(id),
        sequence: 0,
        time: now,
        kind: KIND.to_owned(),
        caller: Caller { admin: Some(Admin { role: Role::Owner, door: Door::Core }), ..Caller::default() },
        subject: Subject::default(),
        decision: Decision::Allow,
        reasons: Vec::new(),
        request_bytes: 0,
        detail: None,
        ending: Some(Ending::of(Outcome::Ok)),
        facts: Facts::default(),
        origin: Origin::default(),
    };
    Ended { number: 0, event }
}
