//! Searches a view of the record, a file at a time: rows by their columns, and then their entries. What columns say is held
//! against the entries: if those are others, the columns are made anew.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io,
    ops::Range,
    sync::Arc,
};

use peta_audit::{Ending, Event, Origin, Private};
use peta_model::BootId;

use super::{
    picks::Picks,
    query::{Fits, OPENED_AT_MOST, QueryError, Wanted},
};
use crate::{
    privacy::{Opener, Opening},
    record::{Column, Columns, Damage, Item, Kept, Line, Recent, View, entry_at, is_unfit, unfit},
};

/// A view while it is searched.
pub(crate) struct Search<'v> {
    pub(super) view: &'v View,
    recent: &'v Recent,
    pub(super) opener: Opener,
    pub(super) damage: BTreeSet<Damage>,
    logs: BTreeMap<usize, Arc<File>>,
    /// How many private parts were opened to see whether they are wanted.
    opened: usize,
    /// A run of Core that was looked up, and what it wrote.
    run: Option<(Range<u64>, BootId)>,
}

/// An event that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub event: Event,
    /// The number of its ending, if it has ended.
    pub outcome: Option<u64>,
    /// The random bytes and the text of its private part, as the entry commits to them, if that could be opened.
    pub opening: Option<Opening>,
    /// Where arguments and result lie, if they were kept.
    pub(crate) arguments: Option<Kept>,
    pub(crate) result: Option<Kept>,
}

impl Found {
    pub(crate) const fn has_payload(&self) -> bool {
        self.arguments.is_some() || self.result.is_some()
    }
}

/// An ending: its number, how it ended, and the result if it was kept.
type Ended = (u64, Ending, Option<Kept>);

/// Where an event stands, as columns say it.
#[derive(Debug, Clone, Copy)]
struct Row {
    file: usize,
    number: u64,
    intent: u64,
    end: Option<u64>,
}

/// Which events of a file, and how many.
pub(super) struct Stint<'w> {
    pub(super) wanted: &'w Wanted,
    pub(super) range: Range<u64>,
    /// The newest first.
    pub(super) back: bool,
    pub(super) most: usize,
}

impl<'v> Search<'v> {
    pub(crate) const fn new(view: &'v View, recent: &'v Recent, opener: Opener) -> Self {
        Self { view, recent, opener, damage: BTreeSet::new(), logs: BTreeMap::new(), opened: 0, run: None }
    }

    /// What is left when the search is over: damage that was met, and the keys that were missing.
    pub(crate) fn done(self) -> (BTreeSet<Damage>, Opener) {
        (self.damage, self.opener)
    }

    /// How many files there are; each but the last is full.
    pub(super) fn files(&self) -> usize {
        self.view.full().len() + 1
    }

    /// The number of the first entry of a file. What two runs wrote to the last one are two parts of the view.
    pub(super) fn first(&self, file: usize) -> u64 {
        self.view.parts.get(file).filter(|_| file < self.files()).map_or(u64::MAX, |part| part.first)
    }

    /// Matching events of a file, in the order they were asked for.
    pub(super) fn matching(&mut self, file: usize, stint: &Stint<'_>) -> Result<Vec<Found>, QueryError> {
        self.retried(file, |this, columns| match Picks::new(stint.wanted, columns)? {
            Some(picks) => this.picked((file, columns), &picks, stint),
            None => Ok(Vec::new()),
        })
    }

    /// The same for rows that are picked otherwise.
    pub(super) fn picked_in(
        &mut self,
        file: usize,
        picks: &Picks,
        stint: &Stint<'_>,
    ) -> Result<Vec<Found>, QueryError> {
        self.retried(file, |this, columns| this.picked((file, columns), picks, stint))
    }

    /// Once more with other columns, if those that there are prove to be unfit.
    fn retried<T>(
        &mut self,
        file: usize,
        mut work: impl FnMut(&mut Self, &dyn Columns) -> Result<T, QueryError>,
    ) -> Result<T, QueryError> {
        let columns = self.columns(file)?;
        match work(self, &*columns) {
            Err(QueryError::Failed(error)) if is_unfit(&error) => {
                self.forget(file);
                let columns = self.columns(file)?;
                work(self, &*columns)
            }
            done => done,
        }
    }

