//! One agent's grants, sorted so that judging a capability looks at few of them.

use std::collections::{BTreeMap, HashMap};

use peta_model::{CapabilityKind, CapabilityRef, Grant, Scope, Slug};

use crate::{Template, is_plain_uri};

/// What one agent may use, by server. A server that no grant names is not here.
#[derive(Debug, Default)]
pub(crate) struct Rules(HashMap<Slug, ServerRules>);

/// What one agent may use of one server.
#[derive(Debug, Default)]
pub(crate) struct ServerRules {
    all: Option<String>,
    named: HashMap<Box<str>, BTreeMap<CapabilityKind, String>>,
    prefixes: Vec<Prefix>,
    templates: Vec<(Template, String)>,
}

#[derive(Debug)]
struct Prefix {
    kind: CapabilityKind,
    start: Box<str>,
    text: String,
}

impl Rules {
    pub(crate) fn of(grants: impl IntoIterator<Item = Grant>) -> Self {
        let mut rules = Self::default();
        for grant in grants {
            let text = grant.to_string();
            rules.0.entry(grant.server).or_default().add(grant.scope, text);
        }
        rules
    }

    pub(crate) fn server(&self, server: &Slug) -> Option<&ServerRules> {
        self.0.get(server)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl ServerRules {
    fn add(&mut self, scope: Scope, text: String) {
        match scope {
            Scope::All => self.all = Some(text),
            Scope::One(kind, name) => {
                // A template that cannot be read covers no resource; its own name it still covers.
                if kind == CapabilityKind::Template
                    && let Some(template) = Template::parse(&name)
                {
                    self.templates.push((template, text.clone()));
                }
                self.named.entry(name).or_default().insert(kind, text);
            }
            Scope::Prefix(kind, start) => self.prefixes.push(Prefix { kind, start, text }),
        }
    }

    /// The grants that cover the capability, as texts, the widest first. None means no.
    pub(crate) fn covering(&self, capability: CapabilityRef<'_>) -> Vec<String> {
        let CapabilityRef { kind, name } = capability;
        let whole = self.all.iter();
        let named = self.named.get(name).and_then(|kinds| kinds.get(&kind));
        let mut texts: Vec<String> = whole.chain(named).cloned().collect();
        let by_shape = match kind {
            CapabilityKind::Tool | CapabilityKind::Prompt | CapabilityKind::Template => true,
            // A resource is named by a URI, and a URI can be written in many ways.
            CapabilityKind::Resource => is_plain_uri(name),
        };
        let starts = |prefix: &&Prefix| {
            prefix.kind == kind && (prefix.start.is_empty() || by_shape && name.starts_with(&*prefix.start))
        };
        texts.extend(self.prefixes.iter().filter(starts).map(|prefix| prefix.text.clone()));
        if kind == CapabilityKind::Resource && by_shape {
            let matches = self.templates.iter().filter(|(template, _)| template.matches(name));
            texts.extend(matches.map(|(_, text)| text.clone()));
        }
        texts
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.all.is_some()
    }

    /// One grant that names the server; the widest there is.
    pub(crate) fn any(&self) -> Option<&String> {
        let prefixes = self.prefixes.iter().map(|prefix| &prefix.text);
        self.all.iter().chain(prefixes).next().or_else(|| self.named.values().flat_map(BTreeMap::values).min())
    }
}
