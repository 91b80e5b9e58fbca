//! `peta audit witness …`

use clap::{Args, Subcommand};
use peta_api::{
    audit::NewWitness,
    endpoint::{AddWitness, ListWitnesses, RemoveWitness},
};

use crate::{
    client::Client,
    fault::{Fault, printable},
    output::{Output, print_json},
    show, terminal,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Witness {
    /// Add somebody who keeps checkpoints: each that is signed goes there, and each start of Core is held against it.
    Add(Add),
    /// List who keeps checkpoints.
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Remove a witness; what it has stays with it.
    Remove {
        /// What it is called here.
        name: String,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  peta audit witness add auditor --to file:/mnt/auditor/peta.checkpoint

Put the file where whoever can change the record cannot change it: another machine's disk, a share that only grows. When
the record is put back to an older state, the next start of Core finds that the witness knows more (P6004).")]
pub(crate) struct Add {
    /// What to call it here.
    name: String,
    /// Where its checkpoints are kept.
    #[arg(long, value_name = "PLACE")]
    to: String,
}

impl Witness {
    pub(crate) async fn run(self, client: &Client) -> Result<(), Fault> {
        match self {
            Self::Add(Add { name, to }) => {
                let added = client.call::<AddWitness>(&[], &(), &NewWitness { name, place: to }).await?;
                terminal::answer(&format!("{} keeps each checkpoint from now on: {}", added.name, added.place));
                Ok(())
            }
            Self::List { output } => list(client, output).await,
            Self::Remove { name } => client.call::<RemoveWitness>(&[&name], &(), &()).await,
        }
    }
}

async fn list(client: &Client, output: Output) -> Result<(), Fault> {
    let witnesses = client.call::<ListWitnesses>(&[], &(), &()).await?.items;
    if output.json {
        return print_json(&witnesses);
    }
    if witnesses.is_empty() {
        terminal::note(
            "nobody keeps checkpoints: whoever can change all of the data directory can change the record unnoticed",
        );
        return Ok(());
    }
    let rows: Vec<Vec<String>> = witnesses
        .iter()
        .map(|witness| {
            let size = witness.size.map_or_else(|| "nothing yet".to_owned(), |size| format!("{size} entries"));
            let at = witness.at.map_or_else(|| "-".to_owned(), show::time);
            vec![witness.name.clone(), printable(&witness.place), size, at]
        })
        .collect();
    terminal::answer(&show::table(&["NAME", "PLACE", "HAS", "SINCE (UTC)"], &rows, terminal::width()));
    Ok(())
}
