//! Files, and Core's standard output is tested with Core.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use peta_outlet::State;
use peta_testkit::Value;

use crate::world::{World, spec};

fn ids(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let id = |line: &str| Some(serde_json::from_str::<Value>(line).ok()?["id"].as_str()?.to_owned());
    text.lines().filter_map(id).collect()
}

mod sink_outage {
    use super::*;

    #[tokio::test]
    async fn file() {
        let world = World::new().await;
        let (folder, path) = (world.folder().join("logs"), world.folder().join("logs/record.jsonl"));
        // The folder is not there yet.
        let sink = world.sink("file", spec(&format!("file:{}", path.display())), false).await;
        let mut made = world.record(10).await;
        let standing = world.until(sink, State::Retrying).await;
        assert!(standing.why.unwrap().contains("record.jsonl"));
        fs::create_dir(&folder).unwrap();
        world.caught_up(sink).await;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        // Rotated away: what comes goes into a new file of that name.
        fs::rename(&path, folder.join("record.1")).unwrap();
        made.extend(world.record(10).await);
        world.caught_up(sink).await;
        // Cut off in the middle of a line, as a kill may do.
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, &text[..text.len() - 20]).unwrap();
        let world = world.again(true).await;
        made.extend(world.record(10).await);
        world.caught_up(sink).await;
        let all: Vec<String> = [ids(&folder.join("record.1")), ids(&path)].concat();
        let missing: Vec<&String> = made.iter().filter(|id| !all.contains(id)).collect();
        // The line that was cut stands alone; that it was acknowledged is not what the file says, for we cut it.
        assert!(missing.len() <= 1, "{missing:?}");
        let lines = fs::read_to_string(&path).unwrap();
        assert_eq!(lines.lines().filter(|line| serde_json::from_str::<Value>(line).is_err()).count(), 1);
    }
}

/// Neither a link nor something that is no file is written to.
#[tokio::test]
async fn only_ordinary_files_are_written() {
    let world = World::new().await;
    let (real, link) = (world.folder().join("real"), world.folder().join("link"));
    fs::write(&real, "mine").unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let to_link = world.sink("link", spec(&format!("file:{}", link.display())), false).await;
    let to_folder = world.sink("a-folder", spec(&format!("file:{}", world.folder().display())), false).await;
    let to_device = world.sink("device", spec("file:/dev/null"), false).await;
    for sink in [to_link, to_folder] {
        world.until(sink, State::Retrying).await;
    }
    let standing =
        peta_testkit::eventually("told", async || world.outlet.standing(to_device).filter(|it| it.why.is_some())).await;
    assert!(standing.why.unwrap().contains("no ordinary file"));
    assert_eq!(fs::read_to_string(&real).unwrap(), "mine");
}
