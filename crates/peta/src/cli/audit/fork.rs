//! `peta audit fork`: the one command that changes the record's folder without a Core.

use std::process::ExitCode;

use clap::Args;
use peta_model::Code;
use peta_store::{ForkError, Forked, fork};

use crate::{
    cli::context::Context,
    fault::Fault,
    serve::{checked_settings, now, store_settings},
    terminal,
};

#[derive(Debug, Args)]
#[command(after_help = "\
Core does not start (P6004) when the record is shorter than a checkpoint that is known, or another one: somebody put an
older copy in its place, a disk lost its end, or it was changed. If the newest record can be put back, do that. If not, this
puts the one that is there aside as it is and begins a new log, whose first entry names both heads and your reason. Nothing
is made to look whole.

Example:
  peta audit fork --reason 'restored the backup of Monday after the disk failed'")]
pub(crate) struct Fork {
    /// Why: it is written into the record.
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

impl Fork {
    pub(crate) fn run(self, context: &Context) -> Result<ExitCode, Fault> {
        let config = checked_settings(&context.place, &context.environment)?;
        let config = store_settings(&config, &context.place);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Fault::new(Code::STORE_FAILED, format!("no event loop: {error}"), ""))?;
        let Forked { found, kept, log } =
            runtime.block_on(fork(&config, &self.reason, now())).map_err(|error| refused(&error))?;
        terminal::answer(&format!(
            "{found}\n\nWhat was there: {}\nThe new log: {log}\nStart Core: its first entry tells of this.",
            kept.display()
        ));
        Ok(ExitCode::SUCCESS)
    }
}

fn refused(error: &ForkError) -> Fault {
    match error {
        ForkError::Whole => Fault::new(Code::ADMIN_CONFLICT, error.to_string(), "start Core"),
        ForkError::Store(store) => Fault::new(store.code(), store.to_string(), "stop Core first, and look at the disk"),
        ForkError::Io { .. } => {
            Fault::new(Code::STORE_FAILED, error.to_string(), "look at the disk, then run it again")
        }
    }
}
