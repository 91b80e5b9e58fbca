//! The forms of arguments that have no type of their own elsewhere.

use peta_model::{
    AgentName, ClientAuth, CredentialName, Grant, HttpMode, Isolation, Payloads, Role, SinkName, Slug, Span, Whose,
};

pub(crate) fn slug(text: &str) -> Result<Slug, String> {
    text.parse().map_err(|error: peta_model::NameError| error.to_string())
}

pub(crate) fn agent(text: &str) -> Result<AgentName, String> {
    text.parse().map_err(|error: peta_model::NameError| error.to_string())
}

pub(crate) fn credential(text: &str) -> Result<CredentialName, String> {
    text.parse().map_err(|error: peta_model::NameError| error.to_string())
}

pub(crate) fn sink(text: &str) -> Result<SinkName, String> {
    text.parse().map_err(|error: peta_model::NameError| error.to_string())
}

/// Whose credential calls carry; clap completes and explains the words.
pub(crate) fn whose() -> impl clap::builder::TypedValueParser<Value = Whose> {
    use clap::builder::{PossibleValuesParser, TypedValueParser as _};
    PossibleValuesParser::new(Whose::ALL.map(Whose::name))
        .try_map(|word: String| Whose::from_name(&word).ok_or("unknown word"))
}

pub(crate) fn client_auth() -> impl clap::builder::TypedValueParser<Value = ClientAuth> {
    use clap::builder::{PossibleValuesParser, TypedValueParser as _};
    let find = |word: String| ClientAuth::ALL.into_iter().find(|auth| auth.word() == word).ok_or("unknown word");
    PossibleValuesParser::new(ClientAuth::ALL.map(ClientAuth::word)).try_map(find)
}

pub(crate) fn grant(text: &str) -> Result<Grant, String> {
    text.parse().map_err(|error: peta_model::GrantError| error.to_string())
}

/// `KEY=VALUE`; the value may hold anything, also `=`.
pub(crate) fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        // The text may be a secret whose name was forgotten: it is not repeated.
        _ => Err("write it as NAME=VALUE".to_owned()),
    }
}

/// A length of time, or none to go by the settings. (clap reads an option of an option as something else.)
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwnSpan(pub(crate) Option<Span>);

/// A server's own, or `default` for that of the settings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwnPayloads(pub(crate) Option<Payloads>);

pub(crate) fn payloads_or_default() -> impl clap::builder::TypedValueParser<Value = OwnPayloads> {
    use clap::builder::{PossibleValuesParser, TypedValueParser as _};
    const ALL: [Payloads; 3] = [Payloads::None, Payloads::Redacted, Payloads::Full];
    PossibleValuesParser::new(ALL.iter().map(|it| it.word()).chain(["default"]))
        .map(|word: String| OwnPayloads(ALL.into_iter().find(|it| it.word() == word)))
}

/// A length of time, or `default` for that of the settings.
pub(crate) fn span_or_default(text: &str) -> Result<OwnSpan, String> {
    if text == "default" {
        return Ok(OwnSpan(None));
    }
    text.parse()
        .map(|span| OwnSpan(Some(span)))
        .map_err(|error: peta_model::SpanError| format!("{error}; or `default`"))
}

/// The words of a type, for clap: it checks, completes and explains them.
macro_rules! words {
    ($($name:ident: $type:ty = $($variant:path),+;)*) => {$(
        pub(crate) fn $name() -> impl clap::builder::TypedValueParser<Value = $type> {
            use clap::builder::{PossibleValuesParser, TypedValueParser as _};
            const ALL: &[$type] = &[$($variant),+];
            PossibleValuesParser::new(ALL.iter().map(|it| it.word())).try_map(|word: String| {
                ALL.iter().copied().find(|it| it.word() == word).ok_or("unknown word")
            })
        }
    )*};
}
words! {
    http_mode: HttpMode = HttpMode::Auto, HttpMode::Http, HttpMode::Sse;
    isolation: Isolation = Isolation::PerSession, Isolation::PerUser, Isolation::Shared;
    role: Role = Role::Owner, Role::Auditor, Role::Payloads;
}
