use super::*;

#[test]
fn an_agents_place_in_its_trace_is_read_strictly() {
    let read = |parent| place(parent).map(|place| format!("{}-{}", place.trace_id(), place.span_id()));
    let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    assert_eq!(read(good).as_deref(), Some("0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"));
    for bad in [
        "",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-zz-b7ad6b7169203331-01",
    ] {
        assert_eq!(read(bad), None, "{bad}");
    }
}
