//! Takes what was moved out of a client's file: a copy first, then the whole file in one step, for its owner alone. Nothing but
//! the moved texts is touched; if that cannot be done, the file is left as it is.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use peta_api::Secret;

const MODE: u32 = 0o600;

/// Where the copy is, or why nothing was changed.
pub(super) fn rewrite(file: &Path, text: &str, moved: &[(Secret, String)]) -> Result<PathBuf, String> {
    let new = without(text, moved).ok_or("a secret is spelled in it in a way that cannot be replaced safely")?;
    // A link is followed once, here: what it points to is what is replaced.
    let file = fs::canonicalize(file).map_err(|error| error.to_string())?;
    let beside = |end: &str| {
        let mut name = file.clone().into_os_string();
        name.push(end);
        PathBuf::from(name)
    };
    let (copy, draft) = (beside(".before-peta"), beside(".peta-draft"));
    let told = |what: &str, error: &io::Error| format!("{what} cannot be written: {error}");
    write(&copy, text).map_err(|error| told("the copy of it", &error))?;
    let placed = write(&draft, &new).and_then(|()| {
        // Somebody may have saved it meanwhile: their work is not lost.
        if fs::read_to_string(&file)? != text {
            return Err(io::Error::other("it was changed meanwhile"));
        }
        fs::rename(&draft, &file)
    });
    placed.map_err(|error| {
        _ = fs::remove_file(&draft);
        told("it", &error)
    })?;
    Ok(copy)
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut out = fs::OpenOptions::new().write(true).create_new(true).mode(MODE).open(path)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()
}

/// The text with a word in the place of each secret; none if one cannot be found as a JSON string.
fn without(text: &str, moved: &[(Secret, String)]) -> Option<String> {
    let mut new = text.to_owned();
    for (stood, name) in moved {
        let literal = serde_json::to_string(stood.reveal()).ok()?;
        let word = serde_json::to_string(&format!("in Peta's vault as {name}")).ok()?;
        if !new.contains(&literal) {
            return None;
        }
        new = new.replace(&literal, &word);
    }
    let found = super::client_file::read(&new).ok()?.len();
    (found == super::client_file::read(text).ok()?.len()).then_some(new)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn only_what_was_moved_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("mcp.json");
        let text = "{ // mine\n  \"servers\": {\"a\": {\"command\": \"x\", \"env\": {\"T\": \"hunter2\"}}}\n}\n";
        fs::write(&file, text).unwrap();
        let moved = [(Secret::new("hunter2".to_owned()), "a-t".to_owned())];
        let copy = rewrite(&file, text, &moved).unwrap();
        assert_eq!(fs::read_to_string(&copy).unwrap(), text);
        assert_eq!(fs::read_to_string(&file).unwrap(), text.replace("hunter2", "in Peta's vault as a-t"));
        for path in [&file, &copy] {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(rewrite(&file, text, &moved).is_err(), "a copy is never written over");
    }

    #[test]
    fn what_cannot_be_found_is_left_alone() {
        let text = r#"{"servers": {"a": {"env": {"T": "hunter\u0032"}}}}"#;
        assert!(without(text, &[(Secret::new("hunter2".to_owned()), "a".to_owned())]).is_none());
    }
}