    fn picked(
        &mut self,
        (file, columns): (usize, &dyn Columns),
        picks: &Picks,
        stint: &Stint<'_>,
    ) -> Result<Vec<Found>, QueryError> {
        let mut found = Vec::new();
        let groups = columns.groups().len();
        for step in 0..groups {
            if found.len() >= stint.most {
                break;
            }
            let at = if stint.back { groups - 1 - step } else { step };
            let mut rows = picks.rows(columns, at, &stint.range)?;
            if stint.back {
                rows.reverse();
            }
            for row in places(file, columns, at, &rows)? {
                if found.len() >= stint.most {
                    break;
                }
                found.extend(self.event(row, stint.wanted)?);
            }
        }
        Ok(found)
    }

    /// Reads an event, if it is wanted.
    fn event(&mut self, row: Row, wanted: &Wanted) -> Result<Option<Found>, QueryError> {
        let log = self.log(row.file)?;
        let mut buffer = Vec::new();
        let (line, end) = match entry_at(&log, row.intent, &mut buffer)? {
            Some((number, Item::Whole(line, end))) if number == row.number => {
                (line, Some((number + 1, end.ending, end.result)))
            }
            Some((number, Item::Intent(line))) if number == row.number => (line, self.ending(row)?),
            _ => return Err(unfit().into()),
        };
        let told = self.told(&line, row.number, end.map(|(_, ending, _)| ending), wanted)?;
        let (outcome, result) = (end.map(|(number, ..)| number), end.and_then(|(_, _, result)| result));
        let arguments = line.arguments;
        let found = |(event, opening)| Ok(Found { event: self.placed(event)?, outcome, opening, arguments, result });
        told.map(found).transpose()
    }

    /// With the run of Core that wrote it.
    pub(super) fn placed(&mut self, event: Event) -> io::Result<Event> {
        let boot = self.boot(event.sequence)?;
        Ok(Event { origin: Origin { boot, ..event.origin }, ..event })
    }

    /// The run that wrote the entry of this number. Each file tells with its first entry; of one that does not, those before
    /// it may know.
    fn boot(&mut self, number: u64) -> io::Result<Option<BootId>> {
        if let Some((_, boot)) = self.view.boot.filter(|(from, _)| *from <= number) {
            return Ok(Some(boot));
        }
        if let Some((_, boot)) = self.run.as_ref().filter(|(wrote, _)| wrote.contains(&number)) {
            return Ok(Some(*boot));
        }
        for file in (0..self.files()).rev().filter(|file| self.first(*file) <= number).collect::<Vec<_>>() {
            let columns = self.columns(file)?;
            let boots = columns.boots();
            let behind = boots.partition_point(|(from, _)| *from <= number);
            let Some((from, boot)) = behind.checked_sub(1).and_then(|at| boots.get(at)) else { continue };
            let to = boots.get(behind).map_or(self.first(file + 1), |(next, _)| *next);
            self.run = Some((*from..to, *boot));
            return Ok(Some(*boot));
        }
        Ok(None)
    }

    /// The event if it is wanted, with its private part if that can be opened.
    fn told(
        &mut self,
        line: &Line<'_>,
        number: u64,
        ending: Option<Ending>,
        wanted: &Wanted,
    ) -> Result<Option<(Event, Option<Opening>)>, QueryError> {
        if wanted.wants(line, ending.as_ref()) == Fits::Perhaps {
            self.opened += 1;
            if self.opened > OPENED_AT_MOST {
                return Err(QueryError::TooWide);
            }
        }
        Ok(wanted_event(&mut self.opener, line, number, ending, wanted))
    }

