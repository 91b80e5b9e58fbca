//! A very small `--key value` / `--flag` command-line reader.

use std::fmt::Display;
use std::str::FromStr;

/// Parsed command line of one subcommand.
#[derive(Debug, Default)]
pub struct Args {
    pairs: Vec<(String, Option<String>)>,
    /// Everything after a bare `--`.
    pub rest: Vec<String>,
}

impl Args {
    /// Reads `--key value` pairs and `--flag`s; `flags` names the options that take no value.
    pub fn parse(raw: impl IntoIterator<Item = String>, flags: &[&str]) -> Result<Self, String> {
        let mut out = Self::default();
        let mut raw = raw.into_iter();
        while let Some(item) = raw.next() {
            if item == "--" {
                out.rest = raw.collect();
                break;
            }
            let Some(key) = item.strip_prefix("--") else {
                return Err(format!("unexpected argument `{item}`"));
            };
            if flags.contains(&key) {
                out.pairs.push((key.to_owned(), None));
                continue;
            }
            let Some(value) = raw.next() else {
                return Err(format!("option `--{key}` needs a value"));
            };
            out.pairs.push((key.to_owned(), Some(value)));
        }
        Ok(out)
    }

    /// The options before the first `--head`, and those of each `--head` up to the next one.
    pub fn groups(&self, head: &str) -> (Self, Vec<Self>) {
        let mut groups = vec![Self::default()];
        for pair in &self.pairs {
            if pair.0 == head {
                groups.push(Self::default());
            }
            groups.last_mut().expect("one from the start").pairs.push(pair.clone());
        }
        (groups.remove(0), groups)
    }

    /// Rejects options that the subcommand does not know.
    pub fn allow_only(&self, known: &[&str]) -> Result<(), String> {
        match self.pairs.iter().find(|(k, _)| !known.contains(&k.as_str())) {
            Some((k, _)) => Err(format!("unknown option `--{k}`; known: {}", known.join(", "))),
            None => Ok(()),
        }
    }

    pub fn flag(&self, key: &str) -> bool {
        self.pairs.iter().any(|(k, v)| k == key && v.is_none())
    }

    pub fn text(&self, key: &str) -> Option<&str> {
        self.pairs.iter().rev().find(|(k, _)| k == key).and_then(|(_, v)| v.as_deref())
    }

    /// All values of a repeatable option, in order.
    pub fn all(&self, key: &str) -> Vec<&str> {
        self.pairs.iter().filter(|(k, _)| k == key).filter_map(|(_, v)| v.as_deref()).collect()
    }

    pub fn get<T>(&self, key: &str, default: T) -> Result<T, String>
    where
        T: FromStr,
        T::Err: Display,
    {
        match self.text(key) {
            None => Ok(default),
            Some(v) => v.parse().map_err(|e| format!("bad value for `--{key}`: {e}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Args, String> {
        Args::parse(text.split(' ').map(str::to_owned), &["json"])
    }

    #[test]
    fn reads_values_flags_and_the_rest() {
        let args = parse("--url u --json --header a --header b -- cmd --x").expect("valid");
        assert_eq!(args.text("url"), Some("u"));
        assert!(args.flag("json"));
        assert_eq!(args.all("header"), ["a", "b"]);
        assert_eq!(args.rest, ["cmd", "--x"]);
        assert_eq!(args.get("seconds", 3), Ok(3));
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        assert!(parse("url").is_err());
        assert!(parse("--url").is_err());
        assert!(parse("--connections x").expect("parses").get("connections", 1).is_err());
        assert!(parse("--bogus 1").expect("parses").allow_only(&["url"]).is_err());
    }

    #[test]
    fn groups_options_by_their_head() {
        let args = parse("--rounds 2 --gateway a --url u --gateway b --url v").expect("valid");
        let (common, groups) = args.groups("gateway");
        assert_eq!(common.text("rounds"), Some("2"));
        assert_eq!(common.text("url"), None);
        let urls: Vec<_> = groups.iter().map(|g| (g.text("gateway"), g.text("url"))).collect();
        assert_eq!(urls, [(Some("a"), Some("u")), (Some("b"), Some("v"))]);
    }
}
