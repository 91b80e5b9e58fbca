//! Providers that speak OAuth in a way of their own, as data: a file each under `profiles/`, with the source of its facts.
//! Servers that describe themselves by metadata need none.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{client::Method, error::Error};

/// A provider that an administrator picks by name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    pub name: String,
    pub title: String,
    /// By what it is known; parts in braces are filled in, as in all its URLs.
    pub issuer: String,
    pub authorize: String,
    pub token: String,
    /// Where tokens are refreshed, if not where codes are exchanged.
    pub refresh_at: Option<String>,
    /// Where tokens are revoked as in RFC 7009.
    pub revoke: Option<String>,
    /// Parts of its URLs that differ by customer: a tenant, a subdomain.
    #[serde(default)]
    pub variables: Vec<String>,
    pub auth: Method,
    pub refresh: Refresh,
    /// Whether only the scope `offline_access` brings a refresh token.
    #[serde(default)]
    pub offline_access: bool,
    #[serde(default)]
    pub dialect: Dialect,
}

/// What a provider does about refresh tokens, as far as is known beforehand. What it answers counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refresh {
    /// It gives none; tokens last until they are revoked.
    Never,
    /// The same one serves again and again.
    Keeps,
    /// Each serves once and brings the next.
    Rotates,
}

/// How a provider's requests and answers differ from the standard; the default is the standard, as MCP asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dialect {
    pub scope_parameter: String,
    pub scope_separator: String,
    /// What stands between scopes in its answers.
    pub answer_separator: String,
    /// The word for S256; nothing if it cannot do PKCE.
    pub pkce: Option<String>,
    /// Whether it takes `resource` (RFC 8707).
    pub resource: bool,
    /// What else stands in an authorization request.
    pub parameters: BTreeMap<String, String>,
    pub body: BodyForm,
    /// How many seconds a token lasts where its answer does not say.
    pub lifetime: Option<u64>,
    /// The member of an answer in which the token's members stand.
    pub nested: Option<String>,
    /// Whether its refusals come with HTTP 200.
    pub refuses_with_200: bool,
    /// Words for a bearer token.
    pub token_types: Vec<String>,
    /// The member that holds the word of a refusal.
    pub error_member: String,
    /// Words that mean what `invalid_grant` means.
    pub grant_refused: Vec<String>,
}

/// How requests to the token endpoint are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BodyForm {
    Form,
    Json,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            scope_parameter: "scope".to_owned(),
            scope_separator: " ".to_owned(),
            answer_separator: " ".to_owned(),
            pkce: Some("S256".to_owned()),
            resource: true,
            parameters: BTreeMap::new(),
            body: BodyForm::Form,
            lifetime: None,
            nested: None,
            refuses_with_200: false,
            token_types: vec!["bearer".to_owned()],
            error_member: "error".to_owned(),
            grant_refused: Vec::new(),
        }
    }
}

const FILES: [(&str, &str); 11] = [
    ("canva", include_str!("profiles/canva.toml")),
    ("figma", include_str!("profiles/figma.toml")),
    ("github", include_str!("profiles/github.toml")),
    ("google", include_str!("profiles/google.toml")),
    ("hubspot", include_str!("profiles/hubspot.toml")),
    ("intercom", include_str!("profiles/intercom.toml")),
    ("microsoft", include_str!("profiles/microsoft.toml")),
    ("notion", include_str!("profiles/notion.toml")),
    ("slack", include_str!("profiles/slack.toml")),
    ("stripe", include_str!("profiles/stripe.toml")),
    ("zendesk", include_str!("profiles/zendesk.toml")),
];

impl Profile {
    /// The names of all profiles.
    pub fn names() -> impl Iterator<Item = &'static str> {
        FILES.iter().map(|(name, _)| *name)
    }

    /// The profile of that name.
    pub fn find(name: &str) -> Result<Self, Error> {
        let (_, text) = FILES.iter().find(|(known, _)| *known == name).ok_or(Error::BadProfile)?;
        toml::from_str(text).map_err(|_| Error::BadProfile)
    }

    /// The same with its variables filled in: exactly those it has, each one plain label of a host or path.
    pub fn fill(mut self, values: &BTreeMap<String, String>) -> Result<Self, Error> {
        let known = |name: &String| self.variables.contains(name);
        if values.len() != self.variables.len() || !values.iter().all(|(name, value)| known(name) && is_label(value)) {
            return Err(Error::BadProfile);
        }
        let fill = |text: &mut String| {
            for (name, value) in values {
                *text = text.replace(&format!("{{{name}}}"), value);
            }
        };
        [&mut self.issuer, &mut self.authorize, &mut self.token].into_iter().for_each(fill);
        [&mut self.refresh_at, &mut self.revoke].into_iter().flatten().for_each(fill);
        self.variables.clear();
        Ok(self)
    }
}

impl Dialect {
    /// That of a profile, or the standard.
    pub fn of(profile: Option<&str>) -> Result<Self, Error> {
        profile.map_or_else(|| Ok(Self::default()), |name| Profile::find(name).map(|profile| profile.dialect))
    }
}

fn is_label(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    plain && (1..=63).contains(&text.len()) && !text.starts_with('-') && !text.ends_with('-')
}

#[cfg(test)]
mod tests;
