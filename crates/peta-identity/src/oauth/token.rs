//! Requests to a token endpoint: how the client proves who it is, what is read of the answer, and what a refusal means.

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{
    assertion::assertion,
    base64,
    client::{Client, Proof},
    error::{Error, Word},
    fetch::{Ask, Body, Fetch, Purpose, Reply},
    form,
    fresh::Fresh,
    profile::{BodyForm, Dialect},
    scope::Scopes,
    secret::Secret,
    source::Source,
};

/// What a token endpoint gave.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) access: Secret,
    pub(super) refresh: Option<Secret>,
    pub(super) scopes: Option<Scopes>,
    /// In seconds.
    pub(super) lifetime: Option<u64>,
}

const WHAT: &str = "the token endpoint";
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// A token goes into a header of each request.
const TOKEN: usize = 16 << 10;
/// No token is believed to last longer: ten years.
const LONGEST: u64 = 10 * 366 * 24 * 3_600;

/// Asks for tokens.
pub(super) async fn ask(
    fetch: &dyn Fetch,
    endpoint: &str,
    source: &Source,
    client: &Client,
    pairs: &[(&str, &str)],
    fresh: &Fresh,
) -> Result<Answer, Error> {
    let dialect = Dialect::of(source.profile.as_deref())?;
    let reply = send(fetch, endpoint, source, client, pairs, fresh).await?;
    read(&reply, &dialect)
}

/// Sends a request in which the client proves who it is.
pub(super) async fn send(
    fetch: &dyn Fetch,
    endpoint: &str,
    source: &Source,
    client: &Client,
    pairs: &[(&str, &str)],
    fresh: &Fresh,
) -> Result<Reply, Error> {
    source.check(client)?;
    let dialect = Dialect::of(source.profile.as_deref())?;
    let signed = match &client.proof {
        Proof::Key(key) => Some(assertion(key, &client.id, &client.issuer, fresh)?),
        _ => None,
    };
    let mut pairs = pairs.to_vec();
    let authorization = match &client.proof {
        Proof::None => {
            pairs.push(("client_id", &client.id));
            None
        }
        Proof::Post(secret) => {
            pairs.extend([("client_id", client.id.as_str()), ("client_secret", secret.reveal())]);
            None
        }
        Proof::Key(_) => {
            pairs.extend([("client_id", client.id.as_str()), ("client_assertion_type", ASSERTION)]);
            pairs.extend(signed.as_ref().map(|signed| ("client_assertion", signed.reveal())));
            None
        }
        Proof::Basic(secret) => Some(basic(&client.id, secret.reveal())),
        Proof::SecretAsUser(secret) => Some(basic(secret.reveal(), "")),
    };
    let body = match dialect.body {
        BodyForm::Form => Body { media: "application/x-www-form-urlencoded", text: form::write(&pairs).into() },
        BodyForm::Json => Body { media: "application/json", text: json(&pairs) },
    };
    let place = source.place(endpoint, WHAT)?;
    let ask = Ask { place, bounds: source.bounds, purpose: Purpose::Token, authorization, body: Some(body) };
    fetch.fetch(ask).await.map_err(|error| Error::Fetch { what: WHAT, error })
}

/// RFC 6749, 2.3.1: both parts are written as in a form before they are joined.
fn basic(user: &str, password: &str) -> Secret {
    let mut joined = Zeroizing::new(String::with_capacity(3 * (user.len() + password.len()) + 1));
    form::escape(user, &mut joined);
    joined.push(':');
    form::escape(password, &mut joined);
    let digits = base64::standard(joined.as_bytes());
    let mut header = Zeroizing::new(String::with_capacity(digits.len() + 6));
    header.push_str("Basic ");
    header.push_str(&digits);
    header.into()
}

fn json(pairs: &[(&str, &str)]) -> Secret {
    let members: Map<String, Value> =
        pairs.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
    Secret::new(Value::Object(members).to_string())
}

