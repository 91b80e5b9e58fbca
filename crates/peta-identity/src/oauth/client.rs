//! Who Peta is at one authorization server: a client id, and how it proves that it is that client. There is one for each
//! issuer, and what one knows no other is told.

use peta_model::Moment;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{
    assertion::SigningKey,
    codec::{Reader, Writer},
    error::Error,
    secret::Secret,
};

/// How a client proves who it is at the token endpoint, by the names of the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Method {
    #[serde(rename = "none")]
    None,
    #[serde(rename = "client_secret_basic")]
    Basic,
    #[serde(rename = "client_secret_post")]
    Post,
    #[serde(rename = "private_key_jwt")]
    Key,
    /// In no registry: the secret is the user name of Basic authentication, and there is no password.
    #[serde(rename = "secret_as_user")]
    SecretAsUser,
}

/// What it proves itself with.
#[derive(Debug, Clone)]
pub enum Proof {
    None,
    Basic(Secret),
    Post(Secret),
    Key(SigningKey),
    SecretAsUser(Secret),
}

/// A client at one issuer.
#[derive(Debug, Clone)]
pub struct Client {
    pub issuer: String,
    pub id: String,
    pub proof: Proof,
    /// Where people come back to; a client registered for another place is not used.
    pub redirect_uri: String,
    /// When its secret runs out.
    pub expires: Option<Moment>,
}

const KIND: u8 = b'C';
const VERSION: u8 = 1;

impl Method {
    const ALL: [Self; 5] = [Self::None, Self::Basic, Self::Post, Self::Key, Self::SecretAsUser];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
            Self::Key => "private_key_jwt",
            Self::SecretAsUser => "secret_as_user",
        }
    }

    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }
}

impl Proof {
    pub const fn method(&self) -> Method {
        match self {
            Self::None => Method::None,
            Self::Basic(_) => Method::Basic,
            Self::Post(_) => Method::Post,
            Self::Key(_) => Method::Key,
            Self::SecretAsUser(_) => Method::SecretAsUser,
        }
    }

    /// Of a method and what it needs.
    pub fn of(method: Method, secret: Option<Secret>, key: Option<SigningKey>) -> Result<Self, Error> {
        let secret = || secret.ok_or(Error::NoClientAuth);
        Ok(match method {
            Method::None => Self::None,
            Method::Basic => Self::Basic(secret()?),
            Method::Post => Self::Post(secret()?),
            Method::SecretAsUser => Self::SecretAsUser(secret()?),
            Method::Key => Self::Key(key.ok_or(Error::NoClientAuth)?),
        })
    }
}

impl Client {
    /// Whether it may still be used for this issuer and this place to come back to.
    pub fn serves(&self, issuer: &str, redirect_uri: &str, now: Moment) -> bool {
        let lasts = self.expires.is_none_or(|expires| now < expires);
        self.issuer == issuer && self.redirect_uri == redirect_uri && lasts
    }

    /// For the vault to seal.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let (secret, key) = match &self.proof {
            Proof::None => (None, None),
            Proof::Basic(secret) | Proof::Post(secret) | Proof::SecretAsUser(secret) => (Some(secret), None),
            Proof::Key(key) => (Some(&key.pem), key.id.as_deref()),
        };
        Writer::new(KIND, VERSION)
            .text(&self.issuer)
            .text(&self.id)
            .text(self.proof.method().as_str())
            .maybe(secret.map(Secret::reveal))
            .maybe(key)
            .text(&self.redirect_uri)
            .moment(self.expires)
            .done()
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes, KIND, VERSION)?;
        let (issuer, id) = (reader.text()?, reader.text()?);
        let method = Method::find(&reader.text()?).ok_or(Error::BadBytes)?;
        let (secret, key_id) = (reader.maybe(Reader::secret)?, reader.maybe(Reader::text)?);
        let (redirect_uri, expires) = (reader.text()?, reader.maybe(Reader::moment)?);
        reader.end()?;
        let key = match (method, &secret) {
            (Method::Key, Some(pem)) => Some(SigningKey::new(pem.clone(), key_id)?),
            _ => None,
        };
        let proof = Proof::of(method, secret, key).map_err(|_| Error::BadBytes)?;
        Ok(Self { issuer, id, proof, redirect_uri, expires })
    }
}
