//! `peta audit archive …`: where full files of the record are put, sealed, and one of them read again.

mod bundles;
mod restore;

use std::{fs, path::PathBuf};

use clap::{Args, Subcommand};
use peta_api::{
    archive::{Archive as Shown, ArchivedFile, NewArchive},
    endpoint::{ListArchived, RemoveArchive, SetArchive, ShowArchive},
};
use peta_model::{Code, SinkUrl};

use crate::{
    cli::secret,
    client::Client,
    fault::{Fault, printable},
    output::{Output, print_json},
    show, terminal,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Archive {
    /// Put each full file of the record there once it is signed, and what is full already.
    #[command(after_help = SET_HELP)]
    Set(Box<Set>),
    /// Show where files are put, and how that goes; never the secret.
    Show {
        #[command(flatten)]
        output: Output,
    },
    /// Put nothing there any more. What is there stays; what opens it stays, too.
    Remove,
    /// List the files that were put there.
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Read archived files again, open them, and hold each entry against the tree.
    #[command(after_help = restore::HELP)]
    Restore(restore::Restore),
}

const SET_HELP: &str = "\
Where to (--to):
  file:/FOLDER                     a folder that is there, outside the data directory
  s3+https://ENDPOINT/BUCKET/…     an object a file; --user is the access key's identifier

Examples:
  peta audit archive set --to file:/mnt/archive
  peta audit archive set --to s3+https://s3.eu-central-1.amazonaws.com/archive/peta \\
    --region eu-central-1 --user AKIA… --from-env S3_SECRET

Each file is sealed under a key of its own, which is kept in the database, sealed by the vault:
without a backup of both, nobody can open what is there. While an archive is set, nothing of the
record expires that is not in it. One small object, `peta-archive.check`, shows that Core may write.";

#[derive(Debug, Args)]
pub(crate) struct Set {
    /// Where to put them.
    #[arg(long, value_name = "URL")]
    to: SinkUrl,
    /// The identifier of an S3 access key; the secret goes with it.
    #[arg(long)]
    user: Option<String>,
    /// The region of an S3 bucket [default: us-east-1].
    #[arg(long)]
    region: Option<String>,
    /// Trust the certificate authorities of this PEM file, and no other.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    secret: secret::From,
}

impl Archive {
    pub(crate) async fn run(self, client: &Client) -> Result<(), Fault> {
        match self {
            Self::Set(set) => set.run(client).await,
            Self::Show { output } => {
                let shown = client.call::<ShowArchive>(&[], &(), &()).await?;
                if output.json {
                    return print_json(&shown);
                }
                page(&shown);
                Ok(())
            }
            Self::Remove => {
                client.call::<RemoveArchive>(&[], &(), &()).await?;
                terminal::answer("the archive is removed; what is there stays, and opens again when it is set again");
                Ok(())
            }
            Self::List { output } => {
                let list = client.call::<ListArchived>(&[], &(), &()).await?;
                if output.json {
                    return print_json(&list);
                }
                table(&list.items);
                Ok(())
            }
            Self::Restore(restore) => restore.run(client).await,
        }
    }
}

impl Set {
    async fn run(self, client: &Client) -> Result<(), Fault> {
        let read = |path: PathBuf| {
            let unread = |error| Fault::new(Code::USAGE, format!("{}: {error}", path.display()), "--ca is a PEM file");
            fs::read_to_string(&path).map_err(unread)
        };
        let new = NewArchive {
            to: self.to,
            user: self.user,
            region: self.region,
            ca: self.ca.map(read).transpose()?,
            secret: if self.secret.is_given() { Some(self.secret.read("secret").await?) } else { None },
        };
        let shown = client.call::<SetArchive>(&[], &(), &new).await?;
        if self.output.json {
            return print_json(&shown);
        }
        let waiting = show::counted(shown.waiting, "file");
        terminal::answer(&format!("files of the record are put to {}; {waiting} to put there now", shown.to));
        Ok(())
    }
}

fn page(it: &Shown) {
    let mut pairs = vec![("state", it.state.word().to_owned())];
    pairs.extend(it.why.clone().map(|why| ("why", printable(&why))));
    pairs.extend([
        ("to", it.to.to_string()),
        ("set", show::time(it.changed)),
        ("there", show::counted(it.files, "file")),
        ("waiting", show::counted(it.waiting, "file")),
        ("secret", if it.secret { "sealed in the vault" } else { "none" }.to_owned()),
    ]);
    pairs.extend(it.user.clone().map(|user| ("user", user)));
    pairs.extend(it.region.clone().map(|region| ("region", region)));
    terminal::answer(&show::fields(&pairs, terminal::width()));
}

fn table(files: &[ArchivedFile]) {
    if files.is_empty() {
        terminal::answer("nothing is archived yet; `peta audit archive show` tells how it goes");
        return;
    }
    let row = |it: &ArchivedFile| {
        vec![
            it.name.clone(),
            it.from.to_string(),
            it.to.to_string(),
            show::time_or(it.since, "-"),
            show::time_or(it.until, "-"),
            show::time(it.at),
            it.digest.chars().take(16).collect(),
        ]
    };
    let headings = ["FILE", "FROM", "TO", "SINCE", "UNTIL", "ARCHIVED", "SHA-256"];
    let rows: Vec<Vec<String>> = files.iter().map(row).collect();
    terminal::answer(&show::table(&headings, &rows, terminal::width()));
}
