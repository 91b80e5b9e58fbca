//! `peta serve`: reads the settings, refuses what is not safe, and runs Core until a signal ends it.

mod clock;
mod drain;
mod house;
mod notary;
mod oauth;
mod retention;
mod safety;
mod senses;
mod settings;
mod sinks;
mod vault;
mod witness;

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use peta_model::Code;
use toml::Value;

pub(crate) use self::senses::now;
use crate::{
    config::{self, Config, Flag, Sources},
    environment::Environment,
    fault::Fault,
    place::Place,
};

#[derive(Debug, Args)]
#[command(after_help = "\
Core listens on 127.0.0.1:7382 and keeps everything in the data directory, which is made at the
first start. It prints one line `ready http://ADDRESS` when it takes calls. Settings can also stand
in peta.toml in the data directory, or in the environment as PETA__SECTION__NAME; the guide's chapter
on configuration lists them all.")]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes any free one [default: 127.0.0.1:7382].
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// The settings file [default: peta.toml in the data directory, if it is there].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Serve the old HTTP+SSE transport too, at /sse and /messages.
    #[arg(long)]
    legacy_sse: bool,
}

impl Serve {
    pub(crate) fn run(self, place: Place, environment: Environment) -> Result<ExitCode, Fault> {
        let config = read_settings(self.config, self.listen, self.legacy_sse, &place, &environment)?;
        safety::check(&config)?;
        harden();
        raise_file_limit();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| Fault::new(Code::STORE_FAILED, format!("no event loop: {error}"), ""))?;
        runtime.block_on(async {
            let signals = drain::Signals::listen()?;
            let house = house::build(&config, place, &environment).await?;
            drain::run(house, signals, config.drain.within.duration()).await;
            Ok(())
        })?;
        // Whatever still runs now was given its time.
        runtime.shutdown_background();
        Ok(ExitCode::SUCCESS)
    }
}

/// How the store of this data directory is opened.
pub(crate) fn store_settings(config: &Config, place: &Place) -> peta_store::Config {
    settings::store(config, place.dir())
}

/// The settings that `peta serve` would start with here, if it would.
pub(crate) fn checked_settings(place: &Place, environment: &Environment) -> Result<Config, Fault> {
    let config = read_settings(None, None, false, place, environment)?;
    safety::check(&config)?;
    Ok(config)
}

fn read_settings(
    file: Option<PathBuf>,
    listen: Option<String>,
    legacy_sse: bool,
    place: &Place,
    environment: &Environment,
) -> Result<Config, Fault> {
    let flag = |name, key, value| Flag { name, key, value };
    let listen = listen.map(|listen| flag("--listen", "gateway.listen", Value::String(listen)));
    let legacy_sse = legacy_sse.then(|| flag("--legacy-sse", "gateway.legacy_sse", Value::Boolean(true)));
    config::load(&Sources {
        file: Some(file.map_or_else(|| (place.settings(), false), |file| (file, true))),
        environment: environment.settings.clone(),
        flags: listen.into_iter().chain(legacy_sse).collect(),
    })
}

/// Before there are secrets: no core file, and no other process of this user reads this one's memory.
fn harden() {
    let hardened = peta_arena::harden_process();
    for failed in [hardened.undumpable, hardened.no_core].into_iter().filter_map(Result::err) {
        // Logging begins later, and a start without this is worth a word of its own.
        crate::terminal::note(&format!("peta: memory of this process may be read or written to a file: {failed}"));
    }
}

/// Each connection and each child takes descriptors: the soft limit is raised as far as the system lets us.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if limit.current != limit.maximum {
        // What cannot be raised is shown by `peta doctor`.
        _ = setrlimit(Resource::Nofile, raised);
    }
}
