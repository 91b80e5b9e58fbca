//! From a query to rows: which words of a file are wanted, and which rows of a group have them. Rows may turn out not to be
//! wanted when their entries are read; none that is wanted is left out.

use std::{io, ops::Range};

use peta_audit::is_public_name;
use peta_model::EventId;

use super::query::Wanted;
use crate::record::{
    Column, Columns, DECISIONS, Dictionary, Group, NONE, OTHER, OUTCOMES, Words, id_tail, moment, place,
};

/// What is wanted, in the numbers of one file.
#[derive(Debug)]
pub(super) struct Picks {
    /// All of them must be so.
    all: Vec<(Column, Numbers)>,
    /// One of them must be so, if there is any.
    some: Vec<(Column, Numbers)>,
    earliest: i64,
    before: i64,
}

/// Some numbers of a column.
#[derive(Debug, PartialEq, Eq)]
enum Numbers {
    One(u32),
    /// Whether the number is one, by the number.
    Many(Vec<bool>),
}

impl Picks {
    /// None if a row with what is wanted cannot be there.
    pub(super) fn new(wanted: &Wanted, columns: &dyn Columns) -> io::Result<Option<Self>> {
        let query = &wanted.query;
        let mut all = Vec::new();
        if let Some(agents) = &wanted.agents {
            let words = columns.words(Dictionary::Agent)?;
            all.push((Column::Agent, words.pick(|id| agents.iter().any(|agent| agent.as_bytes() == id))));
        }
        if wanted.subjects.is_some() {
            let mut numbers = vec![false; columns.words(Dictionary::Agent)?.len().max(1)];
            mark(&mut numbers, NONE);
            all.push((Column::Agent, numbers));
        }
        if let Some(server) = &query.server {
            all.push((Column::Server, columns.words(Dictionary::Server)?.pick(|word| word == server.as_bytes())));
        }
        if let Some(kind) = &query.kind {
            all.push((Column::Kind, columns.words(Dictionary::Kind)?.pick(|word| word == kind.as_bytes())));
        }
        if let Some(name) = &query.capability {
            let words = columns.words(Dictionary::Capability)?;
            all.push((Column::Capability, capability(name, &words)));
        }
        if let Some(code) = &query.code {
            let words = columns.words(Dictionary::Code)?;
            all.push((Column::Code, or_not_here(words.pick(|word| word == code.as_bytes()))));
        }
        if let Some(outcome) = query.outcome {
            let numbers = (0..=OUTCOMES.len()).map(|number| number == usize::from(place(&OUTCOMES, outcome)));
            all.push((Column::Outcome, or_not_here(numbers.collect())));
        }
        if let Some(decision) = query.decision {
            let numbers = (0..=DECISIONS.len()).map(|number| number == usize::from(place(&DECISIONS, decision)));
            all.push((Column::Decision, numbers.collect()));
        }
        let all = all.into_iter().map(|(column, numbers)| Some((column, Numbers::of(numbers)?)));
        let Some(all) = all.collect() else { return Ok(None) };
        let some = match &wanted.text {
            Some(text) => texts(text, columns)?,
            None => Vec::new(),
        };
        if wanted.text.is_some() && some.is_empty() {
            return Ok(None);
        }
        let earliest = query.from.map_or(i64::MIN, |from| from.micros());
        let before = query.to.map_or(i64::MAX, |to| to.micros());
        Ok(Some(Self { all, some, earliest, before }))
    }

    /// The event with this id.
    pub(super) fn of_id(id: EventId) -> Self {
        let all = vec![(Column::Id, Numbers::One(id_tail(id)))];
        Self { all, some: Vec::new(), earliest: i64::MIN, before: i64::MAX }
    }

