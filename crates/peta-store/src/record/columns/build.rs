//! From entries to columns, in memory: on the way to a file of columns, and for the end of the record, which grows.

use std::{borrow::Cow, fs::File, io};

use peta_model::BootId;

use super::{
    lexicon::Lexicon,
    shape::{COLUMNS, Column, Columns, DICTIONARIES, Dictionary, GROUP, Group, NONE, OTHER, moment, tail},
    words::Words,
};
use crate::record::{
    decode::{End, Item, Line},
    entry::{DECISIONS, OUTCOMES, place},
    walk::{Gap, walk},
};

/// Columns while they grow.
#[derive(Debug, Clone)]
pub(crate) struct Builder {
    groups: Vec<Group>,
    columns: Vec<[Vec<u32>; COLUMNS]>,
    lexicons: [Lexicon; DICTIONARIES],
    /// Events that began earlier, and where their endings stand.
    late: Vec<(u64, u64)>,
    gaps: Vec<Gap>,
    boots: Vec<(u64, BootId)>,
    /// What is before this place was read.
    to: u64,
}

impl Builder {
    /// Of nothing, behind this place.
    pub(crate) fn new(from: u64) -> Self {
        Self {
            groups: Vec::new(),
            columns: Vec::new(),
            lexicons: std::array::from_fn(|_| Lexicon::new()),
            late: Vec::new(),
            gaps: Vec::new(),
            boots: Vec::new(),
            to: from,
        }
    }

    pub(crate) const fn to(&self) -> u64 {
        self.to
    }

    /// Reads on, up to this place.
    pub(crate) fn read(&mut self, file: &File, to: u64) -> io::Result<()> {
        let gaps = walk(file, (self.to, to), |offset, number, item| self.note(offset, number, &item))?;
        self.gaps.extend(gaps);
        self.late.sort_unstable();
        self.to = to;
        Ok(())
    }

    fn note(&mut self, offset: u64, number: u64, item: &Item<'_>) {
        match item {
            Item::Intent(line) => self.begun(offset, number, line),
            Item::Whole(line, end) => {
                self.begun(offset, number, line);
                self.ended(offset, number, end);
            }
            Item::Ending(event, end) => self.ended(offset, *event, end),
            Item::Carried { boot, .. } => self.boots.extend(boot.map(|boot| (number, boot))),
            Item::Boot(boot, _) => self.boots.push((number, *boot)),
            Item::Closed(_) | Item::Mark(_) => {}
        }
    }

    fn begun(&mut self, offset: u64, number: u64, line: &Line<'_>) {
        let time = line.time.micros();
        if !self.groups.last().is_some_and(|group| has_room(group, offset, number)) {
            self.groups.push(Group { rows: 0, number, offset, time, earliest: time, latest: time });
            self.columns.push(Default::default());
        }
        let capability = match line.public_capability() {
            Some(name) => self.word(Dictionary::Capability, name.as_bytes()),
            None => OTHER,
        };
        let of = |this: &mut Self, dictionary, text: Option<&str>| {
            text.map_or(NONE, |text| this.word(dictionary, text.as_bytes()))
        };
        let kind = self.word(Dictionary::Kind, line.kind.as_bytes());
        let server = of(self, Dictionary::Server, line.server);
        let session = of(self, Dictionary::Session, line.session);
        let agent = line.who.agent_id.map_or(NONE, |id| self.word(Dictionary::Agent, id.as_bytes()));
        let reasons = self.reasons(line);
        let Some((group, columns)) = self.groups.last_mut().zip(self.columns.last_mut()) else { return };
        group.rows += 1;
        group.earliest = group.earliest.min(time);
        group.latest = group.latest.max(time);
        // In the order of `Column`.
        let row = [
            within(number, group.number),
            within(offset, group.offset),
            0,
            moment(time, group.time),
            tail(line.id),
            u32::from(place(&DECISIONS, line.decision)),
            0,
            kind,
            agent,
            server,
            capability,
            session,
            reasons,
            NONE,
        ];
        columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
    }

