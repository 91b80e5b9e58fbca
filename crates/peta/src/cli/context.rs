//! What commands work with.

use std::process::ExitCode;

use crate::{client::Client, environment::Environment, fault::Fault, place::Place};

/// Where Core is, and what the environment says.
pub(crate) struct Context {
    pub(crate) place: Place,
    pub(crate) environment: Environment,
}

/// Runs a command that asks Core.
pub(crate) fn with_core(
    context: Context,
    ask: impl AsyncFnOnce(&Client) -> Result<(), Fault>,
) -> Result<ExitCode, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::new(peta_model::Code::CORE_UNREACHABLE, format!("no event loop: {error}"), ""))?;
    runtime.block_on(async {
        let client = Client::find(&context.place, &context.environment)?;
        ask(&client).await
    })?;
    Ok(ExitCode::SUCCESS)
}
