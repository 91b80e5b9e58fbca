//! Every combination of how agents come in, how servers are reached, who shares them and which revision is spoken: the
//! same conversation (`combos/conversation.txt`) in each, held against one table message by message, at both ends.

mod cell;
mod end;
mod ledger;
mod script;
mod talk;
mod trail;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use peta_testkit::{Core, Served, Setup};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::house::Way;
use cell::{Cell, DOORS};
use end::End;
use script::Step;
use talk::Talk;
use trail::Trail;

/// What the server lists; the table has it in full.
const TOOLS: &str = concat!(
    "echo,test_error_handling,test_tool_with_progress,until_cancelled,ask_roots,ask_sampling,ask_elicit,ask_ping,news,",
    "log,touch,change_tools"
);

/// Cells that are gone through at a time.
const AT_ONCE: usize = 8;

/// So many cells that differ are enough to see what is wrong.
const ENOUGH: usize = 12;

#[tokio::test]
async fn every_combination() {
    let (asides, steps) = script::read(include_str!("combos/conversation.txt"));
    let (asides, steps) = (Arc::new(asides), Arc::new(steps));
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let wrong = Arc::new(AtomicUsize::new(0));
    let mut all = JoinSet::new();
    for door in DOORS {
        let core = Arc::new(Setup::new().flag("--legacy-sse").start().await);
        for cell in Cell::all().into_iter().filter(|cell| cell.door == door) {
            let (core, asides, steps) = (Arc::clone(&core), Arc::clone(&asides), Arc::clone(&steps));
            let (places, wrong) = (Arc::clone(&places), Arc::clone(&wrong));
            all.spawn(async move {
                // Closed: enough is wrong already.
                let Ok(_place) = places.acquire().await else { return Ok(()) };
                let done = one(&core, &cell, &asides, &steps).await;
                if done.is_err() && wrong.fetch_add(1, Ordering::Relaxed) + 1 == ENOUGH {
                    places.close();
                }
                done
            });
        }
    }
    let ends = all.join_all().await;
    let (cells, wrong): (usize, Vec<String>) = (ends.len(), ends.into_iter().filter_map(Result::err).collect());
    let heads: Vec<String> = wrong.iter().map(|wrong| wrong.lines().take(2).collect()).collect();
    let (heads, shown) = (heads.join("\n"), wrong.iter().take(3).cloned().collect::<Vec<_>>().join("\n\n"));
    assert!(wrong.is_empty(), "{} of {cells} cells are not as the table has it:\n{heads}\n\n{shown}", wrong.len());
    assert_eq!(cells, 3 * 3 * 3 * 4 * 2);
}

/// One cell: a server and an agent of its own, and the whole conversation.
async fn one(core: &Core, cell: &Cell, asides: &[String], steps: &[Step]) -> Result<(), String> {
    let slug = cell.slug();
    let trace = core.file(&format!("{slug}.trace"));
    let options = ["--name", "fixture", "--only", TOOLS, "--pages", "2", "--version", cell.servers, "--trace"];
    let options: Vec<&str> = options.into_iter().chain(trace.to_str()).collect();
    let add = ["--isolation", cell.isolation];
    // A fixture that listens lives as long as the cell.
    let _served = match cell.way {
        Way::Stdio => {
            core.stdio_server(&slug, &add, &options).await;
            None
        }
        Way::Http => Some(url(core, &slug, Served::http(&options).await, "/mcp", &add).await),
        Way::Sse => Some(url(core, &slug, Served::sse(&options).await, "/sse", &add).await),
    };
    let token = core.token(&slug, &[&slug]).await;
    let end = End::connect(core, cell, &token).await;
    let done = Talk::new(cell, end, Trail::new(trace, asides)).hold(steps).await;
    core.peta(&["server", "remove", &slug, "--now"]).await;
    done
}

async fn url(core: &Core, slug: &str, served: Served, path: &str, add: &[&str]) -> Served {
    core.url_server(slug, &served.url(path), add).await;
    served
}
