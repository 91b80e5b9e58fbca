//! How credentials look to people.

use peta_api::{Credential, CredentialState, OAuth, credential::Delivery};

use crate::{
    fault::{Fault, printable},
    show, terminal,
};

/// The table of all, and under it what somebody has to do.
pub(super) fn list(credentials: &[Credential]) -> Result<(), Fault> {
    if credentials.is_empty() {
        terminal::answer("no credentials yet; `peta credential add --help` shows how to store one");
        return Ok(());
    }
    let row = |it: &Credential| {
        vec![
            it.name.to_string(),
            it.server.to_string(),
            whose(it),
            place(&it.delivery),
            it.state.word().to_owned(),
            show::time(it.set),
            show::time_or(it.last_used, "never"),
        ]
    };
    let headings = ["NAME", "SERVER", "WHOSE", "GOES INTO", "STATE", "SET", "LAST USED"];
    let rows: Vec<Vec<String>> = credentials.iter().map(row).collect();
    let mut text = show::table(&headings, &rows, terminal::width());
    for it in credentials.iter().filter(|it| it.state != CredentialState::Ready) {
        text.push_str(&format!("\n\n{}: {}", it.name, advice(it)));
    }
    terminal::answer(&text);
    Ok(())
}

/// All about one.
pub(super) fn show(it: &Credential) -> Result<(), Fault> {
    let mut pairs = vec![("name", it.name.to_string()), ("state", it.state.word().to_owned())];
    if it.state != CredentialState::Ready {
        pairs.push(("to do", advice(it)));
    }
    let capability = it.capability.as_ref();
    pairs.extend([
        ("server", it.server.to_string()),
        ("whose", whose(it)),
        ("for", capability.map_or_else(|| "everything that is asked of the server".to_owned(), ToString::to_string)),
        ("goes into", place(&it.delivery)),
        ("promise", format!("{} ({})", it.promise, it.class)),
        ("bound to", it.origin.clone()),
        ("version", it.version.to_string()),
        ("set", format!("{}, by {}", show::time(it.set), it.set_by)),
        ("added", show::time(it.added)),
        ("last used", show::time_or(it.last_used, "never")),
        ("id", it.id.to_string()),
    ]);
    if let Some(oauth) = &it.oauth {
        pairs.extend(grant(oauth));
    }
    terminal::answer(&show::fields(&pairs, terminal::width()));
    Ok(())
}

/// One line on what became of one.
pub(super) fn now_is(what: &str, it: &Credential) -> Result<(), Fault> {
    terminal::answer(&format!(
        "credential `{}` {what}: {}, for `{}` ({}), {}",
        it.name,
        it.state.word(),
        it.server,
        printable(&whose(it)),
        printable(&place(&it.delivery))
    ));
    terminal::note(&format!("  it is {}", printable(&it.promise)));
    if it.state != CredentialState::Ready {
        terminal::note(&format!("  {}", printable(&advice(it))));
    }
    Ok(())
}

/// What was granted, on one line.
pub(super) fn granted(it: &Credential) -> String {
    let Some(oauth) = &it.oauth else { return String::new() };
    let shown = |text: &Option<String>, none: &str| printable(text.as_deref().unwrap_or(none));
    let expires = oauth.expires.map_or_else(
        || "without an end that was told".to_owned(),
        |at| format!("until {}{}", show::time(at), if oauth.refreshable { ", and renewed before that" } else { "" }),
    );
    let issuer = shown(&oauth.issuer, "the provider");
    format!("granted by {issuer}: {} ({expires})", shown(&oauth.scopes, "scopes that it did not tell"))
}

fn grant(oauth: &OAuth) -> Vec<(&'static str, String)> {
    let or = |text: &Option<String>, none: &str| printable(text.as_deref().unwrap_or(none));
    let mut pairs = vec![("granted by", or(&oauth.issuer, "whomever the server names"))];
    if let Some(profile) = &oauth.profile {
        pairs.push(("profile", profile.clone()));
    }
    pairs.push(("client", or(&oauth.client_id, "registered by Peta")));
    if let Some(auth) = oauth.client_auth {
        pairs.push(("client auth", auth.word().to_owned()));
    }
    pairs.push(("asks for", or(&oauth.asks, "what the server names")));
    if oauth.issued.is_some() {
        pairs.push(("scopes", or(&oauth.scopes, "not told")));
        pairs.push(("granted", show::time_or(oauth.issued, "never")));
        pairs.push(("expires", show::time_or(oauth.expires, "not told")));
        pairs.push(("refreshable", if oauth.refreshable { "yes" } else { "no" }.to_owned()));
    }
    if let Some(code) = &oauth.broken {
        pairs.push(("serves no more", code.clone()));
    }
    pairs
}

/// What whoever stored a secret should know.
pub(super) fn warn(warnings: &[String]) {
    for warning in warnings {
        terminal::note(&format!("warning: {}", printable(warning)));
    }
}

fn advice(it: &Credential) -> String {
    let name = &it.name;
    match it.state {
        CredentialState::Ready => String::new(),
        CredentialState::Held => {
            format!("held until somebody confirms whose it is: `peta credential confirm {name}`, or `remove`")
        }
        CredentialState::RolledBack => format!(
            "the database holds an older version than the record knows: it was put back. Find out by whom, and give it a \
             new secret: `peta credential rotate {name}`"
        ),
        CredentialState::Unconnected => format!("nobody has granted it yet: `peta credential connect {name}`"),
        CredentialState::Reconnect => {
            format!("what was granted serves no more: `peta credential connect {name}`")
        }
        CredentialState::Unbound => format!(
            "given for {}, and `{server}` is elsewhere now, so it is sent nowhere. Look at `peta server show {server}`; \
             if it may have it, `peta credential confirm {name}`",
            it.origin,
            server = it.server
        ),
    }
}

fn whose(it: &Credential) -> String {
    match (&it.user, &it.group) {
        (Some(user), _) => format!("user {user}"),
        (None, Some(group)) => format!("group {group}"),
        (None, None) => "shared".to_owned(),
    }
}

fn place(delivery: &Delivery) -> String {
    match delivery {
        Delivery::Header(header) => format!("header {}: {}", header.name, header.template),
        Delivery::Query(name) => format!("query {name}"),
        Delivery::Cookie(name) => format!("cookie {name}"),
        Delivery::Basic(basic) => format!("basic, user {}", basic.user),
        Delivery::Env(variable) => format!("env {variable}"),
        Delivery::Fd(variable) => format!("fd {variable}"),
        Delivery::File(variable) => format!("file {variable}"),
    }
}
