//! Disks that are full, and disks that cannot be written: what is not recorded does not happen, nothing is lost, and
//! with space again everything goes on.

use peta_testkit::{
    chaos::{Dice, Disk, Ground, Load, Site, compare},
    eventually,
};

/// A site on a disk of its own; nothing where the system does not let us have one.
async fn site() -> Option<Site> {
    let disk = Disk::of("12m").await;
    if disk.is_none() {
        let _ = std::io::Write::write_all(&mut std::io::stderr(), b"skipped: no user namespaces here\n");
    }
    Some(Site::new(Ground { disk: Some(disk?), ..Ground::default() }).await)
}

/// Until an act of an administrator, which is recorded, too, is refused, or is not any more.
async fn writes(site: &Site, well: bool) {
    let mut number = 0;
    eventually("the record is tried", || {
        number += 1;
        let name = format!("try-{number}-{well}");
        async move {
            let ran = site.core.run(&["agent", "add", &name, "--quiet"]).await;
            assert!(ran.code == 0 || ran.stderr.contains('P'), "{ran:?}");
            ((ran.code == 0) == well).then_some(())
        }
    })
    .await;
}

async fn one_story(site: &mut Site, load: Load) {
    let notes = load.end(site).await.unwrap();
    let (events, executed) = (site.events(notes.len()).await, site.executed());
    let wrong = compare(&notes, &events, &executed);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn full_disk() {
    let Some(mut site) = site().await else { return };
    let load = Load::begin(&mut site, &Dice::new(1));
    load.served(10).await;
    site.disk.as_ref().unwrap().fill();
    writes(&site, false).await;
    load.unrecorded(3).await;
    site.disk.as_ref().unwrap().free();
    writes(&site, true).await;
    one_story(&mut site, load).await;
}

#[tokio::test]
async fn killed_on_a_full_disk() {
    let Some(mut site) = site().await else { return };
    let load = Load::begin(&mut site, &Dice::new(2));
    load.served(10).await;
    site.disk.as_ref().unwrap().fill();
    load.unrecorded(3).await;
    site.kill_core().await;
    site.disk.as_ref().unwrap().free();
    site.start_again().await;
    one_story(&mut site, load).await;
}

#[tokio::test]
async fn read_only_disk() {
    let Some(mut site) = site().await else { return };
    let load = Load::begin(&mut site, &Dice::new(3));
    site.kill_core().await;
    let disk = site.disk.as_ref().unwrap();
    assert!(disk.read_only(true).await);
    let refused = site.setup_again().refused().await;
    assert!(refused.code == 1 && refused.stderr.contains("P8"), "{refused:?}");
    assert!(disk.read_only(false).await);
    site.start_again().await;
    one_story(&mut site, load).await;
}
