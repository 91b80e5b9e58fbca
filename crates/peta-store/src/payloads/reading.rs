//! Opens what was kept of calls, one by one, and holds it against what the record says of it.

use std::{collections::BTreeSet, io, sync::Arc};

use peta_audit::{Event, Payload, PayloadPart, SALT, commitment};
use peta_model::{EventId, SubjectId, TenantId};

use super::files::Files;
use crate::{
    events::{EventQuery, Found, OPENED_AT_MOST, PAGE_LIMIT, Part, QueryError, Reader, Which},
    privacy::{PayloadPlace, subject_of},
    record::Kept,
    subjects::Subjects,
};

/// An event, and what was kept of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub event: Event,
    /// The number of its ending, if it has ended.
    pub outcome: Option<u64>,
    /// None: they were not kept.
    pub arguments: Option<Opened>,
    pub result: Option<Opened>,
}

/// What became of a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// It is what was recorded; with what stands before it where it is committed to.
    Whole([u8; SALT], Payload),
    /// Its time is over: the file is not there any more.
    Expired,
    /// Its key is not there: the person was erased, or the vault is locked.
    Sealed,
    /// What is there is not what was recorded.
    Changed,
}

/// Some of them, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidPage {
    pub items: Vec<Said>,
    /// Where to go on; none if that was all there is.
    pub cursor: Option<u64>,
}

/// What reads them.
pub(crate) struct Reading<'s> {
    pub(crate) reader: &'s Reader,
    pub(crate) files: Arc<Files>,
    pub(crate) subjects: Subjects,
    pub(crate) tenant: TenantId,
}

/// A page ends when so many bytes were opened.
const PAGE_BYTES: usize = 8 << 20;
/// Without a text it also ends after so many events, most of which may have nothing kept: who asks goes on from there.
const PAGE_EVENTS: usize = 20 * PAGE_LIMIT;

impl Reading<'_> {
    pub(crate) async fn one(&self, which: Which) -> Result<Option<Said>, QueryError> {
        match self.reader.find(which).await? {
            Some(found) => Ok(Some(self.opened(found).await?)),
            None => Ok(None),
        }
    }

    /// Those of a query of which something was kept; with a text, those in which it occurs. A text is looked for in all that fit
    /// otherwise, or, if these are too many, in none.
    pub(crate) async fn page(&self, query: &EventQuery, text: Option<&str>) -> Result<SaidPage, QueryError> {
        let (most, text) = (query.most(), text.map(str::to_lowercase));
        let mut query = EventQuery { limit: PAGE_LIMIT, ..query.clone() };
        let (mut items, mut seen, mut bytes) = (Vec::new(), 0, 0);
        loop {
            let (found, next) = self.reader.found(&query).await?;
            for found in found.into_iter().rev() {
                seen += 1;
                if text.is_some() && seen > OPENED_AT_MOST {
                    return Err(QueryError::TooMuchSaid);
                }
                if !found.has_payload() {
                    continue;
                }
                let sequence = found.event.sequence;
                let said = self.opened(found).await?;
                if text.as_ref().is_none_or(|text| said.has(text)) {
                    bytes += said.bytes();
                    items.push(said);
                }
                if items.len() >= most || bytes >= PAGE_BYTES {
                    return Ok(SaidPage { items, cursor: Some(sequence) });
                }
            }
            match next {
                Some(next) if text.is_none() && seen >= PAGE_EVENTS => {
                    return Ok(SaidPage { items, cursor: Some(next) });
                }
                Some(next) => query.part = Part::Before(Some(next)),
                None => return Ok(SaidPage { items, cursor: None }),
            }
        }
    }

    async fn opened(&self, found: Found) -> Result<Said, QueryError> {
        let Found { event, outcome, arguments, result, .. } = found;
        let arguments = self.open(event.id, PayloadPart::Arguments, arguments).await?;
        let result = self.open(event.id, PayloadPart::Result, result).await?;
        Ok(Said { event, outcome, arguments, result })
    }

    async fn open(&self, event: EventId, part: PayloadPart, kept: Option<Kept>) -> Result<Option<Opened>, QueryError> {
        let Some(kept) = kept else { return Ok(None) };
        let files = Arc::clone(&self.files);
        let read = tokio::task::spawn_blocking(move || files.read((kept.file, kept.offset))).await;
        let body = match read.map_err(|_| QueryError::Closed)? {
            Ok(Some(body)) => body,
            Ok(None) => return Ok(Some(Opened::Expired)),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(Some(Opened::Changed)),
            Err(error) => return Err(error.into()),
        };
        let place = PayloadPlace { tenant: self.tenant, event, part };
        let Some(subject) = subject_of(&place, &body) else { return Ok(Some(Opened::Changed)) };
        if self.subjects.by_id(subject).is_none() {
            self.bring(subject).await;
        }
        let Some(key) = self.subjects.by_id(subject) else { return Ok(Some(Opened::Sealed)) };
        let whole = place.open(&key, &body).filter(|salted| commitment(salted) == kept.commit);
        Ok(Some(
            whole
                .and_then(|salted| Payload::read(&salted))
                .map_or(Opened::Changed, |(salt, payload)| Opened::Whole(salt, payload)),
        ))
    }

    async fn bring(&self, subject: SubjectId) {
        if let Err(error) = self.subjects.load(&BTreeSet::from([subject])).await {
            tracing::warn!(%error, "keys for the record's payloads cannot be read");
        }
    }
}

impl Said {
    fn payloads(&self) -> impl Iterator<Item = &Payload> {
        [&self.arguments, &self.result].into_iter().filter_map(|opened| match opened {
            Some(Opened::Whole(_, payload)) => Some(payload),
            _ => None,
        })
    }

    fn has(&self, text: &str) -> bool {
        self.payloads().any(|payload| payload.text.to_lowercase().contains(text))
    }

    fn bytes(&self) -> usize {
        self.payloads().map(|payload| payload.text.len()).sum()
    }
}
