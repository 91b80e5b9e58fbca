//! The data directory: whose it is, who may look in, whether the database is one, and the record's files.

use std::{
    fs,
    io::Read as _,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
};

use peta_api::Finding;

use super::finding::{note, problem, warning};
use crate::place::Place;

/// What every SQLite database begins with.
const SQLITE: &[u8; 16] = b"SQLite format 3\0";

pub(super) fn look(place: &Place) -> Vec<Finding> {
    let dir = place.dir();
    let shown = dir.display();
    let subject = "data directory";
    let found = match fs::metadata(dir) {
        Ok(found) => found,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let advice = "the first `peta serve` makes it; or name another with --data or PETA_DATA";
            return vec![problem(subject, format!("{shown} does not exist"), advice)];
        }
        Err(error) => return vec![problem(subject, format!("{shown}: {error}"), "look at its owner and rights")],
    };
    let mut findings = Vec::new();
    let (owner, we) = (found.uid(), rustix::process::getuid().as_raw());
    let mode = found.permissions().mode() & 0o777;
    if !found.is_dir() {
        findings.push(problem(subject, format!("{shown} is no directory"), "name another with --data"));
    } else if owner != we && we != 0 {
        findings.push(problem(subject, format!("{shown} belongs to user {owner}"), "run this as that user"));
    } else if mode & 0o077 != 0 {
        findings.push(problem(
            subject,
            format!("{shown} is open to other users (mode {mode:03o})"),
            format!("chmod 700 {shown}"),
        ));
    } else {
        findings.push(note(subject, format!("{shown}, open to its owner only")));
    }
    findings.extend(secrets(dir));
    findings.extend(database(&dir.join("peta.db")));
    findings.extend(record(&dir.join("record")));
    findings
}

fn secrets(dir: &Path) -> Option<Finding> {
    let key = dir.join("handle.key");
    let found = fs::metadata(&key).ok()?;
    let mode = found.permissions().mode() & 0o777;
    let shown = key.display();
    if mode & 0o077 != 0 {
        return Some(problem(
            "handle key",
            format!("{shown} is open to others ({mode:03o})"),
            format!("chmod 600 {shown}"),
        ));
    }
    (found.len() != 32).then(|| {
        problem(
            "handle key",
            format!("{shown} does not hold 32 bytes"),
            "restore it, or delete it (open cursors then end)",
        )
    })
}

fn database(path: &Path) -> Option<Finding> {
    let shown = path.display();
    let mut start = Vec::new();
    let mut file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Some(warning("database", "there is none yet", "the first `peta serve` makes it"));
        }
        Err(error) => return Some(problem("database", format!("{shown}: {error}"), "look at its owner and rights")),
    };
    let read = file.by_ref().take(16).read_to_end(&mut start);
    let length = file.metadata().map_or(0, |found| found.len());
    match read {
        Ok(_) if start.is_empty() || start == SQLITE => {
            Some(note("database", format!("{shown}, {} KiB", length >> 10)))
        }
        Ok(_) => {
            Some(problem("database", format!("{shown} is no database"), "restore a backup (docs/errors/P8003.md)"))
        }
        Err(error) => Some(problem("database", format!("{shown}: {error}"), "look at the disk")),
    }
}

/// How large the record is, and what Core has set aside of it.
fn record(dir: &Path) -> Vec<Finding> {
    let shown = dir.display();
    let files = match fs::read_dir(dir).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
        Ok(files) => files,
        // The first start makes it.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            return vec![problem("record", format!("{shown}: {error}"), "look at its owner and rights")];
        }
    };
    let named = |ending: &'static str| {
        let ends = move |file: &&fs::DirEntry| file.file_name().to_string_lossy().ends_with(ending);
        files.iter().filter(ends)
    };
    let bytes: u64 = named(".log").filter_map(|file| file.metadata().ok()).map(|found| found.len()).sum();
    let count = crate::show::counted(named(".log").count() as u64, "file");
    let mut findings = vec![note("record", format!("{shown}, {count}, {} KiB", bytes.div_ceil(1024)))];
    findings.extend(named(".damaged").map(|file| {
        let advice = "put back what a backup has of it, then move it away (docs/errors/P6002.md)";
        warning("record", format!("{} was set aside: nothing in it could be read", file.path().display()), advice)
    }));
    findings
}
