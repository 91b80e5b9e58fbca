//! `peta audit archive restore`: files, and an export of the log with the entries that stand in them.

use std::{fs::OpenOptions, io::Write as _, path::PathBuf};

use clap::Args;
use peta_api::{
    archive::ArchivedFile,
    endpoint::{ListArchived, RestoreArchived},
};
use peta_model::Code;
use peta_verify::{LEFT_OUT, TILE, write_left_out};

use super::bundles::Bundles;
use crate::{
    cli::audit::{
        export::{Folder, check, failed},
        head::{head, unreadable},
        source::Source,
    },
    client::Client,
    fault::{Fault, printable},
    show, terminal,
};

pub(super) const HELP: &str = "\
Examples:
  peta audit archive list
  peta audit archive restore 00000000000000000001-00000000000000081244-5f0c7d2be9a31846.peta --out old
  peta audit verify old --keys peta.keys

Core reads each file from the archive that is set and opens it. The folder then holds the files of
the record as they were, and `checkpoint`, `keys`, `tile/…` and `tile/entries/…` as `peta audit export`
writes them, with the entries that stand in the files: each is held against its hash in the tree, and
the folder is checked as a whole. Name files that follow each other together: a bundle of 256 entries
is written if all of them are there. Names and details stay sealed; who was erased stays erased.";

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// Which ones, as `peta audit archive list` names them.
    #[arg(value_name = "FILE", required = true)]
    names: Vec<String>,
    /// The folder; it must be empty, or not be there yet.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Restore {
    pub(super) async fn run(self, client: &Client) -> Result<(), Fault> {
        let files = self.files(client).await?;
        let record = Source::record(client);
        let head = head(record).await?;
        let folder = Folder::make(&self.out)?;
        for file in &files {
            self.fetch(client, file).await?;
        }
        let ended = files.iter().find(|file| file.log != head.checkpoint.origin);
        if let Some(file) = ended {
            let text = format!(
                "{}: {}, as sealed, held against no tree: {} has ended, and Core has that of {}; `peta audit verify` an export of it",
                self.out.display(),
                show::counted(files.len() as u64, "file"),
                printable(&file.log),
                printable(&head.checkpoint.origin),
            );
            terminal::answer(&text);
            return Ok(());
        }
        let size = head.checkpoint.size;
        folder.tiles(record, size).await?;
        let mut bundles = Bundles::new(folder, size);
        let (all, out) = (files.clone(), self.out.clone());
        let work = tokio::task::spawn_blocking(move || {
            for file in &all {
                bundles.read(&out.join(log(file)), (file.from, file.to))?;
            }
            Ok::<_, Fault>(bundles)
        });
        let bundles = work.await.map_err(|error| unreadable(&error))??;
        let (folder, whole) = (&bundles.folder, &bundles.whole);
        let left_out = (0..size.div_ceil(TILE)).filter(|number| !whole.contains(number));
        folder.write(LEFT_OUT, write_left_out(left_out).as_bytes())?;
        folder.write("keys", head.keys.as_bytes())?;
        folder.write("checkpoint", head.note.as_bytes())?;
        let checked = check(&self.out, &head)?;
        for file in &files {
            let entries = file.to + 1 - file.from;
            let (from, to) = (file.from, file.to);
            terminal::answer(&format!(
                "{}: {entries} entries, {from} to {to}, each as it stands in the tree",
                log(file)
            ));
        }
        terminal::answer(&format!("{}: intact: {checked}", self.out.display()));
        Ok(())
    }

    /// What was asked for, each once, the oldest first.
    async fn files(&self, client: &Client) -> Result<Vec<ArchivedFile>, Fault> {
        let there = client.call::<ListArchived>(&[], &(), &()).await?.items;
        let find = |name: &String| {
            there.iter().find(|file| file.name == *name).cloned().ok_or_else(|| {
                let text = format!("nothing that is called {} was archived", printable(name));
                Fault::new(Code::ADMIN_NOT_FOUND, text, "`peta audit archive list` names what was")
            })
        };
        let mut files = self.names.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        files.sort_by_key(|file| file.from);
        files.dedup_by_key(|file| file.from);
        Ok(files)
    }

    async fn fetch(&self, client: &Client, file: &ArchivedFile) -> Result<(), Fault> {
        let mut stream = client.stream::<RestoreArchived>(&[&file.name], &()).await?;
        let path = self.out.join(log(file));
        let failed = |error| failed(&path, &error);
        let mut to = OpenOptions::new().write(true).create_new(true).open(&path).map_err(failed)?;
        let mut read = 0;
        while let Some(more) = stream.next().await? {
            to.write_all(&more).map_err(failed)?;
            read += more.len();
            terminal::progress(&format!("{}: {} KiB", log(file), read >> 10));
        }
        terminal::progress("");
        to.sync_all().map_err(failed)
    }
}

/// What the file was called in the record.
fn log(file: &ArchivedFile) -> String {
    format!("{:020}.log", file.from)
}