/// What the endpoint's answer says, or what its refusal means.
fn read(reply: &Reply, dialect: &Dialect) -> Result<Answer, Error> {
    let members = members(reply);
    if !reply.is_success() {
        return Err(refusal(reply.status, members.as_ref(), dialect));
    }
    let members = members.ok_or(Error::Garbled { what: WHAT })?;
    if dialect.refuses_with_200 && (members.contains_key("error") || members.get("ok") == Some(&Value::Bool(false))) {
        return Err(refusal(reply.status, Some(&members), dialect));
    }
    let nested = dialect.nested.as_ref().and_then(|name| members.get(name)).and_then(Value::as_object);
    let token = nested.filter(|nested| nested.contains_key("access_token")).unwrap_or(&members);
    answer(token, dialect)
}

fn answer(token: &Map<String, Value>, dialect: &Dialect) -> Result<Answer, Error> {
    let text = |name: &str| match token.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(Error::Garbled { what: WHAT }),
    };
    let access = text("access_token")?.ok_or(Error::Garbled { what: WHAT })?;
    let kind = text("token_type")?.unwrap_or_default();
    if !dialect.token_types.iter().any(|known| known.eq_ignore_ascii_case(kind)) {
        return Err(Error::NotBearer);
    }
    let refresh = text("refresh_token")?.filter(|token| !token.is_empty());
    if !is_token(access) || refresh.is_some_and(|token| token.len() > TOKEN) {
        return Err(Error::BadToken);
    }
    let scopes = text("scope")?.map(|scopes| Scopes::of(scopes.split([' ', dialect.answer_char()])));
    Ok(Answer {
        access: access.into(),
        refresh: refresh.map(Secret::from),
        scopes: scopes.filter(|scopes| !scopes.is_empty()),
        lifetime: lifetime(token.get("expires_in"))?.or(dialect.lifetime),
    })
}

/// Whether it can stand in a header, and be nothing but one word there.
fn is_token(text: &str) -> bool {
    (1..=TOKEN).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Some write the number as a text. What has run out already, or is no number, makes no sense.
fn lifetime(value: Option<&Value>) -> Result<Option<u64>, Error> {
    let seconds = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_u64().or_else(|| number.as_f64().and_then(whole)),
        Some(Value::String(text)) => text.parse().ok(),
        Some(_) => None,
    };
    seconds.filter(|seconds| *seconds > 0).map(|seconds| Some(seconds.min(LONGEST))).ok_or(Error::BadLifetime)
}

/// A number written with a point or an exponent; larger ones than a lifetime can be are all alike.
fn whole(number: f64) -> Option<u64> {
    if !(1.0..).contains(&number) {
        return None;
    }
    format!("{:.0}", number.min(1e15).floor()).parse().ok()
}

/// The members of an answer: JSON, or a form where the answer says that it is one.
fn members(reply: &Reply) -> Option<Map<String, Value>> {
    if reply.media == "application/x-www-form-urlencoded" {
        let text = std::str::from_utf8(&reply.body).ok()?;
        let pairs = form::read(text)?;
        return Some(pairs.into_iter().map(|(name, value)| (name, Value::from(value.as_str()))).collect());
    }
    if reply.media == "text/html" {
        return None;
    }
    serde_json::from_slice(&reply.body).ok()
}

fn refusal(status: u16, members: Option<&Map<String, Value>>, dialect: &Dialect) -> Error {
    if status == 429 || status >= 500 {
        return Error::Busy { status };
    }
    let word = |name: &str| members.and_then(|members| members.get(name)).and_then(Value::as_str);
    let said = word(&dialect.error_member).or_else(|| word("error")).map(str::to_ascii_lowercase);
    match said.as_deref() {
        Some("invalid_grant") => Error::GrantRevoked,
        Some(said) if dialect.grant_refused.iter().any(|known| known == said) => Error::GrantRevoked,
        Some("invalid_client" | "unauthorized_client") => Error::ClientRefused,
        Some(said) => Error::Refused(Word::read(said)),
        None if (400..500).contains(&status) && members.is_some() => Error::Refused(Word::default()),
        None => Error::Garbled { what: WHAT },
    }
}

impl Dialect {
    /// What stands between scopes in an answer, as one character.
    fn answer_char(&self) -> char {
        self.answer_separator.chars().next().unwrap_or(' ')
    }
}

/// The word of a refusal, for endpoints that give nothing else.
pub(super) fn refused(reply: &Reply, dialect: &Dialect) -> Error {
    refusal(reply.status, members(reply).as_ref(), dialect)
}
