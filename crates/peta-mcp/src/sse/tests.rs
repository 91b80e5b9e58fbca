use proptest::prelude::*;

use super::*;

fn events(chunks: &[&[u8]]) -> Vec<Event> {
    let mut parser = Parser::new(64);
    let mut out = Vec::new();
    for chunk in chunks {
        parser.push(chunk);
        while let Some(event) = parser.next() {
            out.push(event.unwrap());
        }
    }
    out
}

fn event(name: Option<&str>, data: &str, id: Option<&str>) -> Event {
    Event { name: name.map(Into::into), data: data.to_owned().into(), id: id.map(Into::into), retry: None }
}

#[test]
fn reads_what_the_standard_says() {
    let text = b"\xef\xbb\xbf: hi\r\nevent: endpoint\rdata:/m\n\ndata: a\ndata\ndata:  b\nid: 7\n\nid: 8\nretry: 50\ndata: \n\nfoo: x\n\n";
    let mut primed = event(None, "", Some("8"));
    primed.retry = Some(50);
    assert_eq!(events(&[text]), [event(Some("endpoint"), "/m", None), event(None, "a\n\n b", Some("7")), primed]);
}

#[test]
fn an_endless_event_is_refused() {
    let mut parser = Parser::new(8);
    parser.push(b"data: 123456789\n");
    assert!(parser.next().unwrap().is_err());
    let mut parser = Parser::new(8);
    parser.push(&[b'x'; 200]);
    assert!(parser.next().unwrap().is_err());
}

#[test]
fn reads_its_own_writing() {
    assert_eq!(events(&[&encode(Some("message"), Some("1.2"), b"{}")]), [event(Some("message"), "{}", Some("1.2"))]);
    let primed = &events(&[&priming("1.0", 1000), &comment()])[0];
    assert_eq!((primed.id.as_deref(), primed.retry, primed.data.len()), (Some("1.0"), Some(1000), 0));
}

proptest! {
    #[test]
    fn however_it_is_cut_the_events_are_the_same(text in "(data: [a-c]{0,3}|id: 1|event: e|:)?(\r\n|\n|\r)", more in "(data: x\n|\n|\r\n){0,6}", cut in 0usize..40) {
        let text = format!("{text}{more}");
        let (a, b) = text.as_bytes().split_at(cut.min(text.len()));
        prop_assert_eq!(events(&[text.as_bytes()]), events(&[a, b]));
    }
}
