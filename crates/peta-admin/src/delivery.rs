//! How a credential is delivered: from the API's words to the model's and back, and whether what is to be delivered can
//! go there. No text here holds a secret, nor a template: people paste secrets into templates.

use peta_api::credential::{BasicDelivery, Delivery as Told, HeaderDelivery};
use peta_model::{Delivery, DeliveryClass, Transport};

use crate::problem::Fault;

/// Headers that are the transport's own, or MCP's.
const OWN_HEADERS: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "content-type",
    "accept",
    "mcp-session-id",
    "mcp-protocol-version",
    "last-event-id",
    "te",
    "upgrade",
];
const NAME_LIMIT: usize = 128;
const TEMPLATE_LIMIT: usize = 1_024;
/// Where the secret stands in a template.
const BLANK: &str = "{}";

/// The delivery, if a server that is reached so can be given it.
pub(crate) fn read(told: Told, transport: &Transport) -> Result<Delivery, Fault> {
    let delivery = match told {
        Told::Header(HeaderDelivery { name, template }) => {
            check_header(&name, &template)?;
            Delivery::Header { name, template }
        }
        Told::Query(name) => {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
            check("delivery.query", &name, plain, "letters, digits, `-`, `.`, `_` and `~`")?;
            Delivery::Query { name }
        }
        Told::Cookie(name) => {
            check("delivery.cookie", &name, is_token, "letters, digits and `!#$%&'*+-.^_`|~`")?;
            Delivery::Cookie { name }
        }
        Told::Basic(BasicDelivery { user }) => {
            if user.len() > NAME_LIMIT || user.contains(':') || user.chars().any(char::is_control) {
                let why = "a user of HTTP Basic has up to 128 bytes, no `:` and no control characters";
                return Err(Fault::unfit("delivery.basic.user", why));
            }
            Delivery::Basic { user }
        }
        Told::Env(variable) => Delivery::Env { variable: checked_variable("delivery.env", variable)? },
        Told::Fd(variable) => Delivery::Fd { variable: checked_variable("delivery.fd", variable)? },
        Told::File(variable) => Delivery::File { variable: checked_variable("delivery.file", variable)? },
    };
    let request = delivery.class() == DeliveryClass::Request;
    match (transport, request) {
        (Transport::Http { .. }, false) => Err(Fault::unfit(
            "delivery",
            "this server is at a URL: it can be given a header, a query parameter, a cookie or HTTP Basic",
        )),
        (Transport::Stdio { .. }, true) => Err(Fault::unfit(
            "delivery",
            "this server is started by a command: it can be given an environment variable, a file descriptor or a file",
        )),
        _ => Ok(delivery),
    }
}

/// The delivery in the API's words.
pub(crate) fn shown(delivery: &Delivery) -> Told {
    match delivery.clone() {
        Delivery::Header { name, template } => Told::Header(HeaderDelivery { name, template }),
        Delivery::Query { name } => Told::Query(name),
        Delivery::Cookie { name } => Told::Cookie(name),
        Delivery::Basic { user } => Told::Basic(BasicDelivery { user }),
        Delivery::Env { variable } => Told::Env(variable),
        Delivery::Fd { variable } => Told::Fd(variable),
        Delivery::File { variable } => Told::File(variable),
    }
}

/// What a delivery promises, for people.
pub(crate) const fn promise(class: DeliveryClass) -> &'static str {
    match class {
        DeliveryClass::Request => "lent to one request at a time, for at most 30 seconds",
        DeliveryClass::Fd => "handed over: the process reads it once at its start, and keeps it as long as it likes",
        DeliveryClass::File => "handed over: the process finds it in a file, and keeps it as long as it likes",
        DeliveryClass::Env => "handed over for the life of the process, which anything in it can read",
        DeliveryClass::Proxied => "lent to one request of the server's own, on its way out",
    }
}

/// Whether this secret can go there.
pub(crate) fn check_secret(delivery: &Delivery, secret: &str) -> Result<(), Fault> {
    let unfit = |why: &str| Err(Fault::unfit("secret", why));
    let bytes = secret.as_bytes();
    match delivery {
        Delivery::Header { .. } => {
            if bytes.iter().any(|b| !(b.is_ascii_graphic() || matches!(b, b' ' | b'\t'))) {
                return unfit(
                    "a secret in a header is made of visible ASCII, spaces and tabs; this one has line breaks, \
                              control or other characters",
                );
            }
            if [bytes.first(), bytes.last()].into_iter().flatten().any(|b| matches!(b, b' ' | b'\t')) {
                return unfit("a secret in a header neither begins nor ends with a space or a tab");
            }
        }
        Delivery::Cookie { .. } => {
            if bytes.iter().any(|b| !b.is_ascii_graphic() || b";,\"\\".contains(b)) {
                return unfit(
                    "a secret in a cookie is made of visible ASCII without `;`, `,`, quotes, backslashes and \
                              spaces",
                );
            }
        }
        Delivery::Basic { .. } => {
            if secret.chars().any(char::is_control) {
                return unfit("a password of HTTP Basic holds no line breaks or other control characters");
            }
        }
        Delivery::Env { .. } => {
            if bytes.contains(&0) {
                return unfit("an environment variable holds no zero byte");
            }
        }
        Delivery::Query { .. } | Delivery::Fd { .. } | Delivery::File { .. } => {}
    }
    Ok(())
}

fn check_header(name: &str, template: &str) -> Result<(), Fault> {
    check("delivery.header.name", name, is_token, "letters, digits and `!#$%&'*+-.^_`|~`")?;
    if OWN_HEADERS.iter().any(|own| name.eq_ignore_ascii_case(own)) {
        return Err(Fault::unfit(
            "delivery.header.name",
            "this header is the transport's own, and not for credentials",
        ));
    }
    let wrong = |why: &str| Err(Fault::unfit("delivery.header.template", why));
    if template.len() > TEMPLATE_LIMIT {
        return wrong("a header's template has at most 1,024 bytes");
    }
    if template.matches(BLANK).count() != 1 {
        return wrong(
            "a header's template holds `{}` once, where the secret goes, as in `Bearer {}`; the secret itself does \
                      not belong into it",
        );
    }
    if template.bytes().any(|b| !(b.is_ascii_graphic() || b == b' ')) || template.trim() != template {
        return wrong("a header's template is made of visible ASCII, with spaces inside");
    }
    Ok(())
}

fn check(field: &str, name: &str, good: fn(u8) -> bool, made_of: &str) -> Result<(), Fault> {
    if name.is_empty() || name.len() > NAME_LIMIT || !name.bytes().all(good) {
        return Err(Fault::unfit(field, format!("such a name has 1 to 128 of {made_of}")));
    }
    Ok(())
}

fn checked_variable(field: &str, variable: String) -> Result<String, Fault> {
    let first = variable.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    let rest = variable.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !first || !rest || variable.len() > NAME_LIMIT {
        let why = "the name of such a variable has up to 128 letters, digits and `_`, and does not begin with a digit";
        return Err(Fault::unfit(field, why));
    }
    if matches!(variable.as_str(), "PATH" | "HOME") || variable.starts_with("LD_") {
        return Err(Fault::unfit(field, "this variable says how the process is started, and is not for credentials"));
    }
    Ok(variable)
}

/// RFC 9110's `tchar`.
const fn is_token(b: u8) -> bool {
    matches!(b, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~')
        || b.is_ascii_alphanumeric()
}

#[cfg(test)]
mod tests;
