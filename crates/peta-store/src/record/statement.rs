//! The multi-row statements of the record. A batch of any size is cut into pieces of a few fixed sizes, so that
//! there are few texts and each is prepared once. This is the only file that builds SQL at run time; it puts
//! nothing into it but question marks.

use std::{iter, sync::Arc};

use sqlx::{AssertSqlSafe, query::Query, sqlite::SqliteArguments};

const SIZES: [usize; 4] = [64, 16, 4, 1];

const INTENTS: (&str, usize) = (
    "INSERT INTO events (tenant, sequence, boot, id, time, kind, agent, agent_id, user_name, token, role, door, \
     session, server, capability, decision, reasons, request_bytes, detail) VALUES ",
    19,
);

const ENDINGS: (&str, usize) =
    ("INSERT INTO endings (tenant, event, sequence, outcome, code, duration_us, response_bytes) VALUES ", 7);

/// The texts, by number of rows.
#[derive(Debug)]
pub(crate) struct Statements {
    intents: Vec<(usize, Arc<str>)>,
    endings: Vec<(usize, Arc<str>)>,
}

impl Statements {
    pub(crate) fn new() -> Self {
        let texts = |(insert, columns): (&str, usize)| {
            let row = format!("({})", vec!["?"; columns].join(", "));
            SIZES.map(|rows| (rows, format!("{insert}{}", vec![&*row; rows].join(", ")).into())).into()
        };
        Self { intents: texts(INTENTS), endings: texts(ENDINGS) }
    }

    /// How a batch of so many rows is cut.
    pub(crate) fn pieces(rows: usize) -> impl Iterator<Item = usize> {
        let mut left = rows;
        iter::from_fn(move || {
            let size = SIZES.into_iter().find(|size| *size <= left)?;
            left -= size;
            Some(size)
        })
    }

    /// The statement for so many intents.
    pub(crate) fn intents(&self, rows: usize) -> Query<'static, sqlx::Sqlite, SqliteArguments> {
        query(&self.intents, rows)
    }

    pub(crate) fn endings(&self, rows: usize) -> Query<'static, sqlx::Sqlite, SqliteArguments> {
        query(&self.endings, rows)
    }
}

fn query(texts: &[(usize, Arc<str>)], rows: usize) -> Query<'static, sqlx::Sqlite, SqliteArguments> {
    let text = texts.iter().find(|(size, _)| *size == rows).map(|(_, text)| Arc::clone(text));
    sqlx::query(AssertSqlSafe(text.unwrap_or_else(|| "".into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_cut_into_known_sizes() {
        let cut = |rows| Statements::pieces(rows).collect::<Vec<_>>();
        assert!(cut(0).is_empty());
        assert_eq!(cut(1), [1]);
        assert_eq!(cut(7), [4, 1, 1, 1]);
        assert_eq!(cut(150), [64, 64, 16, 4, 1, 1]);
        assert!((0..1100).all(|rows| cut(rows).iter().sum::<usize>() == rows));
    }
}
