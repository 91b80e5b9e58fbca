//! The access key that requests are signed with: given once, read anew from a file each time, or lent for a while.

use std::path::{Path, PathBuf};

use peta_model::Moment;

use super::{keys::Keys, sts::WebIdentity};
use crate::{line::Line, secret::Secret, source, trouble::Trouble};

pub(crate) enum Credentials {
    Given(Keys),
    /// A file in the form of `~/.aws/credentials`, and which part of it.
    File(PathBuf, String),
    WebIdentity(WebIdentity),
}

impl Credentials {
    pub(super) fn with<T>(
        &self,
        line: &Line,
        now: Moment,
        look: impl FnOnce(&Keys) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        match self {
            Self::Given(keys) => look(keys),
            Self::File(path, profile) => look(&read(path, profile)?),
            Self::WebIdentity(identity) => identity.with(line, now, look),
        }
    }
}

fn read(path: &Path, profile: &str) -> Result<Keys, Trouble> {
    let text = source::read(path)?;
    parse(&text, profile)
        .ok_or_else(|| Trouble::Credentials(format!("{} has no access key in its part [{profile}]", path.display())))
}

fn parse(text: &str, profile: &str) -> Option<Keys> {
    let header = |line: &str| line.strip_prefix('[')?.strip_suffix(']').map(|name| name.trim() == profile);
    let (mut is_ours, mut id, mut secret, mut session) = (false, None, None, None);
    for line in text.lines().map(str::trim) {
        if let Some(ours) = header(line) {
            is_ours = ours;
        } else if let Some((name, value)) = line.split_once('=').filter(|_| is_ours) {
            match name.trim() {
                "aws_access_key_id" => id = Some(value.trim().to_owned()),
                "aws_secret_access_key" => secret = Secret::new(value),
                "aws_session_token" => session = Secret::new(value),
                _ => {}
            }
        }
    }
    Some(Keys { id: id.filter(|id| !id.is_empty())?, secret: secret?, session })
}

#[cfg(test)]
mod tests;
