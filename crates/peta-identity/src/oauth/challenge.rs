//! `WWW-Authenticate` (RFC 9110, 11.6.1; RFC 6750, 3; RFC 9728, 5.1): what a server wants before it serves. The header
//! is a stranger's, so reading it does little, keeps little and never fails: what cannot be read is no challenge.

use super::scope::Scopes;

/// What a Bearer challenge says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Challenge {
    /// Where the metadata of the resource stands.
    pub resource_metadata: Option<String>,
    /// What the request would have needed.
    pub scopes: Option<Scopes>,
    /// `invalid_token`, `insufficient_scope`, or another word of the server's.
    pub error: Option<String>,
}

/// More is not looked at.
const HEADER: usize = 16 << 10;
const HEADERS: usize = 16;
const URL: usize = 4_096;

impl Challenge {
    /// The first Bearer challenge of an answer's `WWW-Authenticate` headers, if there is one.
    pub fn find<'a>(headers: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        headers.into_iter().take(HEADERS).filter(|header| header.len() <= HEADER).find_map(Self::read)
    }

    /// Whether more scopes would help.
    pub fn wants_scopes(&self) -> bool {
        self.error.as_deref() == Some("insufficient_scope")
    }

    /// The first Bearer challenge of one header, which may hold several challenges.
    fn read(header: &str) -> Option<Self> {
        let mut rest = Reader(header);
        let mut found: Option<Self> = None;
        loop {
            rest.skip_separators();
            let Some(word) = rest.token() else { break };
            rest.skip_space();
            if rest.take('=') && !rest.0.starts_with('=') {
                rest.skip_space();
                let Some(value) = rest.value() else { break };
                if let Some(challenge) = found.as_mut() {
                    challenge.set(word, value);
                }
            } else if found.is_some() {
                // The next scheme begins.
                break;
            } else if word.eq_ignore_ascii_case("bearer") {
                found = Some(Self::default());
            } else {
                rest.skip_token68();
            }
        }
        found
    }

    /// The first mention counts; one that says two things is not asked again.
    fn set(&mut self, name: &str, value: String) {
        if name.eq_ignore_ascii_case("resource_metadata") && value.len() <= URL {
            self.resource_metadata.get_or_insert(value);
        } else if name.eq_ignore_ascii_case("scope") {
            self.scopes.get_or_insert_with(|| Scopes::read(&value));
        } else if name.eq_ignore_ascii_case("error") && is_word(&value) {
            self.error.get_or_insert(value);
        }
    }
}

fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    fn skip_space(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t']);
    }

    fn skip_separators(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t', ',']);
    }

    /// What stands after a scheme that is not ours, where that is no list of parameters: `Negotiate abc==`.
    fn skip_token68(&mut self) {
        let end = self.0.find([' ', '\t', ',']).unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at(end);
        let plain = word.trim_end_matches('=');
        if !plain.contains(['=', '"'])
            && (plain.len() < word.len() || rest.trim_start().starts_with(',') || rest.is_empty())
        {
            self.0 = rest;
        }
    }

    fn take(&mut self, mark: char) -> bool {
        let rest = self.0.strip_prefix(mark);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn token(&mut self) -> Option<&'a str> {
        let special = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let end = self.0.bytes().position(|byte| !special(byte)).unwrap_or(self.0.len());
        let (token, rest) = self.0.split_at_checked(end)?;
        self.0 = rest;
        (!token.is_empty()).then_some(token)
    }

    /// A token or a quoted string; some servers quote nothing, so that a bare value ends at a comma or a space.
    fn value(&mut self) -> Option<String> {
        if !self.take('"') {
            let end = self.0.find([' ', '\t', ',']).unwrap_or(self.0.len());
            let (value, rest) = self.0.split_at(end);
            self.0 = rest;
            return (!value.contains('"')).then(|| value.to_owned());
        }
        let mut value = String::new();
        let mut characters = self.0.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.0 = self.0.get(at + 1..)?;
                    return Some(value);
                }
                '\\' => value.push(characters.next()?.1),
                _ => value.push(character),
            }
        }
        // It was never closed.
        None
    }
}

#[cfg(test)]
mod tests;
