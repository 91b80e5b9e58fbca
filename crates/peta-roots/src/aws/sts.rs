//! An access key that STS lends to whoever brings a token of Kubernetes (IAM roles for service accounts): a POST that is not
//! signed, since the token proves who asks. A lent key is kept until shortly before it ends.

use std::sync::{Mutex, PoisonError};

use http::Request;
use http_body_util::Full;
use peta_dial::Target;
use peta_model::{Moment, Span};

use super::keys::Keys;
use crate::{
    form,
    line::{Line, never},
    secret::{Secret, wiped},
    source::Source,
    trouble::{Trouble, said},
};

pub(crate) struct WebIdentity {
    pub(crate) target: Target,
    pub(crate) role: String,
    pub(crate) session: String,
    pub(crate) token: Source,
    pub(crate) lent: Mutex<Option<(Keys, Moment)>>,
}

/// So long before its end a key is not used any more.
const SPARE: Span = Span::from_secs(120);

impl WebIdentity {
    pub(super) fn with<T>(
        &self,
        line: &Line,
        now: Moment,
        look: impl FnOnce(&Keys) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let mut lent = self.lent.lock().unwrap_or_else(PoisonError::into_inner);
        match &*lent {
            Some((keys, until)) if now.after(SPARE) < *until => look(keys),
            _ => {
                let (keys, until) = self.borrow(line)?;
                let looked = look(&keys);
                *lent = Some((keys, until));
                looked
            }
        }
    }

    fn borrow(&self, line: &Line) -> Result<(Keys, Moment), Trouble> {
        let body = self.token.with(|token| {
            Ok(form::write(&[
                ("Action", "AssumeRoleWithWebIdentity"),
                ("Version", "2011-06-15"),
                ("RoleArn", &self.role),
                ("RoleSessionName", &self.session),
                ("WebIdentityToken", token.reveal()),
            ]))
        })?;
        let request = Request::post(self.target.path())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Full::new(wiped(body)))
            .map_err(|_| Trouble::Credentials("the address of STS is no URL".to_owned()))?;
        let answer = line.ask(&self.target, request, never)?;
        let text = std::str::from_utf8(&answer.body).unwrap_or_default();
        if answer.status != 200 {
            let said = said(answer.status, between(text, "Code"));
            return Err(match answer.status {
                400..=403 => Trouble::Denied(format!("STS lends no access key: {said}")),
                status => Trouble::of_status(status, between(text, "Code")),
            });
        }
        let lent = || {
            let until = between(text, "Expiration")?.parse().ok()?;
            let secret = Secret::new(between(text, "SecretAccessKey")?)?;
            let keys = Keys {
                id: between(text, "AccessKeyId")?.to_owned(),
                secret,
                session: Secret::new(between(text, "SessionToken")?),
            };
            Some((keys, until))
        };
        lent().ok_or(Trouble::Answer("STS gave no access key"))
    }
}

/// The text of an element that stands once. (Nothing in it needs escapes: keys, tokens, times, codes.)
fn between<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, after) = xml.split_once(&format!("<{name}>"))?;
    after.split_once(&format!("</{name}>")).map(|(text, _)| text.trim())
}
