//! From bytes to an entry. What does not fit is damage: nothing else writes these files.

mod bytes;
mod facts;

use std::borrow::Cow;

use peta_audit::{
    Admin, Caller, Commitment, Ending, Event, LeafOutcome, Origin, Private, Public, Stages, Subject, is_public_detail,
    is_public_name, public_reason,
};
use peta_model::{AgentId, BootId, Code, Decision, EventId, Moment, SubjectId, TokenId};

use super::entry::{ANSWERED, DECISIONS, DOORS, Kept, OUTCOMES, Open, ROLES, STAGED, flag, kind};
use bytes::{Bytes, when, word};
use facts::{FactsLine, facts, stages};

/// An entry as it is read; texts stay where they are.
#[derive(Debug)]
pub(crate) enum Item<'a> {
    Carried { sign: i64, open: Vec<Open>, boot: Option<BootId> },
    Boot(BootId, Moment),
    Closed(Moment),
    Mark(Moment),
    Intent(Line<'a>),
    Ending(u64, End<'a>),
    Whole(Line<'a>, End<'a>),
}

/// An ending.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End<'a> {
    pub(crate) ending: Ending,
    /// As it was written: a newer Peta may have had codes that this one does not know.
    code: Option<&'a str>,
    pub(crate) result: Option<Kept>,
}

/// An intent.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    pub(crate) id: EventId,
    pub(crate) time: Moment,
    pub(crate) kind: &'a str,
    pub(crate) who: Who<'a>,
    pub(crate) session: Option<&'a str>,
    pub(crate) server: Option<&'a str>,
    pub(crate) capability: Option<&'a str>,
    pub(crate) decision: Decision,
    reasons: Texts<'a>,
    request_bytes: u64,
    detail: Option<&'a str>,
    pub(crate) act: bool,
    pub(crate) sealed: Option<SealedLine<'a>>,
    facts: FactsLine<'a>,
    pub(crate) arguments: Option<Kept>,
}

/// The private part of an intent, where it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SealedLine<'a> {
    pub(crate) subject: SubjectId,
    pub(crate) commit: Commitment,
    pub(crate) bytes: &'a [u8],
}

/// Who it was.
#[derive(Debug)]
pub(crate) struct Who<'a> {
    pub(crate) agent: Option<&'a str>,
    pub(crate) agent_id: Option<AgentId>,
    user: Option<&'a str>,
    token: Option<TokenId>,
    admin: Option<Admin>,
}

/// Texts that are read when they are wanted.
#[derive(Debug)]
struct Texts<'a>(Bytes<'a>);

/// The number of the entry, and what it is.
pub(crate) fn item(body: &[u8]) -> Option<(u64, Item<'_>)> {
    let mut from = Bytes(body);
    let kind = from.byte()?;
    let number = from.long()?;
    let item = match kind {
        kind::CARRIED => {
            let sign = from.signed()?;
            let open = (0..from.number()?).map(|_| from.open()).collect::<Option<Vec<Open>>>()?;
            // Files that an earlier Peta began say nothing of it.
            let boot = when(from.0 != [kind], || from.id())?;
            Item::Carried { sign, open, boot }
        }
        kind::BOOT => {
            let at = from.moment()?;
            Item::Boot(from.id()?, at)
        }
        kind::CLOSED => Item::Closed(from.moment()?),
        kind::MARK => Item::Mark(from.moment()?),
        kind::INTENT => Item::Intent(from.line()?),
        kind::ENDING => {
            let event = from.long()?;
            Item::Ending(event, from.ending()?)
        }
        kind::WHOLE => {
            let line = from.line()?;
            Item::Whole(line, from.ending()?)
        }
        _ => return None,
    };
    (from.0 == [kind]).then_some((number, item))
}

impl Line<'_> {
    /// The event that this began, with its private part if that was opened. None if a name in it is none, which is
    /// damage too. Where it stands says whose record it is, and which run wrote it.
    pub(crate) fn event(&self, sequence: u64, ending: Option<Ending>, private: Option<Private>) -> Option<Event> {
        let Who { agent, agent_id, user, token, admin } = self.who;
        let private = private.unwrap_or_default();
        let or = |shown: Option<&str>, sealed: Option<String>| shown.map(str::to_owned).or(sealed);
        let caller = Caller {
            agent: or(agent, private.agent).map(|name| name.parse()).transpose().ok()?,
            agent_id,
            user: or(user, private.user),
            token,
            admin,
        };
        let subject = Subject {
            session: self.session.map(str::to_owned),
            server: self.server.map(str::parse).transpose().ok()?,
            capability: or(self.capability, private.capability),
        };
        Some(Event {
            id: self.id,
            sequence,
            time: self.time,
            kind: self.kind.to_owned(),
            caller,
            subject,
            decision: self.decision,
            reasons: if private.reasons.is_empty() {
                self.reasons.all().map(str::to_owned).collect()
            } else {
                private.reasons
            },
            request_bytes: self.request_bytes,
            detail: or(self.detail, private.detail),
            ending,
            facts: self.facts.whole(private.client, private.request),
            origin: Origin::default(),
        })
    }
}

