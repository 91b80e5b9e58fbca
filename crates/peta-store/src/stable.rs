//! A file that grows, and how far it is known to be on the disk. After a sync that failed, the system may have dropped
//! what it could not write and call the next one good: so all since the last good one is written again before that is
//! believed.

use std::{fs::File, io, os::unix::fs::FileExt, sync::Arc};

#[derive(Debug)]
pub(crate) struct Stable {
    file: Arc<File>,
    /// What is before this is on the disk.
    upto: u64,
    /// What is behind `upto` must be written again.
    doubt: bool,
}

/// So much is written again at once.
const PIECE: usize = 64 * 1024;

impl Stable {
    pub(crate) const fn new(file: Arc<File>, upto: u64) -> Self {
        Self { file, upto, doubt: false }
    }

    /// What is behind `upto` was written by somebody who may have failed to bring it to the disk.
    pub(crate) const fn doubtful(file: Arc<File>, upto: u64) -> Self {
        Self { file, upto, doubt: true }
    }

    pub(crate) const fn file(&self) -> &Arc<File> {
        &self.file
    }

    /// When this returns, all before `to` is on the disk.
    pub(crate) fn bring(&mut self, to: u64) -> io::Result<()> {
        self.bring_with(to, |file| file.sync_data())
    }

    /// Forgets what is behind `end`, which is cut off.
    pub(crate) fn shorten(&mut self, end: u64) {
        self.upto = self.upto.min(end);
    }

    fn bring_with(&mut self, to: u64, sync: impl FnOnce(&File) -> io::Result<()>) -> io::Result<()> {
        if to <= self.upto {
            return Ok(());
        }
        if self.doubt {
            write_again(&self.file, self.upto, to)?;
        }
        self.doubt = true;
        sync(&self.file)?;
        (self.upto, self.doubt) = (to, false);
        Ok(())
    }
}

fn write_again(file: &File, from: u64, to: u64) -> io::Result<()> {
    let (mut at, mut piece) = (from, vec![0; PIECE]);
    while at < to {
        let length = usize::try_from(to - at).map_or(PIECE, |left| left.min(PIECE));
        let piece = piece.get_mut(..length).unwrap_or_default();
        file.read_exact_at(piece, at)?;
        file.write_all_at(piece, at)?;
        at += length as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    /// What was written since is seen by the time of the last writing.
    fn was_written(file: &File) -> bool {
        let changed = file.metadata().unwrap().modified().unwrap() != SystemTime::UNIX_EPOCH;
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        changed
    }

    #[test]
    fn after_a_failure_all_is_written_again_before_it_is_believed() {
        let file = Arc::new(tempfile::tempfile().unwrap());
        let text: Vec<u8> = (0..200_000_u32).map(|at| at as u8).collect();
        file.write_all_at(&text, 0).unwrap();
        let mut stable = Stable::new(Arc::clone(&file), 0);
        was_written(&file);
        stable.bring(100).unwrap();
        assert!(!was_written(&file), "nothing failed");
        for _ in 0..2 {
            stable.bring_with(200_000, |_| Err(io::Error::other("no"))).unwrap_err();
        }
        assert!(was_written(&file), "the second time");
        stable.bring(200_000).unwrap();
        assert!(was_written(&file));
        stable.bring_with(200_000, |_| panic!("all is there")).unwrap();
        let mut read = vec![0; text.len()];
        file.read_exact_at(&mut read, 0).unwrap();
        assert!(read == text);
        file.write_all_at(b"more", 200_000).unwrap();
        was_written(&file);
        stable.bring(200_004).unwrap();
        assert!(!was_written(&file), "all is well again");
    }
}
