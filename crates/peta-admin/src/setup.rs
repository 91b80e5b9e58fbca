//! What an administrator writes down about a server: checked on the way in, shown without its secrets on the way out.

use http::Uri;
use peta_api::{NewServer, ServerChange, ServerSetup};
use peta_model::{HttpMode, Isolation, ServerSpec, Span, Transport};

use crate::problem::Fault;

const URL_LIMIT: usize = 2_048;

/// A new server as the store keeps it.
pub(crate) fn spec(new: NewServer) -> Result<ServerSpec, Fault> {
    let transport = match (new.url, new.command) {
        (Some(url), None) => {
            refuse_beside_url("args", new.args.is_empty())?;
            refuse_beside_url("env", new.env.is_empty())?;
            Transport::Http { url: checked(url)?, mode: new.transport.unwrap_or(HttpMode::Auto) }
        }
        (None, Some(command)) => {
            if new.transport.is_some() {
                return Err(Fault::bad_field("transport", "only a server at a URL has a transport to choose"));
            }
            let env: Vec<_> = new.env.into_iter().collect();
            check_command(&command, &new.args, &env)?;
            Transport::Stdio { command, args: new.args, env }
        }
        (Some(_), Some(_)) => return Err(Fault::bad_field("command", "a server has a URL or a command, not both")),
        (None, None) => return Err(Fault::bad_field("url", "a server needs a URL or a command")),
    };
    Ok(ServerSpec {
        name: new.name,
        transport,
        isolation: new.isolation.unwrap_or(Isolation::PerSession),
        eager: new.eager,
        discover: new.discover,
        idle: limit("idle", new.idle)?,
        total: limit("total", new.total)?,
        credential: new.credential.unwrap_or_default(),
        payloads: new.payloads,
    })
}

/// The server as it is after the change.
pub(crate) fn changed(old: &ServerSpec, change: ServerChange) -> Result<ServerSpec, Fault> {
    let mut spec = old.clone();
    match &mut spec.transport {
        Transport::Http { url, mode } => {
            if let Some(new) = change.url {
                *url = checked(new)?;
            }
            *mode = change.transport.unwrap_or(*mode);
        }
        Transport::Stdio { .. } => {
            let field = if change.url.is_some() { Some("url") } else { change.transport.map(|_| "transport") };
            if let Some(field) = field {
                return Err(Fault::bad_field(field, "this server is started by a command; remove it and add it anew"));
            }
        }
    }
    spec.isolation = change.isolation.unwrap_or(spec.isolation);
    spec.eager = change.eager.unwrap_or(spec.eager);
    spec.credential = change.credential.unwrap_or(spec.credential);
    spec.payloads = change.payloads.unwrap_or(spec.payloads);
    if let Some(idle) = change.idle {
        spec.idle = limit("idle", idle)?;
    }
    if let Some(total) = change.total {
        spec.total = limit("total", total)?;
    }
    Ok(spec)
}

/// What is shown of it: names of environment variables without their values, a URL without the values of its query.
pub(crate) fn shown(spec: &ServerSpec) -> ServerSetup {
    let (url, command, args, env) = match &spec.transport {
        Transport::Http { url, .. } => (Some(without_values(url)), None, Vec::new(), Vec::new()),
        Transport::Stdio { command, args, env } => {
            (None, Some(command.clone()), args.clone(), env.iter().map(|(name, _)| name.clone()).collect())
        }
    };
    ServerSetup {
        name: spec.name.clone(),
        transport: spec.transport.word().to_owned(),
        url,
        command,
        args,
        env,
        isolation: spec.isolation,
        credential: spec.credential,
        eager: spec.eager,
        idle: spec.idle,
        total: spec.total,
        payloads: spec.payloads,
    }
}

/// Keys of services often stand in a query, so its values are as secret as those of the environment.
fn without_values(url: &str) -> String {
    let Some((place, query)) = url.split_once('?') else { return url.to_owned() };
    let masked = |pair: &str| pair.split_once('=').map_or_else(|| "***".to_owned(), |(key, _)| format!("{key}=***"));
    format!("{place}?{}", query.split('&').map(masked).collect::<Vec<_>>().join("&"))
}

fn checked(url: String) -> Result<String, Fault> {
    let wrong = |why: &str| Fault::bad_field("url", why);
    if url.len() > URL_LIMIT {
        return Err(wrong("a URL has at most 2,048 bytes"));
    }
    if url.contains('#') {
        return Err(wrong("a server's URL has no fragment (`#…`)"));
    }
    let read: Uri = url.parse().map_err(|_| wrong("not a URL: write it as http://HOST[:PORT]/PATH or https://…"))?;
    if !matches!(read.scheme_str(), Some("http" | "https")) {
        return Err(wrong("a server's URL begins with http:// or https://"));
    }
    let authority = read.authority().ok_or_else(|| wrong("a server's URL needs a host"))?;
    if authority.as_str().contains('@') {
        return Err(wrong("a server's URL holds no user name or password: they would be shown"));
    }
    if authority.host().is_empty() {
        return Err(wrong("a server's URL needs a host"));
    }
    Ok(url)
}

fn check_command(command: &str, args: &[String], env: &[(String, String)]) -> Result<(), Fault> {
    if command.trim().is_empty() || command.contains('\0') {
        return Err(Fault::bad_field("command", "a command is the name or path of a program"));
    }
    if let Some(at) = args.iter().position(|arg| arg.contains('\0')) {
        return Err(Fault::bad_field(format!("args[{at}]"), "an argument holds no zero byte"));
    }
    for (name, value) in env {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            let shown: String = name.chars().take(40).flat_map(char::escape_debug).collect();
            let why =
                "the name of an environment variable is not empty and holds no `=`, and neither holds a zero byte";
            return Err(Fault::bad_field(format!("env.{shown}"), why));
        }
    }
    Ok(())
}

fn refuse_beside_url(field: &str, absent: bool) -> Result<(), Fault> {
    if absent { Ok(()) } else { Err(Fault::bad_field(field, "only a server with a command takes this")) }
}

fn limit(field: &str, span: Option<Span>) -> Result<Option<Span>, Fault> {
    match span {
        Some(span) if span.as_millis() == 0 => Err(Fault::bad_field(field, "a limit is longer than nothing")),
        span => Ok(span),
    }
}

#[cfg(test)]
mod tests;
