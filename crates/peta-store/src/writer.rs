//! The one connection that writes. Whoever holds it is alone: the recorder for a batch, a change for its transaction.
//! It also knows where the record ends and tells those who wait for new entries.

use std::collections::BTreeSet;

use peta_model::Moment;
use sqlx::SqliteConnection;
use tokio::sync::watch;

use crate::{
    record::{Batch, Entry, Place, Statements},
    sql,
    transaction::{begin, end},
};

/// The writing end of the database.
pub(crate) struct Writer {
    pub(crate) conn: SqliteConnection,
    pub(crate) place: Place,
    pub(crate) statements: Statements,
    /// Events that have begun and not ended.
    open: BTreeSet<i64>,
    /// Up to where the database knows that everything has ended.
    settled: i64,
    written: watch::Sender<i64>,
}

/// How many entries may pass before the mark of what is settled is moved in the database.
const SETTLE_EVERY: i64 = 4096;

impl Writer {
    pub(crate) fn new(conn: SqliteConnection, place: Place) -> Self {
        let written = watch::Sender::new(place.next - 1);
        Self { conn, place, statements: Statements::new(), open: BTreeSet::new(), settled: place.next, written }
    }

    /// The number of the last entry that is written, and how to hear of more.
    pub(crate) fn written(&self) -> watch::Receiver<i64> {
        self.written.subscribe()
    }

    /// Writes the entries, all or none, and gives their numbers.
    pub(crate) async fn record(&mut self, entries: Vec<Entry>) -> Result<Vec<i64>, sqlx::Error> {
        let settled = self.open.first().copied().unwrap_or(self.place.next);
        let settle = settled - self.settled >= SETTLE_EVERY;
        let mut place = self.place;
        let mut batch = Batch::default();
        let numbers = entries.into_iter().map(|entry| batch.push(&mut place, entry)).collect();
        let (begun, ended): (Vec<i64>, Vec<i64>) = (batch.begun().collect(), batch.ended().collect());
        if batch.statements() == 1 && !settle {
            // One statement is a transaction of its own.
            batch.write(&mut self.conn, &self.statements, &place).await?;
        } else {
            begin(&mut self.conn).await?;
            let written = self.write(batch, &place, settle.then_some(settled)).await;
            end(&mut self.conn, written).await?;
            self.settled = if settle { settled } else { self.settled };
        }
        self.open.extend(begun);
        ended.iter().for_each(|event| {
            self.open.remove(event);
        });
        self.arrive(place);
        Ok(numbers)
    }

    /// After a change has committed that brought its own whole entry along.
    pub(crate) fn arrive(&mut self, place: Place) {
        self.place = place;
        self.written.send_replace(place.next - 1);
    }

    async fn write(&mut self, batch: Batch, place: &Place, settled: Option<i64>) -> Result<(), sqlx::Error> {
        batch.write(&mut self.conn, &self.statements, place).await?;
        if let Some(settled) = settled {
            let query = sqlx::query(sql::SETTLE).bind(settled).bind(place.tenant.as_bytes().to_vec());
            query.bind(place.boot.as_bytes().to_vec()).execute(&mut self.conn).await?;
        }
        Ok(())
    }

    /// Notes in the database that this boot ended in good order.
    pub(crate) async fn end_boot(&mut self, now: Moment) -> Result<(), sqlx::Error> {
        let settled = self.open.first().copied().unwrap_or(self.place.next);
        let query = sqlx::query(sql::END_BOOT).bind(self.place.tenant.as_bytes().to_vec());
        let query = query.bind(self.place.boot.as_bytes().to_vec()).bind(now.micros()).bind(settled);
        query.execute(&mut self.conn).await?;
        Ok(())
    }
}
