use super::{
    super::place::{Bounds, Place},
    *,
};

#[test]
fn every_profile_is_read_and_leads_to_public_places() {
    for name in Profile::names() {
        let profile = Profile::find(name).unwrap();
        assert_eq!(profile.name, name);
        let values = profile.variables.iter().map(|variable| (variable.clone(), "acme".to_owned())).collect();
        let filled = profile.fill(&values).unwrap();
        let others = filled.refresh_at.iter().chain(&filled.revoke);
        for url in [&filled.issuer, &filled.authorize, &filled.token].into_iter().chain(others) {
            assert!(Place::named(url, Bounds::Public).is_ok() && !url.contains('{'), "{name}: {url}");
        }
        assert!(!filled.dialect.token_types.is_empty());
    }
    assert!(Profile::find("acme").is_err());
}

#[test]
fn tenants_are_filled_in_and_cannot_lead_elsewhere() {
    let with = |name: &str, value: &str| {
        let values = BTreeMap::from([(name.to_owned(), value.to_owned())]);
        Profile::find("zendesk").unwrap().fill(&values)
    };
    assert_eq!(with("subdomain", "acme").unwrap().token, "https://acme.zendesk.com/oauth/tokens");
    for bad in ["", "evil.example/", "evil.example#", "a b", "-a", "A", "a.b", "{subdomain}", "@evil"] {
        assert!(matches!(with("subdomain", bad), Err(Error::BadProfile)), "{bad}");
    }
    assert!(with("tenant", "acme").is_err());
    assert!(Profile::find("zendesk").unwrap().fill(&BTreeMap::new()).is_err());
}
