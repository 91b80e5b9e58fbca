//! The time that a report is of.

use clap::Args;
use peta_api::report::ReportFilters;
use peta_model::Moment;

#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Period {
    /// Only what began at this time or later, such as 2026-11-01T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    from: Option<Moment>,
    /// Only what began before this time.
    #[arg(long, value_name = "TIME")]
    to: Option<Moment>,
}

impl Period {
    pub(super) fn filters(self) -> ReportFilters {
        ReportFilters { since: self.from, until: self.to, ..ReportFilters::default() }
    }
}
