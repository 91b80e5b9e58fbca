use super::*;

#[test]
fn what_is_written_is_read_back() {
    let pairs = [("a b", "ü&=+%"), ("scope", "files:read *"), ("empty", "")];
    let text = write(&pairs);
    assert_eq!(text.as_str(), "a%20b=%C3%BC%26%3D%2B%25&scope=files%3Aread%20%2A&empty=");
    let read: Vec<_> = read(&text).unwrap().into_iter().map(|(name, value)| (name, value.to_string())).collect();
    assert_eq!(read, pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn odd_forms_are_refused() {
    for text in ["a=%", "a=%4", "a=%zz", "a=%ff", &"&a=b".repeat(101), &"a".repeat(70_000)] {
        assert!(read(text).is_none(), "{text:.20}");
    }
    assert_eq!(read("a+b=c+d&&e").unwrap().len(), 2);
}
