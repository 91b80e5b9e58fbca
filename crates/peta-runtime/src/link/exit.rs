//! What is said of a process that ended, or could not be started.

use std::path::Path;

use peta_model::Code;

use crate::{
    fault::OpenError,
    launch::{Exit, StartError},
};

pub(super) fn told(exit: Exit) -> String {
    match exit {
        Exit::Code(127) => "the server's process exited with status 127 (command not found)".to_owned(),
        Exit::Code(code) => format!("the server's process exited with status {code}"),
        Exit::Signal(signal) => format!("the server's process was ended by signal {signal}"),
        Exit::Unknown => "the server's process ended".to_owned(),
    }
}

/// The command's name is told, without its path or arguments.
pub(super) fn not_started(command: &str, error: &StartError) -> OpenError {
    let name = Path::new(command).file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let name: String = name.chars().take(80).flat_map(char::escape_debug).collect();
    OpenError::new(Code::SERVER_UNREACHABLE, format!("the command `{name}` cannot be started: {error}"))
}
