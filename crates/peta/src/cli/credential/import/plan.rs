//! What an import will do, before anything is done: servers that are missing, secrets that move, and what is left to people.

use std::collections::BTreeSet;

use peta_api::{
    Credential, NewServer, Secret, Server,
    credential::{Delivery, HeaderDelivery},
};
use peta_model::{CredentialName, HttpMode, Slug};

use super::{
    client_file::{ClientServer, Place},
    looks,
};

pub(super) struct Plan {
    pub(super) servers: Vec<Planned>,
    pub(super) notes: Vec<String>,
}

/// What becomes of one server.
pub(super) struct Planned {
    pub(super) name: Slug,
    pub(super) add: Option<NewServer>,
    pub(super) secrets: Vec<Found>,
}

/// One secret that moves.
pub(super) struct Found {
    pub(super) credential: CredentialName,
    pub(super) delivery: Delivery,
    pub(super) secret: Secret,
    /// The text as it stands in the file, with what is around the secret.
    pub(super) stood: Secret,
}

impl Plan {
    pub(super) fn of(servers: Vec<ClientServer>, known: &[Server], stored: &[Credential]) -> Self {
        let mut plan = Self { servers: Vec::new(), notes: Vec::new() };
        let mut taken: BTreeSet<String> = stored.iter().map(|it| it.name.to_string()).collect();
        let mut names = BTreeSet::new();
        for server in servers {
            let Some(name) = slug(&server.name).filter(|name| names.insert(name.to_string())) else {
                plan.notes.push(format!("`{}` is left out: no name for it that is free", server.name));
                continue;
            };
            let there = known.iter().find(|it| it.setup.name == name);
            plan.take(name, server.place, there, &mut taken);
        }
        plan
    }

    fn take(&mut self, name: Slug, place: Place, there: Option<&Server>, taken: &mut BTreeSet<String>) {
        if let Some(other) = there.filter(|there| !is_same(there, &place)) {
            self.notes.push(format!("`{}` is left out: Peta has another server of that name", other.setup.name));
            return;
        }
        let mut secrets = Vec::new();
        let new = match place {
            Place::Unclear(why) => {
                self.notes.push(format!("`{name}` is left out: {why}"));
                return;
            }
            Place::Url { url, .. } if looks::is_reference(&url) => {
                self.notes.push(format!("`{name}` is left out: its URL holds a reference"));
                return;
            }
            Place::Url { url, sse, headers } => {
                for (header, value) in headers {
                    let option = format!("--header '{header}: {{}}'");
                    if looks::is_reference(&value) {
                        self.refers(&name, &header, &option);
                    } else if looks::is_secret(&header, &value) {
                        let (template, secret) = parted(&value);
                        let delivery = Delivery::Header(HeaderDelivery { name: header.clone(), template });
                        self.found(&name, &header, delivery, (secret, value), (taken, &mut secrets));
                    } else {
                        let text = format!(
                            "`{name}`: the header {header} is not taken over; if it is needed, \
                                            `peta credential add … {option}`"
                        );
                        self.notes.push(text);
                    }
                }
                NewServer { url: Some(url), transport: sse.then_some(HttpMode::Sse), ..empty(name.clone()) }
            }
            Place::Command { command, args, env } => {
                let mut plain = std::collections::BTreeMap::new();
                for (variable, value) in env {
                    if looks::is_reference(&value) {
                        self.refers(&name, &variable, &format!("--env {variable}"));
                    } else if looks::is_secret(&variable, &value) {
                        let delivery = Delivery::Env(variable.clone());
                        self.found(&name, &variable, delivery, (value.clone(), value), (taken, &mut secrets));
                    } else {
                        plain.insert(variable, value);
                    }
                }
                if args.iter().any(|arg| looks::is_reference(arg)) {
                    self.notes
                        .push(format!("`{name}`: its arguments hold references, which Peta passes on as they are"));
                }
                if args.iter().any(|arg| looks::is_secret("", arg)) {
                    self.notes.push(format!(
                        "`{name}`: an argument looks like a secret, and everybody on the machine can read arguments: give \
                         it in a variable or a file, if the server takes one"
                    ));
                }
                NewServer { command: Some(command), args, env: plain, ..empty(name.clone()) }
            }
        };
        let add = if there.is_none() { Some(new) } else { None };
        if add.is_some() || !secrets.is_empty() {
            self.servers.push(Planned { name, add, secrets });
        }
    }

