use super::*;

fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

#[test]
fn short_plain_names_are_prefixed_and_split_again() {
    assert_eq!(prefixed(&slug("gh"), "search__code"), "gh__search__code");
    assert_eq!(split("gh__search__code"), Some(("gh", "search__code")));
    assert_eq!(split("search_code"), None);
}

#[test]
fn what_does_not_fit_is_cut_and_stays_distinct() {
    let long = "a".repeat(100);
    let (a, b) = (prefixed(&slug("gh"), &long), prefixed(&slug("gh"), &format!("{long}b")));
    assert_eq!((a.len(), b.len()), (64, 64));
    assert_ne!(a, b);
    let dotted = prefixed(&slug("gh"), "repo.get");
    assert!(dotted.starts_with("gh__repo_get_") && dotted.len() == 19, "{dotted}");
    assert_ne!(dotted, prefixed(&slug("gh"), "repo/get"));
    assert_eq!(dotted, prefixed(&slug("gh"), "repo.get"));
}

#[test]
fn uris_go_out_and_come_back() {
    for uri in ["file:///a", "test://template/{id}/data", "ui://x/y", "{scheme}://x"] {
        let out = uri_out(&slug("gh"), uri);
        assert_eq!(uri_in(&out).map(|(slug, own)| (slug, own.into_owned())), Some(("gh", uri.to_owned())), "{uri}");
    }
    assert_eq!(uri_out(&slug("gh"), "https://a/b"), "https://a/b");
    assert_eq!(uri_in("https://a/b"), None);
    assert_eq!(uri_in("git+ssh://x").map(|(slug, _)| slug), Some("git"));
}
