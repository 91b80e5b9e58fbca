//! Runs a program and looks into its memory: `peta-dump SOCKET PROGRAM WORDS…`, in a user namespace of its own.

fn main() -> std::process::ExitCode {
    peta_testkit::dump::main()
}