    /// The rows of a group whose numbers lie in the range, in their order.
    pub(super) fn rows(&self, columns: &dyn Columns, at: usize, range: &Range<u64>) -> io::Result<Vec<usize>> {
        let Some(group) = columns.groups().get(at) else { return Ok(Vec::new()) };
        let before = columns.groups().get(at + 1).is_some_and(|next| next.number <= range.start);
        if before || group.latest < self.earliest || group.earliest >= self.before || group.number >= range.end {
            return Ok(Vec::new());
        }
        let mut mask = vec![true; usize::try_from(group.rows).unwrap_or(usize::MAX)];
        let mut column = Vec::new();
        for (which, numbers) in &self.all {
            columns.column(at, *which, &mut column)?;
            numbers.keep(&mut mask, &column);
            // Without a branch for each row.
            if !mask.iter().fold(false, |some, row| some | row) {
                return Ok(Vec::new());
            }
        }
        if !self.some.is_empty() {
            let mut found = vec![false; mask.len()];
            for (which, numbers) in &self.some {
                columns.column(at, *which, &mut column)?;
                numbers.add(&mut found, &column);
            }
            keep(&mut mask, &found, |found| *found);
        }
        self.keep_in_time(&mut mask, (columns, at), group)?;
        keep_in_range(&mut mask, (columns, at), group, range)?;
        Ok(mask.iter().enumerate().filter(|(_, row)| **row).map(|(at, _)| at).collect())
    }

    fn keep_in_time(&self, mask: &mut [bool], (columns, at): (&dyn Columns, usize), group: &Group) -> io::Result<()> {
        if group.earliest >= self.earliest && group.latest < self.before {
            return Ok(());
        }
        let (least, most) = (moment(self.earliest, group.time), moment(self.before, group.time));
        let mut times = Vec::new();
        columns.column(at, Column::Time, &mut times)?;
        // The thousandth of a second in which a limit lies belongs to both sides of it.
        keep(mask, &times, |time| (least..=most).contains(time));
        Ok(())
    }
}

impl Numbers {
    /// None if there are none.
    fn of(which: Vec<bool>) -> Option<Self> {
        let mut numbers = which.iter().enumerate().filter(|(_, is)| **is).map(|(number, _)| number);
        let first = u32::try_from(numbers.next()?).ok()?;
        Some(if numbers.next().is_none() { Self::One(first) } else { Self::Many(which) })
    }

    fn keep(&self, mask: &mut [bool], column: &[u32]) {
        match self {
            Self::One(wanted) => keep(mask, column, |number| number == wanted),
            Self::Many(which) => keep(mask, column, |number| has(which, *number)),
        }
    }

    fn add(&self, found: &mut [bool], column: &[u32]) {
        let rows = found.iter_mut().zip(column);
        match self {
            Self::One(wanted) => rows.for_each(|(row, number)| *row |= number == wanted),
            Self::Many(which) => rows.for_each(|(row, number)| *row |= has(which, *number)),
        }
    }
}

fn keep<T>(mask: &mut [bool], column: &[T], wanted: impl Fn(&T) -> bool) {
    mask.iter_mut().zip(column).for_each(|(row, value)| *row &= wanted(value));
}

fn has(which: &[bool], number: u32) -> bool {
    usize::try_from(number).ok().and_then(|number| which.get(number)).is_some_and(|is| *is)
}

fn keep_in_range(
    mask: &mut [bool],
    (columns, at): (&dyn Columns, usize),
    group: &Group,
    range: &Range<u64>,
) -> io::Result<()> {
    // Numbers grow, and an event has one at least.
    let ends_before = columns.groups().get(at + 1).is_some_and(|next| next.number <= range.end);
    if group.number >= range.start && ends_before {
        return Ok(());
    }
    let mut numbers = Vec::new();
    columns.column(at, Column::Number, &mut numbers)?;
    keep(mask, &numbers, |number| range.contains(&(group.number + u64::from(*number))));
    Ok(())
}

/// A name that everybody may read stands in the column; another one only the private part tells.
fn capability(name: &str, words: &Words) -> Vec<bool> {
    if is_public_name(name) {
        return words.pick(|word| word == name.as_bytes());
    }
    let mut numbers = vec![false; words.len()];
    mark(&mut numbers, OTHER);
    numbers
}

/// Where the ending is in another file, it is asked there.
fn or_not_here(mut numbers: Vec<bool>) -> Vec<bool> {
    mark(&mut numbers, NONE);
    numbers
}

fn mark(numbers: &mut [bool], number: u32) {
    if let Some(is) = usize::try_from(number).ok().and_then(|number| numbers.get_mut(number)) {
        *is = true;
    }
}

