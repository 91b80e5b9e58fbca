//! Layers of settings: defaults, then the file, then the environment, then flags; the later one wins.
//! Each key remembers who said it, so that a refusal can point there.

use std::{
    collections::BTreeMap,
    fmt,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use peta_model::Code;
use toml::{Table, Value};

use super::{Config, DEFAULTS};
use crate::fault::Fault;

/// A flag of the command line that says what a setting says: its name, the setting, the value.
#[derive(Debug)]
pub(crate) struct Flag {
    pub(crate) name: &'static str,
    pub(crate) key: &'static str,
    pub(crate) value: Value,
}

/// What settings are made of, besides the defaults.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// A file, and whether it must be there.
    pub(crate) file: Option<(PathBuf, bool)>,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) flags: Vec<Flag>,
}

/// Who said it.
#[derive(Debug, Clone)]
enum Source {
    Defaults,
    File(PathBuf),
    Environment(String),
    Flag(&'static str),
}

/// The settings so far, and who said what. Keys are dotted paths.
struct Layers {
    table: Table,
    said: BTreeMap<String, Source>,
}

/// Puts the layers together and checks them.
pub(crate) fn load(sources: &Sources) -> Result<Config, Fault> {
    let table: Table = DEFAULTS.parse().map_err(|error| refused(&Source::Defaults, "default.toml", &error))?;
    let mut layers = Layers { table, said: BTreeMap::new() };
    if let Some((path, required)) = &sources.file
        && let Some(text) = read(path, *required)?
    {
        let source = Source::File(path.clone());
        let table: Table = text.parse().map_err(|error| refused(&source, "", &error))?;
        layers.merge(&table, &source)?;
    }
    for (name, value) in &sources.environment {
        let Some(key) = setting_of(name) else { continue };
        let source = Source::Environment(name.clone());
        let known = find(&layers.table, &key).cloned();
        layers.merge(&nested(&key, typed(known.as_ref(), value)), &source)?;
    }
    for flag in &sources.flags {
        layers.merge(&nested(flag.key, flag.value.clone()), &Source::Flag(flag.name))?;
    }
    layers.read()
}

impl Layers {
    /// Lays `over` on top. A key that the defaults do not have is refused, for they have all.
    fn merge(&mut self, over: &Table, source: &Source) -> Result<(), Fault> {
        merge(&mut self.table, over, "", source, &mut self.said)
    }

    fn read(self) -> Result<Config, Fault> {
        let Self { table, said } = self;
        serde_path_to_error::deserialize(Value::Table(table)).map_err(|error| {
            let key = error.path().to_string();
            // An index into a list (`gateway.origins[1]`) was said by whoever said the list.
            let whole = key.split('[').next().unwrap_or(&key);
            let source = said.get(whole).cloned().unwrap_or(Source::Defaults);
            refused(&source, &key, error.inner())
        })
    }
}

fn merge(
    under: &mut Table,
    over: &Table,
    path: &str,
    source: &Source,
    said: &mut BTreeMap<String, Source>,
) -> Result<(), Fault> {
    for (name, value) in over {
        let key = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match (under.get_mut(name), value) {
            (Some(Value::Table(under)), Value::Table(over)) => merge(under, over, &key, source, said)?,
            (Some(Value::Table(_)), _) => return Err(refused(source, &key, &"this is a section, not a setting")),
            (Some(place), value) => {
                *place = value.clone();
                said.insert(key, source.clone());
            }
            (None, _) => {
                let known: Vec<&str> = under.keys().map(String::as_str).collect();
                let text = format!("there is no such setting; here are: {}", known.join(", "));
                return Err(refused(source, &key, &text));
            }
        }
    }
    Ok(())
}

fn read(path: &Path, required: bool) -> Result<Option<String>, Fault> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        // What is wrong with the data directory itself is the store's to tell.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) && !required => Ok(None),
        Err(error) => Err(Fault::new(
            Code::CONFIG_INVALID,
            format!("the settings file {} cannot be read: {error}", path.display()),
            "give the path of a readable TOML file to --config, or leave it out",
        )),
    }
}

/// `PETA__CALLS__IDLE` is `calls.idle`.
fn setting_of(name: &str) -> Option<String> {
    let rest = name.strip_prefix("PETA__")?;
    Some(rest.split("__").map(str::to_ascii_lowercase).collect::<Vec<_>>().join("."))
}

fn find<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    let mut parts = key.split('.');
    let first = table.get(parts.next()?)?;
    parts.try_fold(first, |value, part| value.as_table()?.get(part))
}

fn nested(key: &str, value: Value) -> Table {
    let (first, rest) = key.split_once('.').map_or((key, None), |(first, rest)| (first, Some(rest)));
    let value = rest.map_or_else(|| value.clone(), |rest| Value::Table(nested(rest, value.clone())));
    Table::from_iter([(first.to_owned(), value)])
}

/// A text of the environment in the form that the setting has: texts as they are, lists also with commas.
fn typed(known: Option<&Value>, text: &str) -> Value {
    let parsed =
        || toml::from_str::<Table>(&format!("value = {text}")).ok().and_then(|mut table| table.remove("value"));
    let as_text = || Value::String(text.to_owned());
    match known {
        Some(Value::String(_)) | None => as_text(),
        Some(Value::Array(_)) => match parsed() {
            Some(list @ Value::Array(_)) => list,
            _ => Value::Array(
                text.split(',')
                    .map(str::trim)
                    .filter(|part| !part.is_empty())
                    .map(|part| part.to_owned().into())
                    .collect(),
            ),
        },
        Some(_) => parsed().unwrap_or_else(as_text),
    }
}

fn refused(source: &Source, key: &str, why: &dyn fmt::Display) -> Fault {
    let what = if key.is_empty() { "what stands".to_owned() } else { format!("the setting `{key}`") };
    let why = why.to_string();
    Fault::new(
        Code::CONFIG_INVALID,
        format!("{what} {source} is not valid: {}", why.trim_end()),
        "all settings, with what they allow, are in the guide's chapter on configuration",
    )
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Defaults => f.write_str("(built in)"),
            Self::File(path) => write!(f, "in {}", path.display()),
            Self::Environment(name) => write!(f, "from {name}"),
            Self::Flag(name) => write!(f, "from {name}"),
        }
    }
}
