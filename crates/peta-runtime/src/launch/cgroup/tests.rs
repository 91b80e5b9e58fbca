use super::*;

const MOUNTS: &str = "\
24 30 0:22 / /proc rw,relatime shared:1 - proc proc rw
31 30 0:27 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate
";

#[test]
fn the_own_group_is_found_below_its_mount() {
    let groups = "0::/system.slice/peta.service\n";
    assert_eq!(folder(MOUNTS, groups), Some("/sys/fs/cgroup/system.slice/peta.service".into()));
    assert_eq!(folder(MOUNTS, "0::/\n"), Some("/sys/fs/cgroup".into()));
}

#[test]
fn a_container_sees_its_part_only() {
    let mounts = "41 31 0:38 /docker/abc /sys/fs/cgroup ro,relatime - cgroup2 cgroup2 rw\n";
    assert_eq!(folder(mounts, "0::/docker/abc/inner\n"), Some("/sys/fs/cgroup/inner".into()));
    assert_eq!(folder(mounts, "0::/elsewhere\n"), None);
}

#[test]
fn version_one_alone_is_none() {
    let mounts = "32 31 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n";
    assert_eq!(folder(mounts, "1:cpu:/\n"), None);
}
