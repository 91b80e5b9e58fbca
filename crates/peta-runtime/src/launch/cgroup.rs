//! Control groups, where the system has given Core one to divide: the kernel ends a whole group at one word, however
//! fast its processes multiply, and a group outlives whoever made it. So the next Core on the same data directory finds
//! what was left when Core and a launcher were killed at once, and ends it.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// How long the killed may take to go.
const END: Duration = Duration::from_secs(5);

/// The group that holds one group for each launcher.
#[derive(Debug)]
pub(super) struct Cgroups(PathBuf);

/// The group of one launcher and all that comes of it. Dropped, it is ended.
#[derive(Debug)]
pub(super) struct Cgroup(PathBuf);

impl Cgroups {
    /// Takes the group of this name below Core's own, and ends what an earlier Core has left in it. Nothing where the
    /// system does not let us, or where its kernel cannot end groups.
    pub(super) fn claim(name: &str) -> Option<Self> {
        let own = own().filter(|own| is_ours_to_divide(own))?;
        // What Cores that were killed have left empty, whosever it was; the groups of one that runs are made anew.
        let ours =
            |group: &PathBuf| group.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"peta-"));
        groups(&own).filter(ours).for_each(|old| remove_empty(&old));
        let cgroups = Self(own.join(name));
        fs::create_dir_all(&cgroups.0).ok()?;
        let left: Vec<PathBuf> = groups(&cgroups.0).collect();
        if !left.is_empty() {
            tracing::warn!(servers = left.len(), "servers of an earlier Core were left behind: they are ended");
        }
        left.into_iter().map(Cgroup).for_each(|left| left.end(END));
        cgroups.0.join("cgroup.kill").exists().then_some(cgroups)
    }

    /// A group for this launcher, which has started nothing yet.
    pub(super) fn take(&self, launcher: i32) -> Option<Cgroup> {
        // What could not be removed in its time, since its dead had not been reaped.
        groups(&self.0).for_each(|old| drop(fs::remove_dir(old)));
        let group = Cgroup(self.0.join(launcher.to_string()));
        let enter = || {
            fs::create_dir_all(&group.0)?;
            fs::write(group.0.join("cgroup.procs"), launcher.to_string())
        };
        // Another Core that starts may have taken it for one that was left empty; not twice in a row.
        enter().or_else(|_| enter()).ok().map(|()| group)
    }

    /// At the end of Core.
    pub(super) fn let_go(&self) {
        remove_empty(&self.0);
    }
}

impl Cgroup {
    pub(super) fn kill(&self) {
        let _ = fs::write(self.0.join("cgroup.kill"), "1");
    }

    /// Until nobody is left in it.
    fn end(self, within: Duration) {
        let until = Instant::now() + within;
        self.kill();
        while fs::remove_dir(&self.0).is_err() && self.0.exists() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        if fs::remove_dir(&self.0).is_err() {
            self.kill();
        }
    }
}

fn groups(of: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = fs::read_dir(of).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path())
}

/// Removes a group and those in it, as far as nobody is in them: the system refuses the rest.
fn remove_empty(group: &Path) {
    groups(group).for_each(|inner| drop(fs::remove_dir(inner)));
    let _ = fs::remove_dir(group);
}

/// The folder of the group that this process is in.
pub(super) fn own() -> Option<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    folder(&mounts, &groups)
}

/// Each line of `mounts`: … root mount-point options … - type source options. Of `groups`: hierarchy::path, where 0 is
/// that of version 2.
fn folder(mounts: &str, groups: &str) -> Option<PathBuf> {
    let path = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    mounts.lines().find_map(|line| {
        let (mount, source) = line.split_once(" - ")?;
        let mut fields = mount.split(' ').skip(3);
        let (root, point) = (fields.next()?, fields.next()?);
        let below = Path::new(path).strip_prefix(root).ok()?;
        source.starts_with("cgroup2 ").then(|| Path::new(point).join(below))
    })
}

/// It was handed over to be divided (systemd: `Delegate=yes`), or is the top of what this machine or container has.
fn is_ours_to_divide(own: &Path) -> bool {
    let handed_over = ["user.delegate", "trusted.delegate"].into_iter().any(|mark| {
        let mut value = [0; 1];
        matches!(rustix::fs::getxattr(own, mark, &mut value), Ok(1)) && value == *b"1"
    });
    let top = fs::read_to_string("/proc/self/cgroup").is_ok_and(|groups| groups.lines().any(|line| line == "0::/"));
    (handed_over || top) && rustix::fs::access(own, rustix::fs::Access::WRITE_OK).is_ok()
}

#[cfg(test)]
mod tests;
