//! Learning what a server offers.

use std::time::Duration;

use peta_model::Code;
use peta_runtime::ListKind;

use crate::{
    peer::peer,
    world::{LONG, SERVER, World, config},
};

#[tokio::test]
async fn all_pages_of_all_lists_are_drained() {
    let world = World::new(peer(""));
    let learned = world.runtime.learn(SERVER, &world.spec, LONG).await.unwrap();
    assert!(learned.description.contains(r#""x-told": {}"#), "no client features are told");
    let tools: Vec<_> = learned.pages.iter().filter(|page| page.list == ListKind::Tools).collect();
    let cursors: Vec<_> = tools.iter().map(|page| page.cursor.as_deref()).collect();
    assert_eq!(cursors, [None, Some("1"), Some("2")]);
    assert!(tools[2].answer.contains(r#""result": {"tools": [{"name": "three"}]}"#), "{}", tools[2].answer);
    assert!(learned.pages.iter().any(|page| page.list == ListKind::Resources));
    // Prompts are declared, but the peer cannot list them: left out, and said so. No templates is nothing to say.
    assert_eq!(learned.warnings, ["the server refused to list its prompts"]);
}

#[tokio::test]
async fn a_cursor_that_comes_twice_stops_with_a_warning() {
    let world = World::new(peer("circle"));
    let learned = world.runtime.learn(SERVER, &world.spec, LONG).await.unwrap();
    assert!(learned.warnings.iter().any(|warning| warning.contains("a cursor came twice")), "{:?}", learned.warnings);
    assert_eq!(learned.pages.iter().filter(|page| page.list == ListKind::Tools).count(), 2);
}

#[tokio::test]
async fn pages_and_items_are_bounded() {
    let mut config = config();
    config.bounds.pages = 2;
    let world = World::with(config, peer(""));
    let learned = world.runtime.learn(SERVER, &world.spec, LONG).await.unwrap();
    assert!(learned.warnings.iter().any(|warning| warning.contains("after 2 pages")), "{:?}", learned.warnings);
}

#[tokio::test]
async fn what_cannot_be_learnt_in_time_is_told_and_ended() {
    let world = World::new(peer("silent"));
    let error = world.runtime.learn(SERVER, &world.spec, Duration::from_millis(200)).await.unwrap_err();
    assert_eq!(error.code, Code::SERVER_UNREACHABLE);
    assert_eq!(world.runtime.health(SERVER).failure.unwrap().code, Code::SERVER_UNREACHABLE);
    world.runtime.shutdown(Duration::ZERO).await;
}

#[tokio::test]
async fn an_open_instance_lists_too() {
    let world = World::new(peer(""));
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    assert_eq!(instance.list(ListKind::Tools).await.unwrap().len(), 3);
    assert_eq!(instance.list(ListKind::Prompts).await.unwrap_err().code, Code::SERVER_GARBAGE);
}
