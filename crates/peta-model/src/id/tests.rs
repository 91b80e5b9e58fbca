use super::*;

#[test]
fn round_trips_as_hex() {
    let id = ServerId::from_bytes(*b"0123456789abcdef");
    assert_eq!(id.to_string(), "30313233343536373839616263646566");
    assert_eq!(id.to_string().parse::<ServerId>(), Ok(id));
}

#[test]
fn refuses_anything_else() {
    for text in [
        "",
        "0",
        "+0313233343536373839616263646566",
        "3031323334353637383961626364656",
        "zz313233343536373839616263646566",
    ] {
        assert_eq!(text.parse::<AgentId>(), Err(IdError), "{text}");
    }
}
