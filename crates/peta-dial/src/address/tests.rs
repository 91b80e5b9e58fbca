use super::*;

fn class(text: &str) -> Class {
    classify(text.parse().unwrap())
}

#[test]
fn public_addresses_are_open_to_all() {
    for text in ["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "192.0.1.1", "198.20.0.1", "223.255.255.255"] {
        assert_eq!(class(text), Class::Public, "{text}");
    }
    for text in ["2606:4700::1111", "2001:4860:4860::8888", "2a00::1", "64:ff9b::808:808", "2002:808:808::1"] {
        assert_eq!(class(text), Class::Public, "{text}");
    }
}

#[test]
fn private_addresses_need_to_be_typed() {
    for text in ["127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"] {
        assert_eq!(class(text), Class::Private, "{text}");
    }
    for text in ["100.64.0.1", "100.127.255.255", "::1", "fc00::1", "fd12:3456::1"] {
        assert_eq!(class(text), Class::Private, "{text}");
    }
}

#[test]
fn metadata_and_link_local_are_never_dialled() {
    for text in ["169.254.169.254", "169.254.0.1", "100.100.100.200", "192.0.0.192", "168.63.129.16"] {
        assert_eq!(class(text), Class::Never, "{text}");
    }
    for text in ["fe80::1", "febf::1", "fd00:ec2::254", "fd20:ce::254", "fec0::1"] {
        assert_eq!(class(text), Class::Never, "{text}");
    }
}

#[test]
fn what_is_no_address_of_a_service_is_never_dialled() {
    for text in ["0.0.0.0", "0.1.2.3", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.1"] {
        assert_eq!(class(text), Class::Never, "{text}");
    }
    for text in ["198.51.100.1", "203.0.113.1", "198.18.0.1", "192.88.99.1", "::", "ff02::1", "2001:db8::1"] {
        assert_eq!(class(text), Class::Never, "{text}");
    }
    for text in ["3fff::1", "100::1", "5f00::1", "4000::1", "2001:20::1"] {
        assert_eq!(class(text), Class::Never, "{text}");
    }
}

#[test]
fn forms_that_hide_an_address_are_looked_through() {
    // IPv4-mapped and IPv4-compatible, even around a public one.
    for text in ["::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::ffff:0:127.0.0.1"] {
        assert_eq!(class(text), Class::Never, "{text}");
    }
    // NAT64, 6to4 and Teredo around loopback, private and metadata addresses.
    for text in ["64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::"] {
        assert_eq!(class(text), Class::Never, "{text}");
    }
    for text in ["2001:0:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001:0:4136:e378:0:0:f5ff:fffe"] {
        assert_eq!(class(text), Class::Never, "{text}");
    }
}
