//! Answers for people: tables, fields, and the forms of times, lengths and sizes. Nothing that comes from elsewhere
//! reaches a terminal with its control characters.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets::NOTHING};
use peta_model::Moment;

use crate::fault::printable;

/// Rows under headings. What does not fit the width is wrapped; on a very narrow screen each row is a block.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>], width: Option<u16>) -> String {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| one_line(cell)).collect()).collect();
    let natural: usize = (0..headings.len()).map(|at| widest(headings, &rows, at) + 2).sum();
    match width {
        Some(width) if natural > usize::from(width) && width < 60 => blocks(headings, &rows, width),
        _ => drawn(headings, &rows, width.filter(|width| natural > usize::from(*width))),
    }
}

/// Names and values, one pair a line; a long value goes on under itself.
pub(crate) fn fields(pairs: &[(&str, String)], width: Option<u16>) -> String {
    let rows: Vec<Vec<String>> = pairs.iter().map(|(name, value)| vec![(*name).to_owned(), printable(value)]).collect();
    let mut table = plain();
    bound(&mut table, width);
    table.add_rows(rows);
    trimmed(&table)
}

/// A time in UTC, to the second.
pub(crate) fn time(at: Moment) -> String {
    let text = at.to_string();
    text.get(..19).unwrap_or(&text).replace('T', " ")
}

pub(crate) fn time_or(at: Option<Moment>, otherwise: &str) -> String {
    at.map_or_else(|| otherwise.to_owned(), time)
}

/// A length of time, to about three digits.
pub(crate) fn length(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros}µs"),
        1_000..10_000 => tenths(micros, 1_000, "ms"),
        10_000..1_000_000 => format!("{}ms", micros / 1_000),
        1_000_000..60_000_000 => tenths(micros, 1_000_000, "s"),
        60_000_000..3_600_000_000 => format!("{}m{:02}s", micros / 60_000_000, micros / 1_000_000 % 60),
        _ => format!("{}h{:02}m", micros / 3_600_000_000, micros / 60_000_000 % 60),
    }
}

/// `1 tool`, `2 tools`.
pub(crate) fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Yes or no.
pub(crate) fn yes(it: bool) -> String {
    if it { "yes" } else { "no" }.to_owned()
}

/// A list on one line, or a dash for an empty one.
pub(crate) fn listed<T: ToString>(items: &[T]) -> String {
    if items.is_empty() { "-".to_owned() } else { items.iter().map(T::to_string).collect::<Vec<_>>().join(", ") }
}

/// A word of a command line, quoted if a shell would read it otherwise.
pub(crate) fn quoted(word: &str) -> String {
    let safe = |b: u8| b.is_ascii_alphanumeric() || b"-_./=:@,+%".contains(&b);
    if !word.is_empty() && word.bytes().all(safe) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn drawn(headings: &[&str], rows: &[Vec<String>], width: Option<u16>) -> String {
    let mut table = plain();
    bound(&mut table, width);
    table.set_header(headings.iter().map(|heading| (*heading).to_owned()).collect::<Vec<String>>());
    table.add_rows(rows.iter().cloned());
    for (at, column) in table.column_iter_mut().enumerate() {
        let numbers = !rows.is_empty() && rows.iter().all(|row| row.get(at).is_some_and(|cell| is_number(cell)));
        if numbers {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    trimmed(&table)
}

fn plain() -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table
}

fn bound(table: &mut Table, width: Option<u16>) {
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
}

/// One space between columns would run numbers together: cells keep a space on both sides, lines lose the outer ones.
fn trimmed(table: &Table) -> String {
    let lines: Vec<String> =
        table.lines().map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned()).collect();
    lines.join("\n")
}

fn blocks(headings: &[&str], rows: &[Vec<String>], width: u16) -> String {
    let block = |row: &Vec<String>| {
        let pairs: Vec<(&str, String)> = headings.iter().copied().zip(row.iter().cloned()).collect();
        fields(&pairs, Some(width))
    };
    rows.iter().map(block).collect::<Vec<_>>().join("\n\n")
}

fn widest(headings: &[&str], rows: &[Vec<String>], at: usize) -> usize {
    let heading = headings.get(at).map_or(0, |heading| heading.len());
    rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).fold(heading, usize::max)
}

fn one_line(text: &str) -> String {
    printable(text).replace('\n', " ")
}

fn is_number(cell: &str) -> bool {
    cell == "-" || (!cell.is_empty() && cell.bytes().all(|b| b.is_ascii_digit()))
}

fn tenths(value: u64, unit: u64, name: &str) -> String {
    format!("{}.{}{name}", value / unit, value % unit * 10 / unit)
}

#[cfg(test)]
mod tests;
