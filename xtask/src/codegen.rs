//! Writes the files that are generated from the binary and checked in, or says whether they are as it would write them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The OpenAPI document of the admin API: the contract between the crates and every client of it.
const CONTRACT: &str = "openapi/peta.json";

pub(crate) fn run(root: &Path, options: &[&str]) -> Result<bool, String> {
    let (mut check, mut binary) = (false, None);
    let mut options = options.iter();
    while let Some(option) = options.next() {
        match *option {
            "--check" => check = true,
            "--binary" => binary = Some(PathBuf::from(options.next().ok_or("--binary needs a path")?)),
            other => return Err(format!("codegen does not know {other}")),
        }
    }
    let fresh = contract(root, binary.as_deref())?;
    let path = root.join(CONTRACT);
    if std::fs::read(&path).is_ok_and(|stored| stored == fresh) {
        return Ok(true);
    }
    if check {
        eprintln!("{CONTRACT}:1: differs from what `peta openapi` prints; run `cargo xtask codegen` and commit it");
        return Ok(false);
    }
    let folder = path.parent().unwrap_or(root);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&path, fresh))
        .map_err(|error| format!("{CONTRACT}: {error}"))?;
    eprintln!("{CONTRACT}: written");
    Ok(true)
}

#[expect(clippy::disallowed_methods, reason = "a chore asks the product's binary, it does not link it")]
fn contract(root: &Path, binary: Option<&Path>) -> Result<Vec<u8>, String> {
    let mut command = match binary {
        Some(binary) => Command::new(binary),
        None => {
            let mut cargo = Command::new("cargo");
            cargo.args(["run", "--quiet", "--package", "peta", "--"]);
            cargo
        }
    };
    let output = command.arg("openapi").current_dir(root).output();
    let output = output.map_err(|error| format!("`peta openapi` cannot be started: {error}"))?;
    if !output.status.success() {
        return Err(format!("`peta openapi`: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    serde_json::from_slice::<serde_json::Value>(&output.stdout)
        .map_err(|error| format!("`peta openapi` does not print JSON: {error}"))?;
    Ok(output.stdout)
}
