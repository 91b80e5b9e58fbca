//! No circle of files inside a crate. A file knows another when it uses something that stands there:
//!
//! - through `use` or a path in the code; `mod child;` alone is no arrow;
//! - a name that is handed on (`pub use child::Thing`) counts for the file where it stands, not for the one that hands
//!   it on; handing it on is an arrow only if that file uses the name itself;
//! - `use crate::call` brings in a module's name: what is then taken from it counts, where it stands;
//! - tests may look at everything.
//!
//! So a child may use its parent's types, or the parent may call its child, not both.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Finding;
use super::paths::{Import, Paths};
use super::tree::Package;

type Module = Vec<String>;
/// Who uses whom, and the line where.
type Arrows = BTreeMap<Module, BTreeMap<Module, usize>>;

pub(crate) fn check(package: &Package, findings: &mut Vec<Finding>) {
    let arrows = Crate::new(package).arrows();
    let mut reported = BTreeSet::new();
    for start in arrows.keys() {
        let Some(circle) = shortest_circle(&arrows, start) else { continue };
        let members: BTreeSet<&Module> = circle.iter().collect();
        if !reported.is_disjoint(&members) {
            continue;
        }
        let file = |module: &Module| package.files.get(module).map_or_else(String::new, |source| source.file.clone());
        let steps: Vec<String> = circle
            .iter()
            .zip(circle.iter().cycle().skip(1))
            .map(|(from, to)| {
                let line = arrows.get(from).and_then(|targets| targets.get(to)).copied().unwrap_or(1);
                format!("{}:{line} uses {}", file(from), file(to))
            })
            .collect();
        let text = format!(
            "circle of files: {}; a file may not need what needs it: move what both need into a file below both",
            steps.join(", ")
        );
        let line = circle.get(1).and_then(|to| arrows.get(start).and_then(|targets| targets.get(to))).copied();
        findings.push(Finding::wrong(file(start), line.unwrap_or(1), text));
        reported.extend(circle.iter().filter_map(|module| arrows.get_key_value(module).map(|(key, _)| key)));
    }
}

/// The shortest way from a file back to itself.
fn shortest_circle(arrows: &Arrows, start: &Module) -> Option<Vec<Module>> {
    let mut ways: Vec<Vec<Module>> = vec![vec![start.clone()]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            let Some(targets) = way.last().and_then(|last| arrows.get(last)) else { continue };
            for target in targets.keys() {
                if target == start {
                    return Some(way);
                }
                if seen.insert(target.clone()) {
                    let mut next = way.clone();
                    next.push(target.clone());
                    longer.push(next);
                }
            }
        }
        ways = longer;
    }
    None
}

struct Crate<'a> {
    files: BTreeMap<&'a Module, Paths>,
}

impl<'a> Crate<'a> {
    fn new(package: &'a Package) -> Self {
        Self { files: package.files.iter().map(|(module, source)| (module, Paths::read(source))).collect() }
    }

    fn arrows(&self) -> Arrows {
        let mut arrows = Arrows::new();
        for (module, paths) in &self.files {
            let used = paths.uses.iter().filter(|import| !import.public || paths.words.contains(&import.name));
            let named = paths.named.iter();
            for import in used.chain(named) {
                // A module's bare name is no use of what stands in it.
                let Some(Place { module: target, item: true }) = self.place(module, &import.path, 0) else { continue };
                if target != **module {
                    arrows.entry((*module).clone()).or_default().entry(target).or_insert(import.line);
                }
            }
        }
        arrows
    }

    /// Where a path, as written in a module, leads; none if it leads out of the crate.
    fn place(&self, from: &Module, path: &[String], depth: usize) -> Option<Place> {
        let (first, mut rest) = path.split_first()?;
        if depth > 16 {
            return None;
        }
        let mut at = match first.as_str() {
            "crate" => Module::new(),
            "self" => from.clone(),
            "super" => parent(from)?,
            name if self.is_module(from, name) => child(from, name),
            name => {
                // A name that a `use` brought in; its own path says where it leads.
                let import =
                    self.files.get(from)?.uses.iter().find(|import| import.name == name && import.path != path)?;
                let Place { module, item: false } = self.place(from, &import.path, depth + 1)? else { return None };
                module
            }
        };
        while let Some((next, after)) = rest.split_first() {
            if next == "super" {
                at = parent(&at)?;
            } else if next == "self" {
            } else if self.is_module(&at, next) {
                at = child(&at, next);
            } else {
                return Some(self.item(&at, next, after, depth));
            }
            rest = after;
        }
        Some(Place { module: at, item: false })
    }

    /// Where a name that a module offers stands: there, or where it was handed on from.
    fn item(&self, module: &Module, name: &str, after: &[String], depth: usize) -> Place {
        let here = Place { module: module.clone(), item: true };
        let Some(paths) = self.files.get(module) else { return here };
        if name == "*" || paths.defines.contains(name) {
            return here;
        }
        let follow = |import: &Import, tail: &[&str]| {
            let mut path: Vec<String> = import.path.iter().filter(|part| *part != "*").cloned().collect();
            path.extend(tail.iter().map(|part| (*part).to_owned()));
            path.extend_from_slice(after);
            self.place(module, &path, depth + 1)
        };
        if let Some(import) = paths.uses.iter().find(|import| import.name == name) {
            return follow(import, &[]).unwrap_or(here);
        }
        let globs = paths.uses.iter().filter(|import| import.public && import.name == "*");
        globs.filter_map(|import| follow(import, &[name])).find(|place| self.defines(place, name)).unwrap_or(here)
    }

    fn defines(&self, place: &Place, name: &str) -> bool {
        self.files.get(&place.module).is_some_and(|paths| paths.defines.contains(name))
    }

    fn is_module(&self, parent: &Module, name: &str) -> bool {
        self.files.contains_key(&child(parent, name))
    }
}

struct Place {
    module: Module,
    /// An item that stands in the module, not the module itself.
    item: bool,
}

fn child(module: &Module, name: &str) -> Module {
    let mut path = module.clone();
    path.push(name.to_owned());
    path
}

fn parent(module: &Module) -> Option<Module> {
    let mut path = module.clone();
    path.pop()?;
    Some(path)
}
