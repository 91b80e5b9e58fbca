//! Files that may not be on the disk as a whole: the one that is written to, and before it those that became full since.

use std::{fmt, fs::File, io, sync::Arc};

use crate::stable::Stable;

/// What entries of the record commit to: it is brought to the disk before them.
pub(crate) trait Ahead: fmt::Debug + Send + Sync {
    fn bring_to_disk(&self) -> io::Result<()>;
}

#[derive(Debug, Default)]
pub(crate) struct Disk(Vec<(Stable, u64)>);

impl Disk {
    /// With what this run writes behind `from`.
    pub(crate) fn new(file: Arc<File>, from: u64) -> Self {
        Self(vec![(Stable::new(file, from), from)])
    }

    /// The file goes up to here now.
    pub(crate) fn reach(&mut self, file: Arc<File>, end: u64) {
        match self.0.iter_mut().find(|(stable, _)| Arc::ptr_eq(stable.file(), &file)) {
            Some((_, to)) => *to = end,
            None => self.0.push((Stable::new(file, 0), end)),
        }
    }

    /// What is in the file between these places is to be written again.
    pub(crate) fn doubt(&mut self, file: Arc<File>, (from, to): (u64, u64)) {
        let doubtful = (Stable::doubtful(Arc::clone(&file), from), to);
        match self.0.iter_mut().find(|(stable, _)| Arc::ptr_eq(stable.file(), &file)) {
            Some(known) => *known = doubtful,
            // The one that is written to stays the last.
            None => self.0.insert(self.0.len().saturating_sub(1), doubtful),
        }
    }

    /// The file is no longer wanted.
    pub(crate) fn forget(&mut self, file: &Arc<File>) {
        self.0.retain(|(stable, _)| !Arc::ptr_eq(stable.file(), file));
    }

    /// All of them, up to where they go. What has failed is tried again by the next.
    pub(crate) fn bring(&mut self) -> io::Result<()> {
        self.0.iter_mut().try_for_each(|(stable, to)| stable.bring(*to))?;
        // Only the newest is written to.
        let written = self.0.pop();
        self.0.clear();
        self.0.extend(written);
        Ok(())
    }
}
