//! Whether a sink can be what an administrator wrote down: which kinds take which settings, and where secrets may go.

use peta_audit::format::Format;
use peta_dial::{Dialer, Host, Target};
use peta_model::SinkKind;
use peta_store::SinkSpec;

/// A setting that cannot be so, by its name, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    pub field: &'static str,
    pub why: String,
}

/// Headers that are the protocol's, or that a kind writes itself.
const TAKEN: [&str; 12] = [
    "host",
    "connection",
    "content-length",
    "content-type",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "user-agent",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
];

/// What is written if nobody says.
pub const fn usual_format(kind: SinkKind) -> Format {
    match kind {
        SinkKind::File | SinkKind::Stdout => Format::Json,
        _ => Format::Ocsf,
    }
}

/// Whether it can be so, with a secret or without.
pub fn check(spec: &SinkSpec, secret: bool, dialer: &Dialer) -> Result<(), Unfit> {
    let kind = spec.to.kind();
    let dials = !matches!(kind, SinkKind::File | SinkKind::Stdout);
    let speaks_http = dials && kind != SinkKind::Syslog;
    let takes_user = matches!(kind, SinkKind::Otlp | SinkKind::Elastic | SinkKind::S3);
    let only = |field, wrong: bool, why: &str| if wrong { Err(unfit(field, why)) } else { Ok(()) };
    only("ca", spec.ca.is_some() && !spec.to.is_tls(), "only a sink under TLS has certificate authorities to trust")?;
    only("headers", !spec.headers.is_empty() && !speaks_http, "only sinks over HTTP have headers")?;
    only("user", spec.user.is_some() && !takes_user, "otlp, elastic and s3 take a user, others have none")?;
    let of_basic = spec.user.as_ref().filter(|_| kind != SinkKind::S3);
    only("user", of_basic.is_some_and(|user| user.contains(':')), "a user of HTTP Basic has no `:`")?;
    only("region", spec.region.is_some() && kind != SinkKind::S3, "only s3 has a region")?;
    only("ack", spec.ack && kind != SinkKind::Splunk, "only Splunk has indexers that acknowledge")?;
    check_format(spec)?;
    check_headers(spec)?;
    check_secret(spec, secret)?;
    if dials {
        check_address(spec, secret, dialer)?;
    }
    Ok(())
}

fn check_format(spec: &SinkSpec) -> Result<(), Unfit> {
    let is_json = matches!(spec.format, Format::Ocsf | Format::Json);
    match spec.to.kind() {
        SinkKind::Otlp if spec.format != Format::Ocsf => Err(unfit("format", "OTLP has a form of its own")),
        SinkKind::Elastic if !is_json => Err(unfit("format", "documents are ocsf or json")),
        _ => Ok(()),
    }
}

fn check_headers(spec: &SinkSpec) -> Result<(), Unfit> {
    if spec.headers.len() > 20 {
        return Err(unfit("headers", "20 headers at most"));
    }
    for (name, value) in &spec.headers {
        let readable = http::HeaderName::try_from(name.as_str());
        let readable = readable.map_err(|_| unfit("headers", "a header's name is letters, digits and `-`"))?;
        let taken = TAKEN.contains(&readable.as_str()) || readable.as_str().starts_with("x-amz-");
        let own = readable == http::header::AUTHORIZATION && matches!(spec.to.kind(), SinkKind::Splunk | SinkKind::S3);
        if taken || own {
            return Err(unfit("headers", &format!("`{readable}` is written by Peta itself")));
        }
        if !value.contains("{}") && is_telling(readable.as_str()) {
            return Err(unfit("headers", &format!("what `{readable}` holds is a secret: write {{}} in its place")));
        }
        if value.len() > 1_000 || !value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
            return Err(unfit("headers", "a header's value is at most 1,000 printable ASCII characters"));
        }
    }
    Ok(())
}

/// Whether what a header of this name holds is mostly secret; headers themselves are shown.
fn is_telling(name: &str) -> bool {
    let endings = ["authorization", "cookie", "key", "token", "secret", "password"];
    endings.iter().any(|ending| name.ends_with(ending))
}

