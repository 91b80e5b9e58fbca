use std::path::PathBuf;

use super::*;
use crate::custody::NoVault;

type Told = Arc<Mutex<Vec<String>>>;

fn inbox() -> (Arc<Inbox>, Told, Arc<Standing>) {
    let config = Config::new(PathBuf::new());
    let (told, standing) = (Told::default(), Arc::new(Standing::new(&config.bounds)));
    let tell = Arc::clone(&told);
    let heard = move |heard| {
        let line = match heard {
            Heard::Message { about, message } => format!("{about:?} {}", message.text()),
            Heard::Reopened(_) => "reopened".to_owned(),
            Heard::Down(why) => format!("down: {}", why.text),
        };
        tell.lock().unwrap().push(line);
    };
    let inbox = Inbox::new(&config, Arc::clone(&standing), Arc::new(NoVault), Box::new(heard));
    inbox.open();
    (Arc::new(inbox), told, standing)
}

fn take(inbox: &Inbox, about: Option<u64>, text: &'static str) -> Taken {
    inbox.take(about, Bytes::from_static(text.as_bytes()))
}

#[tokio::test]
async fn answers_find_their_exchange_whatever_their_order() {
    let (inbox, ..) = inbox();
    let (one, two) = (inbox.expect(1).unwrap(), inbox.expect(2).unwrap());
    take(&inbox, None, r#"{"jsonrpc":"2.0","id":2,"result":{"n":2}}"#);
    take(&inbox, None, r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"no"}}"#);
    assert!(two.answer().await.unwrap().text().contains(r#""n":2"#));
    assert!(one.answer().await.unwrap().error().is_some());
}

#[tokio::test]
async fn ids_nobody_asked_for_are_dropped_and_counted() {
    let (inbox, told, standing) = inbox();
    let five = inbox.expect(5).unwrap();
    take(&inbox, None, r#"{"jsonrpc":"2.0","id":6,"result":{}}"#);
    take(&inbox, None, r#"{"jsonrpc":"2.0","id":"5","result":{"wrong":true}}"#);
    take(&inbox, None, r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}"#);
    take(
        &inbox,
        None,
        r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":99,"progress":1}}"#,
    );
    assert_eq!(standing.health().dropped, 4);
    take(&inbox, None, r#"{"jsonrpc":"2.0","id":5,"result":{"right":true}}"#);
    take(&inbox, None, r#"{"jsonrpc":"2.0","id":5,"result":{"second":true}}"#);
    assert!(five.answer().await.unwrap().text().contains("right"));
    assert_eq!(standing.health().dropped, 5);
    assert!(told.lock().unwrap().is_empty());
}

#[tokio::test]
async fn progress_goes_to_its_exchange_by_token() {
    let (inbox, told, _) = inbox();
    let mailbox = inbox.expect(3).unwrap();
    take(
        &inbox,
        None,
        r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":3,"progress":1}}"#,
    );
    take(&inbox, Some(3), r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}}"#);
    take(&inbox, None, r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":2}}"#);
    assert!(matches!(mailbox.next().await, Said::Related(message) if message.text().contains("progressToken")));
    assert!(matches!(mailbox.next().await, Said::Related(message) if message.text().contains(r#""data":1"#)));
    assert_eq!(told.lock().unwrap().len(), 1);
}

#[test]
fn pings_are_answered_with_their_id_as_written() {
    let (inbox, told, _) = inbox();
    let Taken::Reply(replies) = take(&inbox, None, r#"{"jsonrpc":"2.0","id":"a\u0062","method":"ping"}"#) else {
        panic!("a ping is answered")
    };
    assert_eq!(replies, [Bytes::from(r#"{"jsonrpc":"2.0","id":"a\u0062","result":{}}"#)]);
    assert!(told.lock().unwrap().is_empty());
}

#[test]
fn requests_are_heard_with_the_exchange_they_came_with() {
    let (inbox, told, _) = inbox();
    take(&inbox, Some(9), r#"{"jsonrpc":"2.0","id":0,"method":"roots/list"}"#);
    assert_eq!(*told.lock().unwrap(), [r#"Some(9) {"jsonrpc":"2.0","id":0,"method":"roots/list"}"#]);
}

#[test]
fn batches_are_taken_apart() {
    let (inbox, told, standing) = inbox();
    let batch = r#"[{"jsonrpc":"2.0","method":"a"},{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":8,"result":{}}]"#;
    assert!(matches!(take(&inbox, None, batch), Taken::Reply(replies) if replies.len() == 1));
    assert_eq!((told.lock().unwrap().len(), standing.health().dropped), (1, 1));
    for text in ["[]", "[INFO] starting", "[1]", "hello", "{", r#"{"jsonrpc":"2.0"}"#] {
        assert!(matches!(take(&inbox, None, text), Taken::Garbage), "{text}");
    }
}

#[tokio::test]
async fn loss_ends_all_that_wait_and_all_that_come() {
    let (inbox, told, _) = inbox();
    let mailbox = inbox.expect(1).unwrap();
    for text in ["first", "second"] {
        inbox.lost(LostWhy::new(Code::SERVER_LOST, Executed::Maybe, text));
    }
    assert_eq!(mailbox.answer().await.unwrap_err().text, "first");
    assert_eq!(inbox.expect(2).unwrap_err().text, "first");
    assert_eq!(*told.lock().unwrap(), ["down: first"]);
}

#[test]
fn what_is_heard_before_the_line_is_open_waits_in_order() {
    let told = Told::default();
    let tell = Arc::clone(&told);
    let heard = move |heard| {
        let Heard::Message { message, .. } = heard else { return };
        tell.lock().unwrap().push(message.text().to_owned());
    };
    let config = Config::new(PathBuf::new());
    let standing = Arc::new(Standing::new(&config.bounds));
    let inbox = Inbox::new(&config, standing, Arc::new(NoVault), Box::new(heard));
    let texts = [r#"{"jsonrpc":"2.0","id":1,"method":"roots/list"}"#, r#"{"jsonrpc":"2.0","method":"x"}"#];
    take(&inbox, None, texts[0]);
    assert!(told.lock().unwrap().is_empty());
    inbox.open();
    take(&inbox, None, texts[1]);
    assert_eq!(*told.lock().unwrap(), texts);
}

#[test]
fn garbage_has_a_budget() {
    let (inbox, ..) = inbox();
    assert!((1..100).all(|_| !inbox.garbage_is_too_much()));
    assert!(inbox.garbage_is_too_much());
}

#[tokio::test]
async fn a_large_answer_fails_the_only_call_that_can_have_asked_for_it() {
    let (inbox, ..) = inbox();
    let one = inbox.expect(1).unwrap();
    inbox.too_large(None);
    assert_eq!(one.answer().await.unwrap_err().code, Code::SERVER_GARBAGE);
    let (_two, _three) = (inbox.expect(2).unwrap(), inbox.expect(3).unwrap());
    inbox.too_large(None);
    assert_eq!(*inbox.running().borrow(), 2);
}

#[test]
fn looking_whether_a_line_is_idle_stops_nobody_who_begins() {
    let (inbox, ..) = inbox();
    let (done, over) = std::sync::mpsc::channel();
    for looks in [true, false] {
        let (inbox, done) = (Arc::clone(&inbox), done.clone());
        std::thread::spawn(move || {
            for id in 0..50_000 {
                if looks {
                    inbox.idle_since();
                } else {
                    inbox.expect(id).unwrap();
                    inbox.forget(id);
                }
            }
            done.send(())
        });
    }
    for _ in 0..2 {
        over.recv_timeout(std::time::Duration::from_secs(30)).expect("both go on to their end");
    }
    assert!(inbox.idle_since().is_some());
}