    /// The ending of an event, with its number; none if it is still open, or lost.
    fn ending(&mut self, row: Row) -> io::Result<Option<Ended>> {
        if self.view.open.contains(&row.number) {
            return Ok(None);
        }
        if let Some(at) = row.end {
            return self.ending_at(row.file, at, row.number).map(Some);
        }
        for file in row.file..self.files() {
            let Some(at) = self.columns(file)?.late(row.number) else { continue };
            match self.ending_at(file, at, row.number) {
                Err(error) if is_unfit(&error) => {
                    self.forget(file);
                    let Some(at) = self.columns(file)?.late(row.number) else { continue };
                    return self.ending_at(file, at, row.number).map(Some);
                }
                found => return found.map(Some),
            }
        }
        Ok(None)
    }

    fn ending_at(&mut self, file: usize, at: u64, event: u64) -> io::Result<Ended> {
        match entry_at(&*self.log(file)?, at, &mut Vec::new())? {
            Some((number, Item::Ending(of, end))) if of == event => Ok((number, end.ending, end.result)),
            _ => Err(unfit()),
        }
    }

    fn columns(&mut self, file: usize) -> io::Result<Arc<dyn Columns>> {
        let (path, columns): (_, Arc<dyn Columns>) = match self.view.full().get(file) {
            Some(part) => (part.path.clone(), part.columns()?),
            None => {
                let end = self.view.end().ok_or(io::ErrorKind::NotFound)?;
                let columns = self.recent.columns(&end)?;
                (end.path, columns)
            }
        };
        let damage = columns.gaps().iter();
        self.damage.extend(damage.map(|gap| Damage { path: path.clone(), offset: gap.offset, bytes: gap.bytes }));
        Ok(columns)
    }

    fn forget(&self, file: usize) {
        match self.view.full().get(file) {
            Some(part) => {
                tracing::warn!(file = %part.path.display(), "what a file is searched by does not fit it and is made anew");
                part.forget_columns();
            }
            None => self.recent.forget(),
        }
    }

    fn log(&mut self, file: usize) -> io::Result<Arc<File>> {
        if let Some(log) = self.logs.get(&file) {
            return Ok(Arc::clone(log));
        }
        let part = self.view.parts.get(file).ok_or(io::ErrorKind::NotFound)?;
        let log = Arc::new(File::open(&part.path)?);
        self.logs.insert(file, Arc::clone(&log));
        Ok(log)
    }
}

/// The event of an intent if it is wanted, with its private part if that can be opened.
pub(super) fn wanted_event(
    opener: &mut Opener,
    line: &Line<'_>,
    number: u64,
    ending: Option<Ending>,
    wanted: &Wanted,
) -> Option<(Event, Option<Opening>)> {
    let fits = wanted.wants(line, ending.as_ref());
    if fits == Fits::No {
        return None;
    }
    let opening = line.sealed.and_then(|sealed| opener.open(line.id, &sealed));
    let private = opening.as_ref().and_then(|opening| Private::of_text(&opening.text));
    if fits == Fits::Perhaps && !wanted.wants_private(private.as_ref()) {
        return None;
    }
    let event = line.event(number, ending, private)?;
    Some((Event { origin: Origin { tenant: Some(opener.tenant()), boot: None }, ..event }, opening))
}

/// Where rows of a group stand.
fn places(file: usize, columns: &dyn Columns, at: usize, rows: &[usize]) -> io::Result<Vec<Row>> {
    let Some(group) = columns.groups().get(at).filter(|_| !rows.is_empty()) else { return Ok(Vec::new()) };
    let mut values = [const { Vec::new() }; 3];
    for (column, into) in [Column::Number, Column::Intent, Column::End].into_iter().zip(&mut values) {
        columns.column(at, column, into)?;
    }
    let [numbers, intents, ends] = values;
    let row = |row: &usize| {
        let (number, intent, end) = (numbers.get(*row)?, intents.get(*row)?, ends.get(*row)?);
        let number = group.number.saturating_add(u64::from(*number));
        let end = end.checked_sub(1).map(|end| group.place(end));
        Some(Row { file, number, intent: group.place(*intent), end })
    };
    rows.iter().map(row).collect::<Option<Vec<Row>>>().ok_or_else(unfit)
}
