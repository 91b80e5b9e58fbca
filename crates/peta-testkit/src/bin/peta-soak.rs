//! The soak: `peta-soak --minutes N [--seed N] [--report FILE]`, as `make soak` runs it.

fn main() -> std::process::ExitCode {
    peta_testkit::soak::main()
}
