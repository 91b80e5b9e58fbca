use super::*;

#[test]
fn descriptions_are_read_leniently() {
    let result = r#"{"protocolVersion":"2025-11-25","odd":1e999,"capabilities":{},
        "serverInfo":{"name":"files","title":5,"version":"1.2","x":{"deep":[1E+400]}},"instructions":"Be kind."}"#;
    let read = describe(result);
    let about = About {
        name: Some("files".to_owned()),
        title: None,
        version: Some("1.2".to_owned()),
        protocol_version: Some("2025-11-25".to_owned()),
    };
    assert_eq!(read, Description { about, instructions: Some("Be kind.".to_owned()) });
    assert_eq!(describe("[]"), Description::default());
    assert_eq!(describe("{\"serverInfo\":7}"), Description::default());
}

#[test]
fn pages_add_up() {
    let offer = offer([
        r#"{"id":1,"result":{"tools":[{"name":"a","x":1e999},{"name":5},{"name":"\ud800"}],"nextCursor":"c"}}"#,
        r#"{"id":1,"result":{"tools":[{"name":"b"}]}}"#,
        r#"{"id":1,"result":{"resources":[{"uri":"file:///a","name":"n"}]}}"#,
        r#"{"id":1,"result":{"resourceTemplates":[{"uriTemplate":"file:///{x}","name":"n"}]}}"#,
        r#"{"id":1,"result":{"prompts":[{"name":"p"}]}}"#,
        "garbage",
    ]);
    assert_eq!(offer.tools, ["a", "b"]);
    assert_eq!(offer.counts, CapabilityCounts { tools: 4, resources: 1, templates: 1, prompts: 1 });
    assert_eq!((offer.resources, offer.templates), (vec!["file:///a".to_owned()], vec!["file:///{x}".to_owned()]));
}
