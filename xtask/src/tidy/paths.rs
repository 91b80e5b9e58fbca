//! The paths of a file: what its `use` declarations bring in, what its other paths name, what it defines itself.

use std::collections::BTreeSet;

use super::source::Source;

/// One leaf of a `use` declaration, or one path in the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Import {
    /// As written: `["crate", "call", "Call"]`; the last is `*` for all of a module.
    pub(crate) path: Vec<String>,
    /// The name it has in this file.
    pub(crate) name: String,
    /// `pub use`: the name is handed on.
    pub(crate) public: bool,
    pub(crate) line: usize,
}

#[derive(Default)]
pub(crate) struct Paths {
    pub(crate) uses: Vec<Import>,
    pub(crate) named: Vec<Import>,
    /// Items defined here, child modules among them.
    pub(crate) defines: BTreeSet<String>,
    /// Every word outside `use` declarations.
    pub(crate) words: BTreeSet<String>,
}

impl Paths {
    pub(crate) fn read(source: &Source) -> Self {
        let mut paths = Self::default();
        let mut at = 0;
        while let Some(token) = source.at(at) {
            if token.is("use") && !source.is(at + 1, "<") {
                let public = is_public(source, at);
                at = paths.tree(source, at + 1, &Vec::new(), public);
            } else if token.is_word() && !after_colons(source, at) {
                at = paths.path(source, at);
            } else {
                if token.is_word() {
                    paths.words.insert(token.text.clone());
                }
                at += 1;
            }
        }
        paths
    }

    /// A use tree: `a::b`, `a::{b, c::d}`, `a::*`, `a as b`. Returns the place after it.
    fn tree(&mut self, source: &Source, mut at: usize, before: &[String], public: bool) -> usize {
        let mut path = before.to_vec();
        let line = source.at(at).map_or(1, |token| token.line);
        while let Some(token) = source.at(at) {
            at += 1;
            match token.text.as_str() {
                "::" => {}
                "{" => return self.group(source, at, &path, public),
                "as" => {
                    let name = source.at(at).map(|token| token.text.clone()).unwrap_or_default();
                    self.leaf(path, name, public, line);
                    return at + 1;
                }
                "," | ";" | "}" => {
                    let name = path.last().cloned().unwrap_or_default();
                    self.leaf(path, name, public, line);
                    return at - 1;
                }
                _ => path.push(token.text.clone()),
            }
        }
        at
    }

    fn group(&mut self, source: &Source, mut at: usize, path: &[String], public: bool) -> usize {
        while let Some(token) = source.at(at) {
            match token.text.as_str() {
                "}" => return at + 1,
                "," => at += 1,
                _ => at = self.tree(source, at, path, public),
            }
        }
        at
    }

    fn leaf(&mut self, mut path: Vec<String>, mut name: String, public: bool, line: usize) {
        // `a::{self}` brings in `a`.
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
            if name == "self" {
                name = path.last().cloned().unwrap_or_default();
            }
        }
        if !path.is_empty() {
            self.uses.push(Import { path, name, public, line });
        }
    }

    /// A path in the code, or a single word. Returns the place after it.
    fn path(&mut self, source: &Source, mut at: usize) -> usize {
        let Some(first) = source.at(at) else { return at + 1 };
        self.words.insert(first.text.clone());
        let mut path = vec![first.text.clone()];
        let defining = ["fn", "struct", "enum", "trait", "type", "const", "static", "union", "mod"];
        if at
            .checked_sub(1)
            .and_then(|before| source.at(before))
            .is_some_and(|before| defining.contains(&before.text.as_str()))
        {
            self.defines.insert(first.text.clone());
        }
        if source.is(at, "macro_rules") {
            self.defines.extend(source.at(at + 2).map(|token| token.text.clone()));
        }
        at += 1;
        while source.is(at, "::") {
            let Some(next) = source.at(at + 1).filter(|token| token.is_word()) else { break };
            path.push(next.text.clone());
            self.words.insert(next.text.clone());
            at += 2;
        }
        if path.len() > 1 {
            let name = path.last().cloned().unwrap_or_default();
            self.named.push(Import { path, name, public: false, line: first.line });
        }
        at
    }
}

fn after_colons(source: &Source, at: usize) -> bool {
    at > 0 && source.is(at - 1, "::")
}

/// `pub use`, `pub(crate) use`, `pub(in path) use`.
fn is_public(source: &Source, at: usize) -> bool {
    let mut before = at;
    if before > 0 && source.is(before - 1, ")") {
        while before > 0 && !source.is(before - 1, "(") {
            before -= 1;
        }
        before = before.saturating_sub(1);
    }
    before > 0 && source.is(before - 1, "pub")
}
