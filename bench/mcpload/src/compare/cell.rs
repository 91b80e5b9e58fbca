//! One cell of the comparison: what is asked, how large, over how many connections.

pub(super) const QUICK: &str = "call-100b-c1,call-100b-c16,call-100b-c64,call-10k-c16,call-1m-c16,sse-100b-c16,list-500-c16,\
call-100b-cred-c16,call-1m-cred-c16";
pub(super) const ALL: &str = "call-100b-c1,call-100b-c16,call-100b-c64,call-10k-c1,call-10k-c16,call-10k-c64,\
call-1m-c1,call-1m-c16,call-1m-c64,sse-100b-c1,sse-100b-c16,sse-100b-c64,sse-10k-c16,\
list-500-c1,list-500-c16,session-c16,call-100b-cred-c16,call-10k-cred-c16,call-1m-cred-c16";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Call(usize),
    /// A call whose server has a credential, beside the same call of one that has none.
    Credential(usize),
    Sse(usize),
    Stdio(usize),
    List,
    Session,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) connections: usize,
}

impl Cell {
    pub(super) fn parse(name: &str) -> Result<Self, String> {
        let wrong = || format!("unknown cell `{name}`; see mcpload compare --help");
        let (kind, connections) = name.rsplit_once("-c").ok_or_else(wrong)?;
        let kind = match kind {
            "call-100b" => Kind::Call(100),
            "call-10k" => Kind::Call(10 << 10),
            "call-1m" => Kind::Call(1 << 20),
            "call-100b-cred" => Kind::Credential(100),
            "call-10k-cred" => Kind::Credential(10 << 10),
            "call-1m-cred" => Kind::Credential(1 << 20),
            "sse-100b" => Kind::Sse(100),
            "sse-10k" => Kind::Sse(10 << 10),
            "stdio-100b" => Kind::Stdio(100),
            "stdio-10k" => Kind::Stdio(10 << 10),
            "list-500" => Kind::List,
            "session" => Kind::Session,
            _ => return Err(wrong()),
        };
        let connections = connections.parse().ok().filter(|c| *c > 0).ok_or_else(wrong)?;
        Ok(Self { name: name.to_owned(), kind, connections })
    }

    pub(super) fn parse_list(text: &str) -> Result<Vec<Self>, String> {
        let text = match text {
            "quick" => QUICK,
            "all" => ALL,
            other => other,
        };
        text.split(',').map(|name| Self::parse(name.trim())).collect()
    }

    /// The options of `mcpload load` for this cell.
    pub(super) fn options(&self, echo_tool: &str, blob_tool: &str) -> Vec<String> {
        let mut out = vec!["--connections".to_owned(), self.connections.to_string()];
        let mut add = |key: &str, value: String| out.extend([key.to_owned(), value]);
        match self.kind {
            Kind::Call(size) | Kind::Credential(size) | Kind::Sse(size) | Kind::Stdio(size) if size > 1000 => {
                add("--tool", blob_tool.to_owned());
                add("--args", format!(r#"{{"size":{size}}}"#));
                add("--expect-bytes", size.to_string());
            }
            Kind::Call(size) | Kind::Credential(size) | Kind::Sse(size) | Kind::Stdio(size) => {
                add("--tool", echo_tool.to_owned());
                add("--payload", size.to_string());
            }
            Kind::List => {
                add("--op", "list".to_owned());
                add("--expect-bytes", "60000".to_owned());
            }
            Kind::Session => add("--op", "session".to_owned()),
        }
        out
    }
}
