//! `peta audit report …`: what auditors ask for, one file per report.

mod access;
mod activity;
mod bundle;
mod changes;
mod credentials;
mod csv;
mod give;
mod names;
mod period;
mod processing;
mod reading;
mod retention;

use clap::Subcommand;

use crate::{client::Client, fault::Fault};

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Each report is printed as a table, or with --json whole and exact, or with --csv for a spreadsheet. --bundle writes it into a
folder with the signed record beside it. That a report was made is itself an event (audit.report).

Examples:
  peta audit report access
  peta audit report activity --user ada --from 2026-11-01T00:00:00Z
  peta audit report credentials github-token --from 2026-11-28T00:00:00Z --csv --out touched.csv
  peta audit report changes --from 2026-10-01T00:00:00Z --to 2027-01-01T00:00:00Z --bundle q4")]
pub(crate) enum Report {
    /// Who can reach what: each live agent, whom it acts for, and what its grants reach of each server.
    Access(access::Access),
    /// What an agent or a person did, and what was refused.
    Activity(activity::Activity),
    /// Each credential, and what it touched.
    Credentials(credentials::Credentials),
    /// What administrators changed, or tried to.
    Changes(changes::Changes),
    /// What is kept how long, and which legal holds stand.
    Retention(retention::Keeping),
    /// What data goes where: servers, what they are for, who gets what agents send.
    Processing(processing::Register),
}

impl Report {
    pub(crate) async fn run(self, client: &Client) -> Result<(), Fault> {
        match self {
            Self::Access(access) => access.run(client).await,
            Self::Activity(activity) => activity.run(client).await,
            Self::Credentials(credentials) => credentials.run(client).await,
            Self::Changes(changes) => changes.run(client).await,
            Self::Retention(keeping) => keeping.run(client).await,
            Self::Processing(register) => register.run(client).await,
        }
    }
}
