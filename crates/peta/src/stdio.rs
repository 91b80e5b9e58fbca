//! `peta stdio`: a bridge that an MCP client launches, between its standard streams and a running Core.
//!
//! A client like any other: it knows Core's listener and a service token, and nothing else. Standard output carries
//! MCP only; what people should know goes to standard error, once.

mod answer;
mod bridge;
mod core;
mod ear;
mod ends;
mod output;
mod post;
mod reading;
mod reopen;
mod session;
mod under_way;

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use http::HeaderValue;
use peta_model::{Code, Slug};

use crate::{environment::Environment, fault::Fault, place::Place, way_out};

#[derive(Debug, Args)]
#[command(after_help = "\
Example, in the configuration of an MCP client:
  { \"command\": \"peta\", \"args\": [\"stdio\"], \"env\": { \"PETA_AGENT_TOKEN\": \"peta_st_…\" } }

Core is found by --url, else PETA_URL, else by the data directory. While it is away each request is
answered with an error; when it is back the session goes on.")]
pub(crate) struct Stdio {
    /// Where Core listens, such as https://peta.example.com.
    #[arg(long)]
    url: Option<String>,
    /// Only this server, as it is, instead of all that the agent may use.
    #[arg(long, value_name = "NAME", value_parser = slug)]
    server: Option<Slug>,
    /// A file that holds the service token [default: the variable PETA_AGENT_TOKEN].
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

fn slug(text: &str) -> Result<Slug, String> {
    text.parse().map_err(|error: peta_model::NameError| error.to_string())
}

impl Stdio {
    pub(crate) fn run(self, place: Place, environment: Environment) -> Result<ExitCode, Fault> {
        let token = self.token(&environment)?;
        let by_environment = environment.url.as_ref().filter(|_| !place.is_named());
        let place = match self.url.as_ref().or(by_environment) {
            Some(url) => core::Where::Url(way_out::core_url(url)?),
            None => core::Where::Place(place),
        };
        let path = self.server.map_or_else(|| "/mcp".to_owned(), |server| format!("/mcp/{server}"));
        let core = core::Core::new(place, &path, token, way_out::Line::new()?);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| Fault::new(Code::CORE_UNREACHABLE, format!("no event loop: {error}"), ""))?;
        runtime.block_on(bridge::run(core));
        // A read of standard input that nobody ends would keep the runtime alive.
        runtime.shutdown_background();
        Ok(ExitCode::SUCCESS)
    }

    fn token(&self, environment: &Environment) -> Result<HeaderValue, Fault> {
        let (text, from) = match (&self.token_file, &environment.agent_token) {
            (Some(path), _) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|error| unusable(&format!("the file {} cannot be read: {error}", path.display())))?;
                (text, path.display().to_string())
            }
            (None, Some(text)) => (text.clone(), "PETA_AGENT_TOKEN".to_owned()),
            (None, None) => return Err(unusable("neither PETA_AGENT_TOKEN nor --token-file gives one")),
        };
        let text = text.trim();
        let one_word = !text.is_empty() && text.len() <= 512 && text.bytes().all(|b| b.is_ascii_graphic());
        let value = if one_word { HeaderValue::try_from(format!("Bearer {text}")).ok() } else { None };
        let mut value = value.ok_or_else(|| unusable(&format!("what {from} holds is no token")))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

fn unusable(why: &str) -> Fault {
    Fault::new(
        Code::TOKEN_UNREADABLE,
        format!("no service token: {why}"),
        "make one with `peta agent add NAME --grant SERVER`, and give it in PETA_AGENT_TOKEN",
    )
}
