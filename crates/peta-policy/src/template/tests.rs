use super::*;

#[test]
fn matches_what_the_rfc_expands() {
    for (template, uri) in [
        ("file:///a", "file:///a"),
        ("test://template/{id}/data", "test://template/123/data"),
        ("demo://resource/dynamic/text/{resourceId}", "demo://resource/dynamic/text/7"),
        ("file:///{path}", "file:///notes.md"),
        ("file:///{path}", "file:///My%20Notes"),
        ("file:///{+path}", "file:///a/b/c.txt"),
        ("memo://{a}/{b}", "memo://x/y"),
        ("memo://{a,b}", "memo://x,y"),
        ("memo://{a,b}", "memo://x"),
        ("memo://x{.ext}", "memo://x.md"),
        ("memo://x{/a,b}", "memo://x/1/2"),
        ("memo://x{/a,b}", "memo://x/1"),
        ("memo://x{/path*}", "memo://x/1/2/3/4"),
        ("memo://x{;a,b}", "memo://x;a=1;b=2"),
        ("memo://x{;a,b}", "memo://x;b"),
        ("memo://x{?q,page}", "memo://x"),
        ("memo://x{?q,page}", "memo://x?q=1"),
        ("memo://x{?q,page}", "memo://x?page=2"),
        ("memo://x{?q,page}", "memo://x?q=&page=2"),
        ("memo://x?fixed=1{&q}", "memo://x?fixed=1&q=2"),
        ("memo://x{#part}", "memo://x#a/b"),
        ("memo://{a:3}", "memo://abc"),
        ("memo://{a:3}", "memo://%C3%A9b"),
        ("memo://{list*}", "memo://a,b,c"),
        ("memo://{a}{b}", "memo://xy"),
    ] {
        assert!(template_matches(template, uri), "{template} {uri}");
    }
}

#[test]
fn matches_nothing_else() {
    for (template, uri) in [
        ("file:///{path}", "file:///"),
        ("file:///{path}", "file:///a/b"),
        ("file:///{path}", "file:///a?b"),
        ("file:///{path}", "file:///a b"),
        ("file:///{path}", "file:///a\\b"),
        ("file:///{path}", "file:///%zz"),
        ("file:///{path}", "file:///%2"),
        ("file:///{path}", "FILE:///a"),
        ("file:///{path}", "xfile:///a"),
        ("file:///{path}/end", "file:///a/end/more"),
        ("file:///{+path}", "file:///"),
        ("file:///{+path}", "file:///a\0b"),
        ("file:///{+path}", "file:///é"),
        ("memo://{a,b}", "memo://x,y,z"),
        ("memo://{a:3}", "memo://abcd"),
        ("memo://x{/a}", "memo://x/1/2"),
        ("memo://x{/a*}", "memo://x/1//2"),
        ("memo://x{/a*}", "memo://x/1/"),
        ("memo://x{?q}", "memo://x?r=1"),
        ("memo://x{?q}", "memo://x?q=1&q=2"),
        ("memo://x{?q,page}", "memo://x?page=1&q=2"),
        ("memo://x{?q}", "memo://x?q=a&b"),
        ("memo://x{?q}", "memo://x?"),
        ("", "x"),
    ] {
        assert!(!template_matches(template, uri), "{template} {uri}");
    }
}

#[test]
fn broken_templates_match_nothing() {
    for template in [
        "file:///{",
        "file:///}",
        "file:///{}",
        "file:///{a",
        "{a{b}}",
        "{!a}",
        "{|a}",
        "{=a}",
        "{@a}",
        "{a b}",
        "{a:}",
        "{a:0}",
        "{a:10000}",
        "{a:x}",
        "{,}",
        "{a,}",
        "{+}",
        "{é}",
        "a b",
        "a\\b",
        "a\nb",
    ] {
        assert_eq!(Template::parse(template), None, "{template}");
    }
    assert!(!template_matches(&"a".repeat(5000), &"a".repeat(5000)));
    assert!(!template_matches("{+a}", &"a".repeat(5000)));
    assert!(!template_matches(&"{a}".repeat(65), &"a".repeat(65)));
}

#[test]
fn hostile_templates_stay_cheap() {
    let uri = format!("{}|", "a,".repeat(2000));
    for piece in ["{a*}", "{+a}", "{+a*}", "{a:9999}", "{+a:9999}", "{a*,b*}"] {
        assert!(!template_matches(&piece.repeat(30), &uri), "{piece}");
    }
    let names: Vec<String> = (0..60).map(|at| format!("v{at}")).collect();
    assert!(!template_matches(&format!("x{{?{}}}", names.join(",")), &uri));
}