/// Who needs a secret, and where it goes.
fn check_secret(spec: &SinkSpec, secret: bool) -> Result<(), Unfit> {
    let slots: usize = spec.headers.iter().map(|(_, value)| value.matches("{}").count()).sum();
    let wrong = |why: &str| Err(unfit("secret", why));
    match spec.to.kind() {
        SinkKind::File | SinkKind::Stdout | SinkKind::Syslog if secret => wrong("this kind of sink takes no secret"),
        SinkKind::File | SinkKind::Stdout | SinkKind::Syslog => Ok(()),
        SinkKind::Splunk if !secret => wrong("Splunk needs the token of its event collector"),
        SinkKind::Webhook if !secret => wrong("a webhook needs the secret that its requests are signed with"),
        SinkKind::S3 if !secret || spec.user.is_none() => {
            Err(unfit("user", "s3 needs an access key: its identifier as the user, its secret as the secret"))
        }
        SinkKind::Splunk | SinkKind::Webhook | SinkKind::S3 if slots > 0 => {
            Err(unfit("headers", "the secret of this kind of sink goes where the kind wants it, not into a header"))
        }
        SinkKind::Splunk | SinkKind::Webhook | SinkKind::S3 => Ok(()),
        SinkKind::Otlp | SinkKind::Elastic => match (secret, slots, spec.user.is_some()) {
            (false, 0, false) | (true, 1, false) => Ok(()),
            (true, 0, true) if !names_authorization(spec) => Ok(()),
            (true, 0, false) => wrong("say where the secret goes: a header with {} in it, or a user"),
            (false, ..) => wrong("a header with {} or a user needs a secret"),
            _ => Err(unfit("headers", "the secret goes to one place: one header with one {}, or a user")),
        },
    }
}

fn names_authorization(spec: &SinkSpec) -> bool {
    spec.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization"))
}

fn check_address(spec: &SinkSpec, secret: bool, dialer: &Dialer) -> Result<(), Unfit> {
    let target = dialer.target(&spec.to.address()).map_err(|error| unfit("to", &error.to_string()))?;
    if let Some(authorities) = &spec.ca {
        dialer.trusting(authorities.as_bytes()).map_err(|error| unfit("ca", &error.to_string()))?;
    }
    if secret && !target.is_tls() && !is_here(&target) {
        return Err(unfit("to", "a secret goes over TLS, or to this machine: write …+https://"));
    }
    let path = target.path();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    match spec.to.kind() {
        SinkKind::Syslog if path != "/" => Err(unfit("to", "a syslog receiver has a host and a port, and no path")),
        SinkKind::Syslog if !has_port(spec) => Err(unfit("to", "say the port too, such as 601, or 6514 under TLS")),
        SinkKind::Splunk if path != "/" => Err(unfit("to", "a collector has a host and a port, and no path")),
        SinkKind::Elastic | SinkKind::S3 if path == "/" => {
            Err(unfit("to", "the index or the bucket is missing: …://HOST/NAME"))
        }
        SinkKind::Elastic | SinkKind::S3 if !path.bytes().all(plain) => {
            Err(unfit("to", "index, bucket and prefix are letters, digits, `-`, `.`, `_`, `~` and `/`"))
        }
        _ => Ok(()),
    }
}

/// Whether somebody said a port. (That of HTTP is nobody's wish.)
fn has_port(spec: &SinkSpec) -> bool {
    let address = spec.to.address();
    let authority = address.split_once("://").map_or("", |(_, rest)| rest.trim_end_matches('/'));
    authority.rsplit_once(':').is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

fn is_here(target: &Target) -> bool {
    match target.host() {
        Host::Ip(address) => address.is_loopback(),
        Host::Name(name) => name == "localhost",
    }
}

fn unfit(field: &'static str, why: &str) -> Unfit {
    Unfit { field, why: why.to_owned() }
}

#[cfg(test)]
mod tests;
