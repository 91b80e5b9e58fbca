//! Long reads: how far they are, and where they stop.

use peta_model::{Code, Moment};

use crate::{fault::Fault, show, terminal};

/// The most rows of a report. It is more than anybody reads, and little enough to be held.
const ROWS: usize = 100_000;

/// How much of the record was read so far.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) events: u64,
    pub(super) sealed: u64,
}

impl Reading {
    /// One part more; the report has so many rows now.
    pub(super) fn read(&mut self, events: u64, back_to: Option<Moment>, rows: usize) -> Result<(), Fault> {
        self.events += events;
        if let Some(at) = back_to {
            terminal::progress(&format!("{} events, back to {}", self.events, show::time(at)));
        }
        if rows <= ROWS {
            return Ok(());
        }
        terminal::progress("");
        let text = format!("the report has more than {ROWS} rows after {} events", self.events);
        Err(Fault::new(Code::REPORT_TOO_LONG, text, "narrow it with --from and --to, or to one agent or credential"))
    }

    pub(super) fn done(&self) {
        terminal::progress("");
    }

    /// What a reader must know of what was not to be read.
    pub(super) fn told(&self) -> String {
        let events = show::counted(self.events, "event");
        match self.sealed {
            0 => format!("{events} read."),
            sealed => format!(
                "{events} read. Of {sealed} the private part does not open (the person was erased, or the vault is or was locked): \
                 who it was and what was carried is not known."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_an_end() {
        let mut reading = Reading::default();
        reading.read(10_000, Some(Moment::from_micros(1)), ROWS).unwrap();
        let refused = reading.read(10_000, None, ROWS + 1).unwrap_err();
        assert_eq!(refused.code(), Code::REPORT_TOO_LONG);
        assert!(refused.text().contains("after 20000 events"), "{}", refused.text());
    }
}
