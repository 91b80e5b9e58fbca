//! Full files of the record, as they are archived; and what stands in one that came back.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use peta_model::Moment;

use crate::{
    record::{FILE_HEAD, Item, leaves, walk},
    store::Store,
};

/// A file that changes no more, and of whose entries a signed checkpoint speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullFile {
    pub path: PathBuf,
    /// The numbers of the first and the last entry.
    pub first: u64,
    pub last: u64,
}

impl Store {
    /// The full files that are signed, the oldest first.
    pub fn full_files(&self) -> Vec<FullFile> {
        let view = self.view();
        let nexts = view.parts.iter().skip(1).map(|part| part.first);
        let files = view.full().iter().zip(nexts);
        let file = |(part, next): (&std::sync::Arc<crate::record::Part>, u64)| FullFile {
            path: part.path.clone(),
            first: part.first,
            last: next - 1,
        };
        let signed = self.tree().signed().unwrap_or(0);
        files.map(file).take_while(|file| file.last <= signed).collect()
    }
}

impl FullFile {
    /// All of it. It blocks.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        fs::read(&self.path)
    }

    /// The times of which its entries tell. It blocks.
    pub fn times(&self) -> io::Result<(Option<Moment>, Option<Moment>)> {
        let (mut since, mut until) = (None, None);
        let file = File::open(&self.path)?;
        walk(&file, (FILE_HEAD as u64, file.metadata()?.len()), |_, _, item| {
            let at = match item {
                Item::Intent(line) | Item::Whole(line, _) => line.time,
                Item::Boot(_, at) | Item::Closed(at) | Item::Mark(at) => at,
                Item::Carried { .. } | Item::Ending(..) => return,
            };
            since = Some(since.map_or(at, |since| at.min(since)));
            until = Some(until.map_or(at, |until| at.max(until)));
        })?;
        Ok((since, until))
    }
}

/// Gives what stands in the tree for each entry of a file of the record, in their order: its place, and its bytes. It blocks.
pub fn each_leaf(path: &Path, mut each: impl FnMut(u64, Vec<u8>)) -> io::Result<()> {
    let file = File::open(path)?;
    walk(&file, (FILE_HEAD as u64, file.metadata()?.len()), |_, number, item| leaves(number, &item, &mut each))?;
    Ok(())
}
