//! What proves Core to Azure: a token that somebody else renews, an application's secret, a token of Kubernetes (workload
//! identity), or the machine's own identity.

use http::{HeaderValue, Request};
use http_body_util::Full;
use peta_dial::Target;

use crate::{
    bearer::{self, Bearer, Lent},
    form,
    line::{Line, never},
    secret::{Secret, wiped},
    source::Source,
    trouble::Trouble,
};

pub(crate) struct Identity {
    pub(crate) way: Way,
    pub(crate) bearer: Bearer,
    /// `https://vault.azure.net`, or that of Managed HSM.
    pub(crate) audience: &'static str,
}

pub(crate) enum Way {
    Token(Source),
    /// Where tokens are given, whom for, and what proves it.
    Secret {
        target: Target,
        client: String,
        secret: Source,
    },
    Federated {
        target: Target,
        client: String,
        token: Source,
    },
    /// App Service, Container Apps, Functions: a service beside Core, which knows Core by a header.
    Beside {
        target: Target,
        header: Secret,
        client: Option<String>,
    },
    /// A virtual machine's metadata service.
    Metadata {
        target: Target,
        client: Option<String>,
    },
}

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

impl Identity {
    pub(super) fn header(&self, line: &Line) -> Result<HeaderValue, Trouble> {
        match &self.way {
            Way::Token(source) => source.with(|token| {
                let unfit = || Trouble::Credentials("the token is no text for a header".to_owned());
                token.header("Bearer ").ok_or_else(unfit)
            }),
            way => self.bearer.header(line, |line, _| self.lend(line, way)),
        }
    }

    pub(super) fn forget(&self) {
        self.bearer.forget();
    }

    fn lend(&self, line: &Line, way: &Way) -> Result<Lent, Trouble> {
        match way {
            // It is used as it is.
            Way::Token(_) => Err(Trouble::Credentials("no token is lent for a token".to_owned())),
            Way::Secret { target, client, secret } => {
                secret.with(|secret| self.post(line, target, client, &[("client_secret", secret.reveal())]))
            }
            Way::Federated { target, client, token } => token.with(|token| {
                let proof = [("client_assertion_type", ASSERTION), ("client_assertion", token.reveal())];
                self.post(line, target, client, &proof)
            }),
            Way::Beside { target, header, client } => {
                let header = header.header("").ok_or_else(|| unfit("IDENTITY_HEADER"))?;
                self.get(line, target, "2019-08-01", client.as_deref(), ("x-identity-header", header))
            }
            Way::Metadata { target, client } => {
                let header = ("metadata", HeaderValue::from_static("true"));
                self.get(line, target, "2018-02-01", client.as_deref(), header)
            }
        }
    }

    fn post(&self, line: &Line, target: &Target, client: &str, proof: &[(&str, &str)]) -> Result<Lent, Trouble> {
        let scope = format!("{}/.default", self.audience);
        let fixed = [("grant_type", "client_credentials"), ("client_id", client), ("scope", scope.as_str())];
        let request = Request::post(target.path())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Full::new(wiped(form::write(&[&fixed, proof].concat()))))
            .map_err(|_| unfit("the address of tokens"))?;
        bearer::read(&line.ask(target, request, never)?)
    }

    fn get(
        &self,
        line: &Line,
        target: &Target,
        version: &str,
        client: Option<&str>,
        (name, value): (&str, HeaderValue),
    ) -> Result<Lent, Trouble> {
        let mut members = vec![("api-version", version), ("resource", self.audience)];
        members.extend(client.map(|client| ("client_id", client)));
        let query = form::write(&members);
        let path = format!("{}?{}", target.path(), String::from_utf8_lossy(&query));
        let target = target.at(path);
        let request = Request::get(target.path()).header(name, value).body(Full::default());
        bearer::read(&line.ask(&target, request.map_err(|_| unfit("the address of tokens"))?, never)?)
    }
}

fn unfit(what: &str) -> Trouble {
    Trouble::Credentials(format!("{what} makes no request"))
}
