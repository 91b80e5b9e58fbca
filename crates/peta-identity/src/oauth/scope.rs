//! Scopes (RFC 6749, 3.3) and which ones to ask for.

/// Some scopes, each once, in the order in which they were named.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes(Vec<String>);

const MOST: usize = 200;
const LONGEST: usize = 512;
const OFFLINE: &str = "offline_access";

impl Scopes {
    /// Reads what stands between spaces. What cannot be a scope is left out: a server's odd wish is not worth a refusal,
    /// and nothing that would break a form or a header is kept.
    pub fn read(text: &str) -> Self {
        Self::of(text.split(' '))
    }

    /// The same, of names that stand apart already.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut scopes = Self::default();
        for name in names {
            scopes.add(name);
        }
        scopes
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|scope| scope == name)
    }

    /// Whether a refresh token is asked for by `offline_access`.
    pub fn asks_to_stay(&self) -> bool {
        self.contains(OFFLINE)
    }

    /// Whether all of the others are among these.
    pub fn covers(&self, others: &Self) -> bool {
        others.0.iter().all(|scope| self.contains(scope))
    }

    /// These and the others.
    pub fn with(&self, others: &Self) -> Self {
        let mut both = self.clone();
        others.0.iter().for_each(|scope| both.add(scope));
        both
    }

    /// As one text; almost everybody puts a space between.
    pub fn join(&self, separator: &str) -> String {
        self.0.join(separator)
    }

    fn add(&mut self, name: &str) {
        let plain = name.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
        if plain && (1..=LONGEST).contains(&name.len()) && self.0.len() < MOST && !self.contains(name) {
            self.0.push(name.to_owned());
        }
    }
}

/// Which scopes to ask for: those of the challenge, else all that the server says it supports, else none are named. Where
/// the authorization server knows `offline_access`, it is asked for too, as only that brings a refresh token there; a
/// request that names none stays one that names none.
pub fn select(challenged: Option<&Scopes>, supported: Option<&Scopes>, provider: Option<&Scopes>) -> Option<Scopes> {
    let chosen = [challenged, supported].into_iter().flatten().find(|scopes| !scopes.is_empty())?;
    let offline = provider.is_some_and(|known| known.contains(OFFLINE));
    Some(if offline { chosen.with(&Scopes::read(OFFLINE)) } else { chosen.clone() })
}

#[cfg(test)]
mod tests;
