//! Becoming a client of an authorization server, in the specification's order: one that an administrator entered, the
//! document of Peta's own, a registration (RFC 7591). If none is possible, somebody must enter one.

use aws_lc_rs::digest;
use peta_dial::Target;
use peta_model::Moment;
use serde::Deserialize;
use serde_json::json;

use super::{
    assertion::SigningKey,
    base64,
    client::{Client, Method, Proof},
    discover::Found,
    error::{Error, Word},
    fetch::{Ask, Body, Fetch, Purpose},
    place::{Place, may_redirect_to, names_this_machine},
    provider::Provider,
    secret::Secret,
};

/// Who Peta says it is.
#[derive(Debug, Clone)]
pub struct Registrant {
    pub name: String,
    /// Where people come back to, to the letter: without a query. Registered clients get places under it.
    pub redirect_uri: String,
    /// The URL at which Peta serves its own client metadata document.
    pub document: Option<String>,
}

/// A client that an administrator entered.
#[derive(Debug, Clone)]
pub struct Given {
    /// The issuer that it is for; without one it goes to whatever the server names, so it should be there.
    pub issuer: Option<String>,
    pub id: String,
    pub secret: Option<Secret>,
    pub key: Option<SigningKey>,
    /// If it is not to be chosen.
    pub method: Option<Method>,
}