/// Where a text can be.
fn texts(text: &str, columns: &dyn Columns) -> io::Result<Vec<(Column, Numbers)>> {
    let places = [
        (Column::Kind, Dictionary::Kind),
        (Column::Server, Dictionary::Server),
        (Column::Capability, Dictionary::Capability),
        (Column::Session, Dictionary::Session),
        (Column::Reasons, Dictionary::Reasons),
    ];
    let mut found = Vec::new();
    for (column, dictionary) in places {
        let numbers = Numbers::of(columns.words(dictionary)?.containing(text));
        found.extend(numbers.map(|numbers| (column, numbers)));
    }
    let codes = columns.words(Dictionary::Code)?.containing(text);
    let codes = if may_be_code(text) { or_not_here(codes) } else { codes };
    found.extend(Numbers::of(codes).map(|numbers| (Column::Code, numbers)));
    Ok(found)
}

/// Whether the text can be in a code: `p` and digits.
fn may_be_code(text: &str) -> bool {
    text.strip_prefix('p').unwrap_or(text).bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use peta_model::{BootId, Moment, Outcome};

    use super::*;
    use crate::{events::EventQuery, record::Gap};

    /// Three events of one group, a millisecond apart; the second ends in another file.
    struct Three(Group);

    impl Columns for Three {
        fn groups(&self) -> &[Group] {
            std::slice::from_ref(&self.0)
        }

        fn column(&self, _: usize, column: Column, into: &mut Vec<u32>) -> io::Result<()> {
            *into = match column {
                Column::Number => vec![0, 2, 5],
                Column::Time => vec![moment(1_000_000, 1_000_000), moment(1_001_500, 1_000_000), u32::MAX],
                Column::Outcome => vec![1, 0, 2],
                _ => vec![OTHER; 3],
            };
            Ok(())
        }

        fn words(&self, _: Dictionary) -> io::Result<Cow<'_, Words>> {
            Ok(Cow::Owned(Words::default()))
        }

        fn late(&self, _: u64) -> Option<u64> {
            None
        }

        fn boots(&self) -> &[(u64, BootId)] {
            &[]
        }

        fn gaps(&self) -> &[Gap] {
            &[]
        }
    }

    fn rows(query: EventQuery, range: Range<u64>) -> Option<Vec<usize>> {
        let group = Group { rows: 3, number: 10, offset: 64, time: 1_000_000, earliest: 1_000_000, latest: i64::MAX };
        let wanted = Wanted { text: query.text.clone(), query, agents: None, subjects: None };
        Picks::new(&wanted, &Three(group)).unwrap().map(|picks| picks.rows(&Three(group), 0, &range).unwrap())
    }

    fn between(from: i64, to: i64) -> EventQuery {
        let moment = |micros| Some(Moment::from_micros(micros));
        EventQuery { from: moment(from), to: moment(to), ..EventQuery::default() }
    }

    #[test]
    fn rows_are_kept_to_the_range_and_to_the_millisecond() {
        let all = EventQuery::default;
        assert_eq!(rows(all(), 0..u64::MAX), Some(vec![0, 1, 2]));
        assert_eq!(rows(all(), 11..15), Some(vec![1]));
        assert_eq!(rows(all(), 0..10), Some(vec![]));
        assert_eq!(rows(between(1_000_999, 1_001_200), 0..u64::MAX), Some(vec![0, 1]));
        assert_eq!(rows(between(1_002_000, i64::MAX), 0..u64::MAX), Some(vec![2]));
        assert_eq!(rows(between(0, 999_999), 0..u64::MAX), Some(vec![]));
    }

    #[test]
    fn an_ending_in_another_file_may_be_any() {
        let outcome = |outcome| EventQuery { outcome: Some(outcome), ..EventQuery::default() };
        assert_eq!(rows(outcome(Outcome::Ok), 0..u64::MAX), Some(vec![0, 1]));
        assert_eq!(rows(outcome(Outcome::Timeout), 0..u64::MAX), Some(vec![1]));
        // A word that is nowhere in the file needs no row to be looked at.
        assert_eq!(rows(EventQuery { kind: Some("list".into()), ..EventQuery::default() }, 0..u64::MAX), None);
        assert!(may_be_code("p5") && may_be_code("5005") && !may_be_code("5p") && !may_be_code("x"));
    }
}