    fn ended(&mut self, offset: u64, event: u64, end: &End<'_>) {
        let code = end.code().map_or(OTHER, |code| self.word(Dictionary::Code, code.as_bytes()));
        let outcome = u32::from(place(&OUTCOMES, end.ending.outcome));
        let noted = self.row(event).and_then(|(group, row)| {
            // An ending that is too far away for the column is looked up like one in a later file.
            let at = u32::try_from(offset.checked_sub(self.groups.get(group)?.offset)?.checked_add(1)?).ok()?;
            let columns = self.columns.get_mut(group)?;
            for (column, value) in [(Column::End, at), (Column::Outcome, outcome), (Column::Code, code)] {
                *columns.get_mut(column as usize)?.get_mut(row)? = value;
            }
            Some(())
        });
        if noted.is_none() {
            self.late.push((event, offset));
        }
    }

    /// The group and the row of an event.
    fn row(&self, event: u64) -> Option<(usize, usize)> {
        let group = self.groups.partition_point(|group| group.number <= event).checked_sub(1)?;
        let number = u32::try_from(event - self.groups.get(group)?.number).ok()?;
        let row = self.columns.get(group)?.get(Column::Number as usize)?.binary_search(&number).ok()?;
        Some((group, row))
    }

    fn word(&mut self, dictionary: Dictionary, text: &[u8]) -> u32 {
        self.word_as(dictionary, text, || text.into())
    }

    /// All reasons of an event as one word, as everybody may read them.
    fn reasons(&mut self, line: &Line<'_>) -> u32 {
        let raw = line.reasons_as_written();
        if raw.is_empty() {
            return NONE;
        }
        self.word_as(Dictionary::Reasons, raw, || {
            line.public_reasons().collect::<Vec<_>>().join("\n").into_bytes().into()
        })
    }

    fn word_as<'t>(&mut self, dictionary: Dictionary, raw: &[u8], shown: impl FnOnce() -> Cow<'t, [u8]>) -> u32 {
        self.lexicons.get_mut(dictionary as usize).map_or(NONE, |lexicon| lexicon.number(raw, shown))
    }

    pub(super) fn all_late(&self) -> &[(u64, u64)] {
        &self.late
    }

    pub(super) fn all_words(&self) -> impl Iterator<Item = &Words> {
        self.lexicons.iter().map(|lexicon| &lexicon.words)
    }

    pub(super) fn all_columns(&self) -> impl Iterator<Item = &[Vec<u32>; COLUMNS]> {
        self.columns.iter()
    }
}

impl Columns for Builder {
    fn groups(&self) -> &[Group] {
        &self.groups
    }

    fn column(&self, group: usize, column: Column, into: &mut Vec<u32>) -> io::Result<()> {
        into.clear();
        let found = self.columns.get(group).and_then(|columns| columns.get(column as usize));
        into.extend_from_slice(found.map_or(&[], Vec::as_slice));
        Ok(())
    }

    fn words(&self, dictionary: Dictionary) -> io::Result<Cow<'_, Words>> {
        Ok(self.lexicons.get(dictionary as usize).map(|lexicon| Cow::Borrowed(&lexicon.words)).unwrap_or_default())
    }

    fn late(&self, event: u64) -> Option<u64> {
        find_late(&self.late, event)
    }

    fn boots(&self) -> &[(u64, BootId)] {
        &self.boots
    }

    fn gaps(&self) -> &[Gap] {
        &self.gaps
    }
}

pub(super) fn find_late(late: &[(u64, u64)], event: u64) -> Option<u64> {
    let at = late.binary_search_by_key(&event, |(event, _)| *event).ok()?;
    late.get(at).map(|(_, offset)| *offset)
}

/// Whether one more event fits: a group's numbers are small.
fn has_room(group: &Group, offset: u64, number: u64) -> bool {
    let near = |to: u64, from: u64| to >= from && to - from <= u64::from(u32::MAX / 2);
    (usize::try_from(group.rows).unwrap_or(usize::MAX)) < GROUP
        && near(offset, group.offset)
        && near(number, group.number)
}

fn within(to: u64, from: u64) -> u32 {
    u32::try_from(to.saturating_sub(from)).unwrap_or(u32::MAX)
}
