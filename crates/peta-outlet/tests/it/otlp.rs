use peta_testkit::services::Seen;

/// Strictly as the JSON of protocol buffers has it: 64-bit numbers are texts of digits, and there is one value in each.
pub(crate) fn read(seen: &Seen) -> Vec<String> {
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/v1/logs"));
    assert_eq!(seen.header("content-type"), "application/json");
    let body = seen.json();
    let mut ids = Vec::new();
    for resource in body["resourceLogs"].as_array().unwrap() {
        for scope in resource["scopeLogs"].as_array().unwrap() {
            for record in scope["logRecords"].as_array().unwrap() {
                let time = record["timeUnixNano"].as_str().expect("a text");
                assert!(!time.is_empty() && time.bytes().all(|digit| digit.is_ascii_digit()), "{time}");
                let id = record["attributes"].as_array().unwrap().iter().find_map(|pair| {
                    (pair["key"] == "peta.id").then(|| pair["value"]["stringValue"].as_str())?
                });
                ids.push(id.expect("an identifier").to_owned());
            }
        }
    }
    ids
}
