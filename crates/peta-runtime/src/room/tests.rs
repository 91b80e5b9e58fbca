use super::*;

fn rooms(per_caller: usize, in_all: usize) -> Rooms {
    Rooms::new(&Bounds { per_caller, in_all, ..Bounds::default() })
}

fn server() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(2))
}

#[tokio::test]
async fn each_limit_holds_by_itself() {
    let at_once = Duration::ZERO;
    let rooms = rooms(1, 3);
    let (one, other) = (server(), server());
    let a = rooms.take(Some("a"), &one, at_once).await.unwrap();
    assert_eq!(rooms.take(Some("a"), &other, at_once).await.unwrap_err().code, Code::INSTANCE_LIMIT);
    let _b = rooms.take(Some("b"), &one, at_once).await.unwrap();
    assert!(rooms.take(Some("c"), &one, at_once).await.is_err(), "the server is full");
    let _c = rooms.take(None, &other, at_once).await.unwrap();
    assert!(rooms.take(Some("d"), &other, at_once).await.is_err(), "all is full");
    drop(a);
    rooms.take(Some("a"), &other, at_once).await.unwrap();
}

#[tokio::test]
async fn who_waits_gets_what_is_given_back() {
    let rooms = Arc::new(rooms(1, 1));
    let server = server();
    let first = rooms.take(Some("a"), &server, Duration::ZERO).await.unwrap();
    let waiting = {
        let (rooms, server) = (Arc::clone(&rooms), Arc::clone(&server));
        tokio::spawn(async move { rooms.take(Some("a"), &server, Duration::from_secs(5)).await.map(drop) })
    };
    tokio::task::yield_now().await;
    drop(first);
    waiting.await.unwrap().unwrap();
}
