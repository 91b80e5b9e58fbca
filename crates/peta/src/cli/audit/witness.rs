//! `peta audit witness …`

use std::{fs, path::PathBuf};

use clap::{Args, Subcommand};
use peta_api::{
    audit::NewWitness,
    endpoint::{AddWitness, ListWitnesses, RemoveWitness},
};
use peta_model::Code;

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
Examples:
  peta audit witness add auditor --to file:/mnt/auditor/peta.checkpoint
  peta audit witness add other --to https://peta.example.com/witness/v1 --key 'peta-…/witness+0a1b2c3d+BA…'

A witness by URL speaks C2SP tlog-witness; it has to know this log's key (`peta audit export`, the file `keys`). It demands a
proof that the record only grew, and cosigns. Another Peta is one: `peta audit log add` there. Put a file where whoever can change the record cannot change it: another machine's disk, a share that only grows. When
the record is put back to an older state, Core finds that the witness knows more (P6004).")]
pub(crate) struct Add {
    /// What to call it here.
    name: String,
    /// Where its checkpoints are kept: file:PATH, or the URL of one that cosigns.
    #[arg(long, value_name = "PLACE")]
    to: String,
    /// Of one by URL: the key that it cosigns by.
    #[arg(long, value_name = "NAME+ID+KEY")]
    key: Option<String>,
    /// Trust the certificate authorities of this PEM file, and no other.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

impl Witness {
    pub(crate) async fn run(self, client: &Client) -> Result<(), Fault> {
        match self {
            Self::Add(Add { name, to, key, ca }) => {
                let unread = |path: &PathBuf, error| {
                    Fault::new(Code::USAGE, format!("{}: {error}", path.display()), "--ca names a readable PEM file")
                };
                let read = |path: PathBuf| fs::read_to_string(&path).map_err(|error| unread(&path, error));
                let new = NewWitness { name, place: to, key, ca: ca.map(read).transpose()? };
                let added = client.call::<AddWitness>(&[], &(), &new).await?;
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
            let state = witness.trouble.as_ref().map_or("ok", |trouble| trouble.code.as_str()).to_owned();
            vec![witness.name.clone(), printable(&witness.place), size, at, state]
        })
        .collect();
    terminal::answer(&show::table(&["NAME", "PLACE", "HAS", "SINCE (UTC)", "STATE"], &rows, terminal::width()));
    for (witness, trouble) in witnesses.iter().filter_map(|witness| Some((witness, witness.trouble.as_ref()?))) {
        let (since, why) = (show::time(trouble.since), printable(&trouble.why));
        terminal::answer(&format!("{}: {} since {since}: {why}", witness.name, trouble.code));
    }
    Ok(())
}
