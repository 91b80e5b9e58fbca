//! One subject of the comparison: a gateway, a yardstick, or the direct way.

use std::time::{Duration, Instant};

use super::cell::{Cell, Kind};
use crate::args::Args;
use crate::client::{Profile, Template};
use crate::spawn::Group;
use crate::startup::first_call;

/// What the name of a gateway ends with where its server has a credential.
pub(super) const CREDENTIAL: &str = " + credential";

const GATEWAY: &[&str] = &[
    "gateway",
    "url",
    "sse-url",
    "many-url",
    "stdio-url",
    "credential-url",
    "token",
    "header",
    "protocol",
    "start",
    "pid",
    "echo-tool",
    "blob-tool",
];

#[derive(Clone, Debug, Default)]
pub(super) struct Subject {
    pub(super) name: String,
    pub(super) url: Option<String>,
    pub(super) sse_url: Option<String>,
    pub(super) many_url: Option<String>,
    pub(super) stdio_url: Option<String>,
    /// In the cells with a credential.
    pub(super) credential_url: Option<String>,
    pub(super) echo_tool: String,
    pub(super) blob_tool: String,
    /// `--token`, `--header` and `--protocol`, as given.
    pub(super) options: Vec<String>,
    pub(super) start: Option<String>,
    pub(super) pid: Option<u32>,
}

impl Subject {
    pub(super) fn of(name: &str, addr: &str, token: Option<&str>) -> Self {
        Self {
            name: name.to_owned(),
            url: Some(format!("http://{addr}/mcp")),
            sse_url: Some(format!("http://{addr}/mcp-sse")),
            many_url: Some(format!("http://{addr}/mcp-many")),
            credential_url: Some(format!("http://{addr}/mcp")),
            echo_tool: "echo".to_owned(),
            blob_tool: "blob".to_owned(),
            options: token.into_iter().flat_map(|t| ["--token".to_owned(), t.to_owned()]).collect(),
            ..Self::default()
        }
    }

    pub(super) fn from_args(args: &Args) -> Result<Self, String> {
        args.allow_only(GATEWAY)?;
        let name = args.text("gateway").unwrap_or_default().to_owned();
        let text = |key: &str| args.text(key).map(str::to_owned);
        let mut options = Vec::new();
        for key in ["token", "header", "protocol"] {
            for value in args.all(key) {
                options.extend([format!("--{key}"), value.to_owned()]);
            }
        }
        Ok(Self {
            url: text("url"),
            sse_url: text("sse-url"),
            many_url: text("many-url"),
            stdio_url: text("stdio-url"),
            credential_url: text("credential-url"),
            echo_tool: text("echo-tool").unwrap_or_else(|| "echo".to_owned()),
            blob_tool: text("blob-tool").unwrap_or_else(|| "blob".to_owned()),
            start: text("start"),
            pid: args.text("pid").map(|_| args.get("pid", 0)).transpose()?,
            options,
            name,
        })
    }

    /// A gateway stands twice in the cells with a credential: without, at its plain server, and with.
    pub(super) fn twice(self) -> Vec<Self> {
        let Some(url) = &self.credential_url else { return vec![self] };
        let with = Self {
            name: format!("{}{CREDENTIAL}", self.name),
            credential_url: Some(url.clone()),
            url: None,
            sse_url: None,
            many_url: None,
            stdio_url: None,
            ..self.clone()
        };
        vec![Self { credential_url: self.url.clone(), ..self }, with]
    }

    pub(super) fn url(&self, cell: &Cell) -> Option<&str> {
        match cell.kind {
            Kind::Call(_) | Kind::Session => self.url.as_deref(),
            Kind::Credential(_) => self.credential_url.as_deref(),
            Kind::Sse(_) => self.sse_url.as_deref(),
            Kind::Stdio(_) => self.stdio_url.as_deref(),
            Kind::List => self.many_url.as_deref(),
        }
    }

    /// Waits until a call through each of its URLs succeeds.
    pub(super) async fn ready(&self, mut group: Option<&mut Group>) -> Result<(), String> {
        let began = Instant::now();
        let urls = [&self.url, &self.sse_url, &self.many_url, &self.stdio_url, &self.credential_url];
        for url in urls.into_iter().flatten() {
            let mut raw = vec!["--url".to_owned(), url.clone()];
            raw.extend(self.options.iter().cloned());
            let profile = Profile::from_args(&Args::parse(raw, &[])?, 5_000)?;
            let arguments = r#""arguments":{"text":"up"}"#;
            let call = Template::new(&profile, "tools/call", Some(&self.echo_tool), arguments);
            while let Err(error) = first_call(&profile, &call).await {
                if let Some(status) = group.as_mut().and_then(|g| g.exited()) {
                    return Err(format!("{} ended: {status}", self.name));
                }
                if began.elapsed() > Duration::from_secs(120) {
                    return Err(format!("{}: no call through {url}: {error}", self.name));
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        Ok(())
    }
}
