//! `peta audit verify`: the auditor's check, without a Core. `peta-verify` is the same in a program of its own.

mod bundle;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use peta_model::Code;
use peta_verify::{Keys, Note, OnDisk, Trusted, Verifier, check_export};

use crate::{fault::Fault, terminal};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  peta audit verify record --keys peta.keys
  peta audit verify record --keys peta.keys --checkpoint monday.checkpoint

Exit codes: 0 intact, 1 not: the first fault, with its file, level and entry, on one line.
Without --keys an export is only shown to fit the keys in it: get the key file by another way than the export.")]
pub(crate) struct Verify {
    /// Folders that `peta audit export` or `peta audit report … --bundle` made.
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// The log's keys, as you were given them.
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// A checkpoint that you kept: the record must begin with it.
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    /// A witness whose cosignatures count, as NAME+ID+KEY.
    #[arg(long, value_name = "KEY")]
    witness: Vec<String>,
}

impl Verify {
    pub(crate) fn run(self) -> Result<ExitCode, Fault> {
        let trusted = self.trusted()?;
        if trusted.keys.is_none() {
            terminal::note("no --keys: what is checked is only that each export fits the keys in it");
        }
        let mut intact = true;
        for folder in &self.folders {
            let shown = folder.display();
            if !folder.is_dir() {
                return Err(unusable(folder, &"it is no folder"));
            }
            let told = |read: u64| terminal::progress(&format!("{shown}: {read} entries"));
            let checked = if bundle::is_one(folder) {
                bundle::check(folder, &trusted, told)
            } else {
                check_export(&OnDisk(folder.clone()), &trusted, told).map_err(|fault| fault.to_string())
            };
            terminal::progress("");
            match checked {
                Ok(whole) => _ = terminal::answer(&format!("{shown}: intact: {whole}")),
                Err(fault) => {
                    intact = false;
                    terminal::answer(&format!("{shown}: not intact: {fault}"));
                }
            }
        }
        Ok(if intact { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn trusted(&self) -> Result<Trusted, Fault> {
        let keys = |path: &PathBuf| Keys::read(&text(path)?).map_err(|why| unusable(path, &why));
        let keys = self.keys.as_ref().map(keys).transpose()?;
        let note = |path: &PathBuf| text(path)?.parse::<Note>().map_err(|why| unusable(path, &why));
        let checkpoints = self.checkpoint.iter().map(note).collect::<Result<_, Fault>>()?;
        let witness = |key: &String| match key.parse::<Verifier>() {
            Ok(key) if key.is_witness() => Ok(key),
            Ok(_) => Err(unusable(Path::new(key), &"it is no key of a witness")),
            Err(why) => Err(unusable(Path::new(key), &why)),
        };
        let witnesses = self.witness.iter().map(witness).collect::<Result<_, Fault>>()?;
        Ok(Trusted { keys, checkpoints, witnesses })
    }
}

fn text(path: &Path) -> Result<String, Fault> {
    std::fs::read_to_string(path).map_err(|error| unusable(path, &error))
}

fn unusable(path: &Path, why: &dyn std::fmt::Display) -> Fault {
    let help = "`peta audit verify --help` says what it needs";
    Fault::new(Code::USAGE, format!("{}: {why}", path.display()), help)
}
