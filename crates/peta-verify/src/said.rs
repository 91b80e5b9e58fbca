//! What was said in calls, where an export holds it: each file is held against the commitment in the entry that it is named
//! after. A file is a line with 32 random bytes in hexadecimal digits, and then what is committed to behind them.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::digest::{Context, SHA256};

/// The folder in an export.
pub(crate) const PAYLOADS: &str = "payloads";

const DOMAIN: &[u8] = b"peta:commit:v1";

/// A payload of the entry at this place; `part` is `arguments` of an intent or `result` of an outcome.
pub fn payload_path(place: u64, part: &str) -> String {
    format!("{PAYLOADS}/{place}.{part}")
}

/// The payloads that are there, and what entries say of them.
#[derive(Default)]
pub(crate) struct Said {
    places: BTreeSet<u64>,
    /// By the name of the file.
    commits: BTreeMap<String, String>,
    files: Vec<String>,
}

impl Said {
    /// Of the files in the folder; the name of one that is none is the error.
    pub(crate) fn of(names: Vec<String>) -> Result<Self, String> {
        let mut places = BTreeSet::new();
        for name in &names {
            let place = name.strip_suffix(".arguments").or_else(|| name.strip_suffix(".result"));
            let number = place.and_then(|place| place.parse::<u64>().ok().filter(|number| number.to_string() == place));
            places.insert(number.ok_or_else(|| name.clone())?);
        }
        Ok(Self { places, commits: BTreeMap::new(), files: names })
    }

    pub(crate) fn read(&mut self, index: u64, entry: &[u8]) {
        if !self.places.contains(&index) {
            return;
        }
        let Ok(serde_json::Value::Object(members)) = serde_json::from_slice(entry) else { return };
        for part in ["arguments", "result"] {
            if let Some(commit) = members.get(part).and_then(|commit| commit.as_str()) {
                self.commits.insert(format!("{index}.{part}"), commit.to_owned());
            }
        }
    }

    pub(crate) fn files(&self) -> &[String] {
        &self.files
    }

    /// Whether a file is what its entry commits to; if not, why.
    pub(crate) fn check(&self, name: &str, bytes: &[u8]) -> Result<(), &'static str> {
        let commit = self.commits.get(name).ok_or("no entry of the export commits to it")?;
        let fits = opened(bytes).is_some_and(|(salt, said)| commitment(&salt, said) == *commit);
        if fits { Ok(()) } else { Err("it is not what the entry commits to") }
    }
}

fn opened(bytes: &[u8]) -> Option<([u8; 32], &[u8])> {
    let (digits, said) = bytes.split_first_chunk()?;
    Some((salt_of(digits)?, said.strip_prefix(b"\n")?))
}

/// 32 bytes in hexadecimal digits.
pub(crate) fn salt_of(digits: &[u8; 64]) -> Option<[u8; 32]> {
    let mut salt = [0; 32];
    for (byte, digits) in salt.iter_mut().zip(digits.chunks(2)) {
        let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|digit| digit != b'+'))?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(salt)
}

pub(crate) fn commitment(salt: &[u8; 32], said: &[u8]) -> String {
    let mut context = Context::new(&SHA256);
    [DOMAIN, salt, said].iter().for_each(|part| context.update(part));
    context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
