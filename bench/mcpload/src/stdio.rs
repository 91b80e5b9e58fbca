//! The echo server over stdio: one JSON-RPC message per line, as a gateway's managed child.

use std::io::{BufRead, Write};
use std::process::{Command, Stdio};

use crate::args::Args;
use crate::echo::{Message, Tools, answer};

pub const HELP: &str = "\
mcpload stdio-upstream: an MCP echo server on standard input and output.

  --tools N       tools in the list (default 20)
  --cpus LIST     move to these CPUs, away from those of the gateway that started it

Let the gateway under test start it as a stdio server. Tools as in `mcpload upstream`.
It ends when standard input does.";

pub fn run(args: &Args) -> Result<(), String> {
    args.allow_only(&["tools", "cpus"])?;
    if let Some(cpus) = args.text("cpus") {
        let me = std::process::id().to_string();
        let moved = Command::new("taskset").args(["-cp", cpus, &me]).stdout(Stdio::null()).status();
        if !moved.is_ok_and(|status| status.success()) {
            return Err(format!("cannot move to CPUs {cpus}"));
        }
    }
    let tools = Tools::new(args.get("tools", 20)?);
    serve(std::io::stdin().lock(), std::io::stdout().lock(), &tools).map_err(|e| e.to_string())
}

fn serve(mut input: impl BufRead, mut output: impl Write, tools: &Tools) -> std::io::Result<()> {
    let mut line = Vec::new();
    let mut out = String::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        match serde_json::from_slice::<Message<'_>>(&line) {
            Ok(message) => {
                out.clear();
                if answer(&mut out, &message, tools, false) {
                    out.push('\n');
                    output.write_all(out.as_bytes())?;
                    output.flush()?;
                }
            }
            Err(e) => eprintln!("mcpload stdio-upstream: not a message: {e}"),
        }
        line.clear();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_line_by_line_and_survives_garbage() {
        let input = "{\"id\":1,\"method\":\"ping\"}\nnot json\n{\"method\":\"notifications/initialized\"}\n{\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"echo\",\"arguments\":{\"text\":\"hi\"}}}\n";
        let mut output = Vec::new();
        serve(input.as_bytes(), &mut output, &Tools::new(2)).expect("in memory");
        let text = String::from_utf8(output).expect("UTF-8");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].contains(r#""id":1"#) && lines[1].contains(r#""text":"hi""#), "{text}");
    }
}
