//! `peta audit hold …`

use clap::{Args, Subcommand};
use peta_api::{
    audit::NewHold,
    endpoint::{AddHold, ListHolds, RemoveHold},
};

use crate::{
    client::Client,
    fault::{Fault, printable},
    output::{Output, print_json},
    show, terminal,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Hold {
    /// Keep the record, or one person's part of it, whatever retention and erasure say.
    Add(Add),
    /// List what is held.
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Lift a hold.
    Remove {
        /// What it is called here.
        name: String,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  peta audit hold add case-4711 --person ada --reason 'court order of 2026-11-30'
  peta audit hold add all --reason 'audit of 2026'")]
pub(crate) struct Add {
    /// What to call it here.
    name: String,
    /// Only this person's part.
    #[arg(long, value_name = "PERSON")]
    person: Option<String>,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

impl Hold {
    pub(crate) async fn run(self, client: &Client) -> Result<(), Fault> {
        match self {
            Self::Add(Add { name, person, reason }) => {
                let held = client.call::<AddHold>(&[], &(), &NewHold { name, person, reason }).await?;
                let what = held.person.map_or_else(|| "the whole record".to_owned(), |person| printable(&person));
                terminal::answer(&format!("{what} is held until `peta audit hold remove {}`", printable(&held.name)));
                Ok(())
            }
            Self::List { output } => list(client, output).await,
            Self::Remove { name } => client.call::<RemoveHold>(&[&name], &(), &()).await,
        }
    }
}

async fn list(client: &Client, output: Output) -> Result<(), Fault> {
    let holds = client.call::<ListHolds>(&[], &(), &()).await?.items;
    if output.json {
        return print_json(&holds);
    }
    if holds.is_empty() {
        terminal::note("nothing is held");
        return Ok(());
    }
    let rows: Vec<Vec<String>> = holds
        .iter()
        .map(|hold| {
            let what = hold.person.as_deref().map_or_else(|| "everything".to_owned(), printable);
            vec![printable(&hold.name), what, printable(&hold.reason), show::time(hold.added)]
        })
        .collect();
    terminal::answer(&show::table(&["NAME", "WHAT", "WHY", "SINCE (UTC)"], &rows, terminal::width()));
    Ok(())
}
