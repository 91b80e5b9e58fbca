//! One cell of the table: how the agent comes in, how the server is reached, who shares it, which revision is spoken.

use crate::house::Way;

pub(super) const VERSIONS: [&str; 4] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];
pub(super) const ISOLATIONS: [&str; 3] = ["per-session", "per-user", "shared"];

/// How an agent comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    StreamableHttp,
    /// HTTP+SSE of 2024-11-05.
    HttpSse,
    /// `peta stdio`.
    Stdio,
}

pub(super) const DOORS: [Door; 3] = [Door::StreamableHttp, Door::HttpSse, Door::Stdio];

/// One cell.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) number: usize,
    pub(super) door: Door,
    pub(super) way: Way,
    pub(super) isolation: &'static str,
    /// The revision that the agent asks for, and the one that the server answers with.
    pub(super) version: &'static str,
    pub(super) servers: &'static str,
    /// On `/mcp`, where names and URIs carry the server's.
    pub(super) aggregate: bool,
}

impl Cell {
    /// All of them: both kinds of endpoint for each combination. The server's revision goes round with the row, so that
    /// every pair of revisions meets.
    pub(super) fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for door in DOORS {
            for way in crate::house::WAYS {
                for isolation in ISOLATIONS {
                    for (at, version) in VERSIONS.into_iter().enumerate() {
                        for aggregate in [false, true] {
                            let number = all.len();
                            let servers = VERSIONS[(at + number / 8) % VERSIONS.len()];
                            all.push(Self { number, door, way, isolation, version, servers, aggregate });
                        }
                    }
                }
            }
        }
        all
    }

    /// The server's name, of this cell alone.
    pub(super) fn slug(&self) -> String {
        format!("s{}", self.number)
    }

    /// Whether a condition of the table holds here.
    pub(super) fn is(&self, condition: &str) -> bool {
        match condition.split_once(':') {
            Some(("since", version)) => self.version >= version,
            Some(("until", version)) => self.version <= version,
            Some(_) => panic!("no such condition: {condition}"),
            None => match condition {
                "aggregate" => self.aggregate,
                "shared" => self.isolation == "shared",
                _ => panic!("no such condition: {condition}"),
            },
        }
    }

    /// A text of the table as the agent sees it. `$N` stands before names, `$U` before URIs, `$P` in paths and loggers,
    /// `$E` before questions to people; `$V` is the agent's revision and `$W` the server's.
    pub(super) fn filled(&self, text: &str) -> String {
        if !self.aggregate {
            return self.plain(text);
        }
        let slug = self.slug();
        let filled = text.replace("$N", &format!("{slug}__")).replace("$U", &format!("{slug}+"));
        self.versions(&filled.replace("$P", &format!("{slug}/")).replace("$E", &format!("[{slug}] ")))
    }

    /// The same as the server sees it.
    pub(super) fn plain(&self, text: &str) -> String {
        self.versions(&["$N", "$U", "$P", "$E"].iter().fold(text.to_owned(), |text, mark| text.replace(mark, "")))
    }

    fn versions(&self, text: &str) -> String {
        text.replace("$V", self.version).replace("$W", self.servers).replace("$S", &self.slug())
    }
}

impl std::fmt::Display for Cell {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let endpoint = if self.aggregate { "aggregate" } else { "own endpoint" };
        write!(
            to,
            "cell {}: agent {:?} at {} on the {endpoint}, server {:?} at {}, {}",
            self.number, self.door, self.version, self.way, self.servers, self.isolation
        )
    }
}
