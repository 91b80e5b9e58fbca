//! The scripted MCP server of the tests, as a program: `peta-fixture stdio|http|sse [OPTIONS]`.

fn main() -> std::process::ExitCode {
    peta_testkit::fixture::main()
}
