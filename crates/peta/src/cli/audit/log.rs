//! `peta audit log …`: this Peta as a witness of others.

use clap::{Args, Subcommand};
use peta_api::{
    audit::NewForeignLog,
    endpoint::{AddForeignLog, ListForeignLogs, RemoveForeignLog},
};

use crate::{
    client::Client,
    fault::{Fault, printable},
    output::{Output, print_json},
    show, terminal,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Log {
    /// Cosign the checkpoints of another log, such as another Peta's record.
    Add(Add),
    /// List the logs that are cosigned here, and how far.
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Cosign a log no more; what was cosigned is not forgotten.
    Remove {
        /// What it is called here.
        name: String,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  peta audit log add acme --key 'peta-…/default/record+0a1b2c3d+AV…'

The key stands in the file `keys` of an export. The answer has the key that is cosigned by; whoever keeps the log adds it with
`peta audit witness add NAME --to https://THIS-PETA/witness/v1 --key KEY`. Each checkpoint must prove that the log only grew
since the last one. A log that has changed its key is added again under another name, by the new key.")]
pub(crate) struct Add {
    /// What to call it here.
    name: String,
    /// The key that it signs by.
    #[arg(long, value_name = "NAME+ID+KEY")]
    key: String,
    #[command(flatten)]
    output: Output,
}

impl Log {
    pub(crate) async fn run(self, client: &Client) -> Result<(), Fault> {
        match self {
            Self::Add(Add { name, key, output }) => {
                let added = client.call::<AddForeignLog>(&[], &(), &NewForeignLog { name, key }).await?;
                if output.json {
                    return print_json(&added);
                }
                let (log, by) = (printable(&added.log), &added.cosigned_by);
                terminal::answer(&format!("{log} is cosigned from now on, at /witness/v1, by\n{by}"));
                Ok(())
            }
            Self::List { output } => list(client, output).await,
            Self::Remove { name } => client.call::<RemoveForeignLog>(&[&name], &(), &()).await,
        }
    }
}

async fn list(client: &Client, output: Output) -> Result<(), Fault> {
    let logs = client.call::<ListForeignLogs>(&[], &(), &()).await?.items;
    if output.json {
        return print_json(&logs);
    }
    let Some(first) = logs.first() else {
        terminal::note("no log of anybody else is cosigned here");
        return Ok(());
    };
    terminal::note(&format!("cosigned by {}", first.cosigned_by));
    let rows: Vec<Vec<String>> = logs
        .iter()
        .map(|log| {
            let size = log.size.map_or_else(|| "nothing yet".to_owned(), |size| format!("{size} entries"));
            let at = log.at.map_or_else(|| "-".to_owned(), show::time);
            vec![log.name.clone(), printable(&log.log), size, at]
        })
        .collect();
    terminal::answer(&show::table(&["NAME", "LOG", "COSIGNED", "AT (UTC)"], &rows, terminal::width()));
    Ok(())
}
