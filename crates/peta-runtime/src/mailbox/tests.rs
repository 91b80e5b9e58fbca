use bytes::Bytes;
use peta_mcp::{Limits, Side};

use super::*;

fn message(text: &str) -> Message {
    Message::parse(Bytes::copy_from_slice(text.as_bytes()), Side::Server, &Limits::default()).unwrap()
}

fn progress(number: usize) -> Message {
    message(&format!(r#"{{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progress":{number}}}}}"#))
}

fn answer() -> Message {
    message(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#)
}

#[tokio::test]
async fn what_came_before_the_answer_is_heard_before_it() {
    let mailbox = Mailbox::default();
    mailbox.related(progress(1));
    mailbox.end(Said::Answer(answer()));
    mailbox.related(progress(2));
    assert!(matches!(mailbox.next().await, Said::Related(_)));
    assert!(matches!(mailbox.next().await, Said::Answer(_)));
    assert!(matches!(mailbox.next().await, Said::Lost(_)));
}

#[tokio::test]
async fn only_the_first_ending_counts() {
    let mailbox = Mailbox::default();
    mailbox.end(Said::Lost(LostWhy::new(Code::SERVER_LOST, Executed::Maybe, "gone")));
    mailbox.end(Said::Answer(answer()));
    assert_eq!(mailbox.answer().await.unwrap_err().text, "gone");
}

#[tokio::test]
async fn progress_nobody_reads_is_bounded() {
    let mailbox = Mailbox::default();
    for number in 0..RELATED + 10 {
        mailbox.related(progress(number));
    }
    let Said::Related(first) = mailbox.next().await else { panic!("progress was put in") };
    assert!(first.text().contains(r#""progress":10}"#), "{}", first.text());
}
