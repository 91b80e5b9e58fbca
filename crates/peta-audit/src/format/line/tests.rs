use super::*;

#[test]
fn formats_have_names() {
    for format in Format::ALL {
        assert_eq!(format.to_string().parse(), Ok(format));
    }
    for wrong in ["", "OCSF", "json ", "xml"] {
        assert_eq!(wrong.parse::<Format>(), Err(UnknownFormat));
    }
    assert_eq!(UnknownFormat.to_string(), "no such format: there are ocsf, json, cef and leef");
}