#[derive(Deserialize)]
struct Registered {
    client_id: Option<String>,
    client_secret: Option<Secret>,
    client_secret_expires_at: Option<i64>,
    token_endpoint_auth_method: Option<String>,
    redirect_uris: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Refusal {
    error: Option<String>,
}

const WHAT: &str = "the registration endpoint";

impl Registrant {
    /// A place to come back to for one issuer alone: an answer that comes to another's is seen through, even where servers
    /// do not name themselves (RFC 9700, 4.4.2.2).
    pub fn redirect_for(&self, issuer: &str) -> String {
        let hash = digest::digest(&digest::SHA256, issuer.as_bytes());
        let tag = base64::url(hash.as_ref().get(..12).unwrap_or_default());
        format!("{}/{}", self.redirect_uri.trim_end_matches('/'), tag.as_str())
    }
}

/// The client to be used: the one that is known already, if it serves; else a new one, which the caller keeps.
pub async fn register(
    fetch: &dyn Fetch,
    found: &Found,
    us: &Registrant,
    given: Option<&Given>,
    known: Option<&Client>,
    now: Moment,
) -> Result<Client, Error> {
    let provider = &found.provider;
    if !may_redirect_to(&us.redirect_uri) || us.redirect_uri.contains('?') {
        return Err(Error::BadRedirectUri);
    }
    if let Some(given) = given {
        return entered(given, us, provider);
    }
    if provider.takes_documents
        && let Some(url) = &us.document
    {
        is_document(url)?;
        return Ok(client(provider, &us.redirect_uri, url.clone(), Proof::None));
    }
    if let Some(known) = known.filter(|known| known.serves(&provider.issuer, &us.redirect_for(&provider.issuer), now)) {
        return Ok(known.clone());
    }
    let endpoint = provider.registration_endpoint.as_ref().ok_or(Error::NoRegistration)?;
    ask(fetch, endpoint, found, us).await
}

/// The document that Peta serves at its URL.
pub fn client_document(us: &Registrant) -> Result<String, Error> {
    let url = us.document.as_deref().ok_or(Error::BadDocument)?;
    is_document(url)?;
    let mut document = metadata(us, &us.redirect_uri, Method::None);
    if let Some(members) = document.as_object_mut() {
        members.insert("client_id".to_owned(), url.into());
    }
    Ok(document.to_string())
}

fn is_document(url: &str) -> Result<(), Error> {
    let plain = Target::parse(url).is_ok_and(|target| target.is_tls() && target.path() != "/");
    if plain { Ok(()) } else { Err(Error::BadDocument) }
}

fn client(provider: &Provider, redirect_uri: &str, id: String, proof: Proof) -> Client {
    Client { issuer: provider.issuer.clone(), id, proof, redirect_uri: redirect_uri.to_owned(), expires: None }
}

/// One that was entered for another issuer is not shown to this one.
fn entered(given: &Given, us: &Registrant, provider: &Provider) -> Result<Client, Error> {
    if given.issuer.as_ref().is_some_and(|issuer| *issuer != provider.issuer) {
        return Err(Error::OtherIssuer);
    }
    let method = match given.method {
        Some(method) => method,
        None => choose(given, provider)?,
    };
    let proof = Proof::of(method, given.secret.clone(), given.key.clone())?;
    Ok(client(provider, &us.redirect_uri, given.id.clone(), proof))
}

fn choose(given: &Given, provider: &Provider) -> Result<Method, Error> {
    if let Some(key) = given.key.as_ref().filter(|_| provider.takes(Method::Key.as_str())) {
        let algorithm = key.algorithm()?;
        let known = provider.signing_algorithms.as_ref();
        if known.is_none_or(|known| known.iter().any(|known| known == algorithm)) {
            return Ok(Method::Key);
        }
    }
    if given.secret.is_none() && given.key.is_none() {
        // A public client: what the server takes from others does not matter.
        return Ok(Method::None);
    }
    let able = [Method::Basic, Method::Post, Method::SecretAsUser];
    let chosen = able.into_iter().find(|method| given.secret.is_some() && provider.takes(method.as_str()));
    chosen.ok_or(Error::NoClientAuth)
}

async fn ask(fetch: &dyn Fetch, endpoint: &Place, found: &Found, us: &Registrant) -> Result<Client, Error> {
    let provider = &found.provider;
    // A secret is better than none, where the server gives one. In the body rather than in a header (as OAuth 2.1 has it):
    // some look for the client's id there whatever they say, and no two agree on how a header is to be escaped.
    let able = [Method::Post, Method::Basic, Method::None];
    let method = able.into_iter().find(|method| provider.takes(method.as_str())).ok_or(Error::NoClientAuth)?;
    let redirect_uri = us.redirect_for(&provider.issuer);
    let ask = Ask {
        place: endpoint.clone(),
        bounds: found.bounds,
        purpose: Purpose::Token,
        authorization: None,
        body: Some(Body {
            media: "application/json",
            text: Secret::new(metadata(us, &redirect_uri, method).to_string()),
        }),
    };
    let reply = fetch.fetch(ask).await.map_err(|error| Error::Fetch { what: WHAT, error })?;
    match reply.status {
        200 | 201 => {}
        400..=499 => {
            let said = serde_json::from_slice::<Refusal>(&reply.body).ok().and_then(|refusal| refusal.error);
            return Err(Error::RegistrationRefused(Word::read(said.as_deref().unwrap_or_default())));
        }
        status => return Err(Error::Status { what: WHAT, status }),
    }
    let registered = serde_json::from_slice(&reply.body).map_err(|_| Error::Garbled { what: WHAT })?;
    accept(registered, provider, &redirect_uri, method)
}

fn metadata(us: &Registrant, redirect_uri: &str, method: Method) -> serde_json::Value {
    let kind = if names_this_machine(redirect_uri) { "native" } else { "web" };
    json!({
        "client_name": us.name,
        "redirect_uris": [redirect_uri],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": method.as_str(),
        "application_type": kind,
    })
}

/// What was registered must be what was asked for: above all, people must come back to Peta and nowhere else.
fn accept(registered: Registered, provider: &Provider, redirect_uri: &str, asked: Method) -> Result<Client, Error> {
    let id = registered.client_id.filter(|id| (1..=4_096).contains(&id.len())).ok_or(Error::Garbled { what: WHAT })?;
    if registered.redirect_uris.is_some_and(|uris| uris.iter().ne([redirect_uri])) {
        return Err(Error::RegistrationAltered);
    }
    let method = match registered.token_endpoint_auth_method {
        Some(name) => Method::find(&name).filter(|method| *method != Method::Key).ok_or(Error::RegistrationAltered)?,
        None if registered.client_secret.is_some() => asked,
        // Neither a secret nor a word about one.
        None => Method::None,
    };
    let proof = Proof::of(method, registered.client_secret, None).map_err(|_| Error::RegistrationAltered)?;
    // Zero says that it lasts.
    let expires = registered.client_secret_expires_at.filter(|at| *at > 0);
    let expires = expires.map(|at| Moment::from_micros(at.saturating_mul(1_000_000)));
    Ok(Client { expires, ..client(provider, redirect_uri, id, proof) })
}