    fn refers(&mut self, server: &Slug, place: &str, option: &str) {
        self.notes.push(format!(
            "`{server}`: {place} refers to a value that the client asks for; store it with \
             `peta credential add NAME --server {server} {option} --from-stdin`"
        ));
    }

    fn found(
        &mut self,
        server: &Slug,
        place: &str,
        delivery: Delivery,
        (secret, stood): (String, String),
        (taken, secrets): (&mut BTreeSet<String>, &mut Vec<Found>),
    ) {
        let text: String = format!("{server}-{}", place.to_ascii_lowercase()).chars().take(64).collect();
        match text.parse::<CredentialName>() {
            Ok(credential) if taken.insert(text.clone()) => {
                let (secret, stood) = (Secret::new(secret), Secret::new(stood));
                secrets.push(Found { credential, delivery, secret, stood });
            }
            Ok(_) => self.notes.push(format!("`{text}` is there already; `peta credential rotate {text}` changes it")),
            Err(_) => self.notes.push(format!("`{server}`: there is no name for what stands in {place}")),
        }
    }
}

impl Planned {
    /// What is done, without what is secret.
    pub(super) fn told(&self) -> String {
        let names: Vec<String> = self.secrets.iter().map(|found| format!("`{}`", found.credential)).collect();
        let (add, name) = (self.add.is_some(), &self.name);
        match (add, names.is_empty()) {
            (true, true) => format!("register server `{name}`"),
            (true, false) => format!("register server `{name}` and store {}", names.join(", ")),
            (false, _) => format!("store {} for server `{name}`", names.join(", ")),
        }
    }
}

/// The scheme of an `Authorization` stays in the template.
fn parted(value: &str) -> (String, String) {
    match value.trim().split_once(' ') {
        Some((scheme, secret)) if scheme.bytes().all(|b| b.is_ascii_alphabetic()) && !secret.trim().is_empty() => {
            (format!("{scheme} {{}}"), secret.trim().to_owned())
        }
        _ => ("{}".to_owned(), value.trim().to_owned()),
    }
}

/// The nearest server name: small letters, digits and `-`, at most 16.
fn slug(name: &str) -> Option<Slug> {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let text: String = name.chars().map(plain).skip_while(|c| !c.is_ascii_lowercase()).take(16).collect();
    text.trim_end_matches('-').parse().ok()
}

fn is_same(there: &Server, place: &Place) -> bool {
    match place {
        Place::Url { url, .. } => there.setup.url.as_ref() == Some(url),
        Place::Command { command, args, .. } => {
            there.setup.command.as_ref() == Some(command) && there.setup.args == *args
        }
        Place::Unclear(_) => true,
    }
}

fn empty(name: Slug) -> NewServer {
    NewServer {
        name,
        url: None,
        transport: None,
        command: None,
        args: Vec::new(),
        env: std::collections::BTreeMap::new(),
        isolation: None,
        credential: None,
        eager: false,
        // Learnt once its secrets are in place.
        discover: false,
        idle: None,
        total: None,
        payloads: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::credential::import::client_file;

    #[test]
    fn what_is_planned() {
        let text = r#"{"mcpServers": {
            "GitHub MCP (work)": {"command": "npx", "args": ["-y", "gh"], "env": {"GITHUB_TOKEN": "ghp_hunter2", "LOG": "x"}},
            "api": {"url": "https://x/mcp", "headers": {"Authorization": "Bearer hunter2", "X-Region": "eu", "K": "${input:k}"}},
            "123": {"command": "x"}, "odd": {}
        }}"#;
        let plan = Plan::of(client_file::read(text).unwrap(), &[], &[]);
        let told: Vec<_> = plan.servers.iter().map(Planned::told).collect();
        assert_eq!(
            told,
            [
                "register server `github-mcp--work` and store `github-mcp--work-github_token`",
                "register server `api` and store `api-authorization`",
            ]
        );
        let api = plan.servers.last().unwrap().secrets.first().unwrap();
        let header = HeaderDelivery { name: "Authorization".to_owned(), template: "Bearer {}".to_owned() };
        assert_eq!((&api.delivery, api.secret.reveal()), (&Delivery::Header(header), "hunter2"));
        let github = plan.servers.first().unwrap();
        assert_eq!(github.add.as_ref().unwrap().env.keys().collect::<Vec<_>>(), ["LOG"]);
        let notes = plan.notes.join("\n");
        for part in ["`123` is left out", "`odd` is left out", "X-Region is not taken over", "K refers to a value"] {
            assert!(notes.contains(part), "{part}: {notes}");
        }
        assert!(!notes.contains("hunter2") && !told.join("").contains("hunter2"));
    }
}
