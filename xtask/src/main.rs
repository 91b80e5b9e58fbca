//! Chores of the project, run as `cargo xtask CHORE`: `tidy` holds the code against ARCHITECTURE.md, `codegen` writes
//! what is generated from the binary. Neither knows a crate of the product: tidy reads files, codegen runs `peta`.

mod codegen;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask tidy                               is the code as ARCHITECTURE.md says?
cargo xtask codegen [--check] [--binary PATH]  writes (or compares) openapi/peta.json, as `peta openapi` prints it";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = root().and_then(|root| match words.split_first() {
        Some((&"tidy", [])) => tidy::run(&root),
        Some((&"codegen", options)) => codegen::run(&root, options),
        _ => Err(USAGE.to_owned()),
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(text) => {
            eprintln!("{text}");
            ExitCode::from(2)
        }
    }
}

/// The checkout that the current directory is in: the nearest folder upwards with a workspace manifest.
fn root() -> Result<PathBuf, String> {
    let here = std::env::current_dir().map_err(|error| format!("no current directory: {error}"))?;
    let is_root = |dir: &&Path| {
        std::fs::read_to_string(dir.join("Cargo.toml")).is_ok_and(|text| text.lines().any(|line| line == "[workspace]"))
    };
    here.ancestors()
        .find(is_root)
        .map(Path::to_path_buf)
        .ok_or_else(|| format!("no workspace manifest in {} or above it", here.display()))
}
