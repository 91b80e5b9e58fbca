//! URI templates (RFC 6570): does a URI come out of a template?
//!
//! Conservative where the RFC is generous: a variable is never empty, a simple one never spans a slash, lists in a
//! query and associative arrays are not followed, and a template that cannot be read matches nothing. The work is bounded by template
//! times URI; there is no backtracking to blow up.

mod part;
mod read;
mod walk;

use part::Part;

/// Templates and URIs longer than this match nothing.
const LIMIT: usize = 4 * 1024;

/// A template, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

/// Whether the URI could be an expansion of the template.
pub fn template_matches(template: &str, uri: &str) -> bool {
    Template::parse(template).is_some_and(|template| template.matches(uri))
}

impl Template {
    /// Reads a template; none if it breaks RFC 6570, or is too long.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LIMIT { None } else { read::template(text).map(Self) }
    }

    /// Whether the URI could be an expansion of this template.
    pub fn matches(&self, uri: &str) -> bool {
        uri.len() <= LIMIT && walk::reaches_end(&self.0, uri.as_bytes())
    }
}

#[cfg(test)]
mod tests;
