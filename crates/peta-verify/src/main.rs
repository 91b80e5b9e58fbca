//! The auditor's program: checks exported logs, offline.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program of the command line")]

use std::{path::Path, process::ExitCode};

use peta_verify::{Keys, Note, OnDisk, Trusted, Verifier, check_export};

const HELP: &str = "\
Checks exported logs: signatures, every entry, every hash, and that the log begins with what was kept of it before.
Nothing is sent anywhere.

Usage: peta-verify [--keys FILE] [--checkpoint FILE]… [--witness KEY]… DIR…

      --keys FILE        the log's keys, as you were given them by another way than the export;
                         without them the export can only be shown to fit itself
      --checkpoint FILE  a checkpoint that you kept: the log must begin with it
      --witness KEY      a witness whose cosignatures count, as NAME+ID+KEY

Exit: 0 all are intact, 1 one is not (the first fault of each, on a line), 2 the question cannot be understood.
";

struct Asked {
    trusted: Trusted,
    folders: Vec<String>,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "--help" || word == "-h") {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let asked = match asked(words) {
        Ok(asked) => asked,
        Err(why) => {
            eprintln!("peta-verify: {why}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    if asked.trusted.keys.is_none() {
        eprintln!("peta-verify: no --keys: what is checked is only that each export fits the keys in it");
    }
    let mut intact = true;
    for folder in &asked.folders {
        match check_export(&OnDisk(folder.into()), &asked.trusted, |_| ()) {
            Ok(whole) => println!("{folder}: intact: {whole}"),
            Err(fault) => {
                intact = false;
                println!("{folder}: not intact: {fault}");
            }
        }
    }
    if intact { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn asked(words: Vec<String>) -> Result<Asked, String> {
    let mut asked = Asked { trusted: Trusted::default(), folders: Vec::new() };
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} wants a value"));
        match word.as_str() {
            "--keys" => {
                let file = value()?;
                asked.trusted.keys = Some(Keys::read(&text(&file)?).map_err(|why| format!("{file}: {why}"))?);
            }
            "--checkpoint" => {
                let file = value()?;
                let note: Note = text(&file)?.parse().map_err(|why| format!("{file}: {why}"))?;
                asked.trusted.checkpoints.push(note);
            }
            "--witness" => {
                let key = value()?;
                let key: Verifier = key.parse().map_err(|why| format!("{key}: {why}"))?;
                if !key.is_witness() {
                    return Err(format!("{key} is no key of a witness"));
                }
                asked.trusted.witnesses.push(key);
            }
            option if option.starts_with('-') => return Err(format!("there is no option {option}")),
            folder if Path::new(folder).is_dir() => asked.folders.push(word),
            folder => return Err(format!("{folder} is no folder")),
        }
    }
    if asked.folders.is_empty() { Err("which folder?".to_owned()) } else { Ok(asked) }
}

fn text(file: &str) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|why| format!("{file}: {why}"))
}
