use clap::{CommandFactory as _, Parser as _, error::ErrorKind};

use super::{Cli, Command};

fn parsed(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split(' '))
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

/// The commands as the documentation promises them.
#[test]
fn what_is_promised_is_understood() {
    for line in [
        "peta serve --data /d --listen 127.0.0.1:0 --config /c.toml --legacy-sse",
        "peta stdio --data /d --server files --token-file /t",
        "peta stdio --url http://127.0.0.1:7382",
        "peta server add files --url https://x.example/mcp --transport auto --isolation per-session --eager",
        "peta server add files --env A=b --env C=d=e --no-discover -- npx -y x --data /elsewhere --json",
        "peta server add files --data /d -- cat",
        "peta server set files --url http://x --isolation shared --idle 30s --total 15m --eager false",
        "peta server set files --idle default",
        "peta server list --json",
        "peta server show files --json --data /d",
        "peta server enable files",
        "peta server refresh files",
        "peta server test files",
        "peta server logs files",
        "peta server disable files --now",
        "peta server remove files --now",
        "peta agent add a.b_C-1 --user u --group g --group h --grant files --grant files/x --expires 30d --quiet",
        "peta agent add a --expires 2026-11-25T09:30:00Z",
        "peta agent list",
        "peta agent show a",
        "peta agent revoke a",
        "peta agent rotate a --grace 10m --quiet",
        "peta admin token --role auditor --expires 1h",
        "peta admin token",
        "peta admin tokens --json",
        "peta admin revoke 00112233445566778899aabbccddeeff",
        "peta server set files --credential user-then-shared",
        "peta credential add a --server files --env K --from-stdin",
        "peta credential add a --server files --fd K --group g --held --from-env V",
        "peta credential add a --server web --basic u --user u --capability tool:x* --from-file f",
        "peta credential list --json",
        "peta credential show a",
        "peta credential rotate a --from-stdin",
        "peta credential confirm a",
        "peta credential remove a",
        "peta credential import mcp.json --dry-run",
        "peta credential import mcp.json --rewrite",
        "peta vault status --json",
        "peta vault unlock",
        "peta vault lock",
        "peta vault drill",
        "peta vault rotate --root key-file",
        "peta vault rotate --kek",
        "peta vault rotate --reseal",
        "peta grant add a files/tool:x",
        "peta grant remove a files",
        "peta grant list a",
        "peta grant list",
        "peta events --follow --json",
        "peta events --limit 5",
        "peta events --all --json --data /d",
        "peta audit sink add siem --to syslog+tls://logs.example:6514 --format cef --private --kind tool_call --ca f",
        "peta audit sink add s --to splunk+https://s.example:8088 --ack --from-env V --decision deny --json",
        "peta audit sink add b --to s3+https://s3.example/b/p --region r --user AKIA --from-file f --from-beginning",
        "peta audit sink list --json",
        "peta audit expire --before 2026-01-01T00:00:00Z --dry-run --json",
        "peta audit archive set --to file:/mnt/archive",
        "peta audit archive set --to s3+https://s.example/b/p --user u --region r --ca f --from-stdin --json",
        "peta audit archive show --json",
        "peta audit archive list",
        "peta audit archive remove",
        "peta audit archive restore f.peta g.peta --out d",
        "peta audit sink show siem --json",
        "peta audit sink test siem",
        "peta audit sink remove siem",
        "peta doctor --json",
        "peta completions bash",
        "peta completions zsh",
        "peta openapi",
    ] {
        assert!(parsed(line).is_ok(), "{line}: {}", parsed(line).unwrap_err());
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    for line in [
        "peta server add files",
        "peta server add Files --url http://x",
        "peta server add files --url http://x -- cat",
        "peta server add files --env A=b --url http://x",
        "peta server add files --env A -- cat",
        "peta server add files --transport sse -- cat",
        "peta server add files --url http://x --transport stdio",
        "peta server set files",
        "peta server set files --idle soon",
        "peta agent add -x",
        "peta agent add a --grant /",
        "peta agent add a --expires later",
        "peta agent add a --quiet --json",
        "peta admin token --role king",
        "peta server set files --credential mine",
        "peta credential add a --server files --env K",
        "peta credential add a --server files --from-stdin",
        "peta credential add a secret --server files --env K --from-stdin",
        "peta credential add a --server files --env K --fd K --from-stdin",
        "peta credential add a --server files --env K --user u --group g --from-stdin",
        "peta credential add a --server files --env K --from-stdin --from-env V",
        "peta credential rotate a",
        "peta credential import f --dry-run --rewrite",
        "peta vault rotate",
        "peta vault rotate --kek --reseal",
        "peta vault unlock hunter2",
        "peta grant add a",
        "peta events --limit 5 --all",
        "peta completions cmd",
        "peta frobnicate",
    ] {
        let error = parsed(line).err();
        let kind = error.map(|error| error.kind());
        assert!(!matches!(kind, None | Some(ErrorKind::DisplayHelp)), "{line}: {kind:?}");
    }
}

/// What stands after `--` belongs to the server's command, whatever it looks like.
#[test]
fn the_servers_own_flags_are_its_own() {
    let cli = parsed("peta server add files --data /d -- npx --data /elsewhere --json").unwrap();
    assert_eq!(cli.data.unwrap().to_str(), Some("/d"));
    assert!(matches!(cli.command, Command::Server(_)));
}