impl<'a> Line<'a> {
    /// What stands in the tree. Of what was written before there were keys, too, nothing about people.
    pub(crate) fn public(&self) -> Public<'a> {
        Public {
            id: self.id,
            time: self.time,
            kind: self.kind,
            agent: self.who.agent_id,
            token: self.who.token,
            admin: self.who.admin,
            session: self.session,
            server: self.server,
            capability: self.public_capability(),
            decision: self.decision,
            reasons: self.public_reasons().collect(),
            request_bytes: self.request_bytes,
            facts: self.facts.public(),
            detail: self.detail.filter(|_| is_public_detail(self.who.admin, self.kind)),
            private: self.sealed.map(|sealed| (*sealed.subject.as_bytes(), sealed.commit)),
            arguments: self.arguments.map(|kept| kept.commit),
        }
    }
}

impl<'a> Line<'a> {
    /// The capability, if it stands where everybody reads it.
    pub(crate) fn public_capability(&self) -> Option<&'a str> {
        self.capability.filter(|name| is_public_name(name))
    }

    /// Why, as everybody may read it.
    pub(crate) fn public_reasons(&self) -> impl Iterator<Item = Cow<'a, str>> + use<'a> {
        self.reasons.all().map(public_reason)
    }

    /// The same reasons are the same bytes.
    pub(crate) const fn reasons_as_written(&self) -> &'a [u8] {
        self.reasons.0.0
    }
}

impl<'a> End<'a> {
    pub(crate) const fn code(&self) -> Option<&'a str> {
        self.code
    }

    /// What stands in the tree for the ending of the event with this number.
    pub(crate) fn outcome(&self, event: u64) -> LeafOutcome<'a> {
        let Ending { outcome, duration_us, response_bytes, stages, .. } = self.ending;
        let (intent, result) = (event.saturating_sub(1), self.result.map(|kept| kept.commit));
        LeafOutcome { intent, outcome, code: self.code, duration_us, response_bytes, stages, result }
    }
}

impl<'a> Texts<'a> {
    fn all(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let mut from = self.0;
        std::iter::from_fn(move || from.text())
    }
}

impl<'a> Bytes<'a> {
    fn open(&mut self) -> Option<Open> {
        let (event, time) = (self.long()?, self.signed()?);
        Some(Open { event, time, act: self.byte()? != 0 })
    }

    fn line(&mut self) -> Option<Line<'a>> {
        let (time, id) = (self.moment()?, self.id()?);
        let flags = self.chunk().map(u16::from_le_bytes)?;
        let decision = self.word(&DECISIONS)?;
        let request_bytes = self.number()?;
        let kind = self.text()?;
        let has = |flag| flags & flag != 0;
        let who = Who {
            agent: when(has(flag::AGENT), || self.text())?,
            agent_id: when(has(flag::AGENT_ID), || self.id())?,
            user: when(has(flag::USER), || self.text())?,
            token: when(has(flag::TOKEN), || self.id())?,
            admin: when(has(flag::ADMIN), || {
                let role = self.word(&ROLES)?;
                Some(Admin { role, door: self.word(&DOORS)? })
            })?,
        };
        let session = when(has(flag::SESSION), || self.text())?;
        let server = when(has(flag::SERVER), || self.text())?;
        let capability = when(has(flag::CAPABILITY), || self.text())?;
        let detail = when(has(flag::DETAIL), || self.text())?;
        let reasons = self.texts()?;
        let act = has(flag::ACT);
        let sealed = when(has(flag::SEALED), || self.sealed())?;
        let facts = if has(flag::FACTS) { facts(self)? } else { FactsLine::default() };
        let arguments = when(has(flag::ARGUMENTS), || self.kept())?;
        Some(Line {
            id,
            time,
            kind,
            who,
            session,
            server,
            capability,
            decision,
            reasons,
            request_bytes,
            detail,
            act,
            sealed,
            facts,
            arguments,
        })
    }

    fn sealed(&mut self) -> Option<SealedLine<'a>> {
        Some(SealedLine { subject: self.id()?, commit: self.chunk()?, bytes: self.bytes()? })
    }

    fn texts(&mut self) -> Option<Texts<'a>> {
        let count = self.number()?;
        let all = self.0;
        for _ in 0..count {
            self.text()?;
        }
        let read = all.len() - self.0.len();
        Some(Texts(Bytes(all.get(..read)?)))
    }

    fn ending(&mut self) -> Option<End<'a>> {
        let first = self.byte()?;
        let outcome = word(&OUTCOMES, first & !(STAGED | ANSWERED))?;
        let code = Some(self.text()?).filter(|code| !code.is_empty());
        let duration_us = self.number()?;
        let response_bytes = self.number()?;
        let stages = if first & STAGED == 0 { Stages::NONE } else { stages(self)? };
        let result = when(first & ANSWERED != 0, || self.kept())?;
        let ending = Ending { outcome, code: code.and_then(Code::find), duration_us, response_bytes, stages };
        Some(End { ending, code, result })
    }

    fn kept(&mut self) -> Option<Kept> {
        Some(Kept { commit: self.chunk()?, file: self.number()?, offset: self.number()? })
    }
}

#[cfg(test)]
mod tests;
