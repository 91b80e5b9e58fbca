//! How long a sink waits before it tries again: twice as long each time, up to a bound, and never all at once.

use std::time::Duration;

use crate::config::{Config, RETRY_AFTER_MOST};

#[derive(Debug)]
pub(crate) struct Pace {
    first: Duration,
    most: Duration,
    next: Duration,
}

impl Pace {
    pub(crate) const fn new(config: &Config) -> Self {
        Self { first: config.back_off, most: config.back_off_most, next: config.back_off }
    }

    /// It went well: the next trouble is the first again.
    pub(crate) const fn reset(&mut self) {
        self.next = self.first;
    }

    /// How long to wait now. What the receiver asked for counts; else a random part of up to a half is left out.
    pub(crate) fn wait(&mut self, asked: Option<Duration>, random: u8) -> Duration {
        let whole = self.next;
        self.next = (self.next * 2).min(self.most);
        match asked {
            Some(asked) => asked.min(RETRY_AFTER_MOST),
            None => whole - whole / 2 * u32::from(random) / 255,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_to_its_bound_and_begins_again() {
        let seconds = Duration::from_secs;
        let config = Config { back_off: seconds(1), back_off_most: seconds(5), ..Config::default() };
        let mut pace = Pace::new(&config);
        let waits: Vec<_> = (0..4).map(|_| pace.wait(None, 0)).collect();
        assert_eq!(waits, [1, 2, 4, 5].map(seconds));
        assert_eq!(pace.wait(None, 255), Duration::from_millis(2_500), "half of it at least");
        assert_eq!(pace.wait(Some(seconds(90)), 7), seconds(90), "what was asked for");
        assert_eq!(pace.wait(Some(seconds(1_000_000)), 7), RETRY_AFTER_MOST);
        pace.reset();
        assert_eq!(pace.wait(None, 0), seconds(1));
    }
}
