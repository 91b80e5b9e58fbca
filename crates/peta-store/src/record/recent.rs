//! Columns of the file that is written to, in memory: whoever searches reads on from where the last one stopped.

use std::{
    fs::File,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use super::{columns::Builder, view::Stretch};

/// What was read so far.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<Option<(PathBuf, Arc<Builder>)>>);

impl Recent {
    /// The columns of the end of a view. They may tell of what was written since.
    pub(crate) fn columns(&self, end: &Stretch) -> io::Result<Arc<Builder>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = kept.take().filter(|(path, _)| *path == end.path).map(|(_, columns)| columns);
        let mut columns = before.unwrap_or_else(|| Arc::new(Builder::new(end.from)));
        if columns.to() < end.to {
            // Copied if somebody searches it.
            Arc::make_mut(&mut columns).read(&File::open(&end.path)?, end.to)?;
        }
        *kept = Some((end.path.clone(), Arc::clone(&columns)));
        Ok(columns)
    }

    /// Takes away what proved to be unfit.
    pub(crate) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
