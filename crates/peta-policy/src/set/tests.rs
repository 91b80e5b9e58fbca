use std::collections::BTreeSet;

use peta_model::{CapabilityKind, Scope};
use proptest::{collection, prelude::*, sample::select};

use super::*;
use crate::{is_plain_uri, template_matches};

const AGENT: AgentId = AgentId::from_bytes([1; 16]);
const OTHER: AgentId = AgentId::from_bytes([2; 16]);

fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

fn set(grants: &[&str]) -> PolicySet {
    PolicySet::from_grants(grants.iter().map(|text| (AGENT, text.parse().unwrap())))
}

fn reasons(grants: &[&str], kind: CapabilityKind, name: &str) -> String {
    let judgement = set(grants).judge(AGENT, &slug("fs"), CapabilityRef { kind, name });
    assert_eq!(judgement.allowed(), !judgement.reasons.is_empty());
    let whole = set(grants).grants_all(AGENT, &slug("fs"));
    assert!(whole == grants.contains(&"fs") && (judgement.allowed() || !whole));
    if judgement.allowed() { judgement.reasons.join(" ") } else { "deny".into() }
}

#[test]
fn cases() {
    use CapabilityKind::{Prompt, Resource, Template, Tool};
    let cases: &[(&[&str], CapabilityKind, &str, &str)] = &[
        (&[], Tool, "read", "deny"),
        (&["fs"], Tool, "read", "fs"),
        (&["fs"], Resource, "file:///srv/../etc", "fs"),
        (&["web"], Tool, "read", "deny"),
        (&["fs/read"], Tool, "read", "fs/tool:read"),
        (&["fs/read"], Tool, "Read", "deny"),
        (&["fs/read"], Tool, "read_all", "deny"),
        (&["fs/read"], Prompt, "read", "deny"),
        (&["fs/read*"], Tool, "read_all", "fs/tool:read*"),
        (&["fs/read*", "fs", "fs/read"], Tool, "read", "fs fs/tool:read fs/tool:read*"),
        (&["fs/prompt:*"], Prompt, "review", "fs/prompt:*"),
        (&["fs/prompt:*"], Tool, "review", "deny"),
        (&["fs/resource:file:///srv/a b"], Resource, "file:///srv/a b", "fs/resource:file:///srv/a b"),
        (&["fs/resource:file:///srv/*"], Resource, "file:///srv/a", "fs/resource:file:///srv/*"),
        (&["fs/resource:file:///srv/*"], Resource, "file:///srv/../etc/passwd", "deny"),
        (&["fs/resource:file:///srv/*"], Resource, "file:///srv/%2e%2e/etc/passwd", "deny"),
        (&["fs/resource:file:///srv/*"], Resource, "file:///srv/a%2fb", "deny"),
        (&["fs/resource:file:///srv/*"], Resource, "file:///srv\\..\\etc", "deny"),
        (&["fs/resource:file:///srv/*"], Resource, "FILE:///srv/a", "deny"),
        (&["fs/resource:file:///srv/*"], Resource, "file:///srv//a", "deny"),
        (&["fs/resource:file:///srv/*"], Template, "file:///srv/{x}", "deny"),
        (&["fs/resource:*"], Resource, "memo:a b", "fs/resource:*"),
        (&["fs/template:file:///srv/{x}"], Template, "file:///srv/{x}", "fs/template:file:///srv/{x}"),
        (&["fs/template:file:///srv/{x}"], Resource, "file:///srv/a", "fs/template:file:///srv/{x}"),
        (&["fs/template:file:///srv/{x}"], Resource, "file:///srv/a/b", "deny"),
        (&["fs/template:file:///srv/{+x}"], Resource, "file:///srv/../b", "deny"),
        (&["fs/template:file:///srv/{+x}"], Resource, "file:///srv/%2e%2e/b", "deny"),
        (&["fs/template:file:///*"], Template, "file:///{x}", "fs/template:file:///*"),
        (&["fs/template:file:///*"], Resource, "file:///x", "deny"),
        (&["fs/template:{broken"], Resource, "{broken", "deny"),
        (&["fs/template:{broken"], Template, "{broken", "fs/template:{broken"),
    ];
    for (grants, kind, name, expected) in cases {
        assert_eq!(reasons(grants, *kind, name), *expected, "{grants:?} {kind} {name}");
    }
}

#[test]
fn the_empty_set_denies() {
    let empty = PolicySet::default();
    assert!(!empty.judge(AGENT, &slug("fs"), CapabilityRef { kind: CapabilityKind::Tool, name: "" }).allowed());
    assert!(!empty.judge_server(AGENT, &slug("fs")).allowed());
    assert!(!empty.sees(AGENT, &slug("fs")));
}

#[test]
fn what_follows_the_server() {
    let set = set(&["fs/read", "fs/prompt:*", "web"]);
    assert_eq!(set.judge_server(AGENT, &slug("fs")).reasons, ["fs/prompt:*"]);
    assert_eq!(set.judge_server(AGENT, &slug("web")).reasons, ["web"]);
    assert!(set.sees(AGENT, &slug("fs")));
    assert!(!set.sees(AGENT, &slug("git")));
    assert!(!set.sees(OTHER, &slug("fs")));
}

#[test]
fn a_changed_set_leaves_the_old_one_alone() {
    let old = set(&["fs"]);
    let new = old.with(OTHER, ["web".parse().unwrap()]).with(AGENT, []);
    assert!(old.sees(AGENT, &slug("fs")) && !old.sees(OTHER, &slug("web")));
    assert!(!new.sees(AGENT, &slug("fs")) && new.sees(OTHER, &slug("web")));
}

/// The second, slow judge: reads the grants one by one, as the contract words them.
fn slowly(grants: &[Grant], server: &Slug, kind: CapabilityKind, name: &str) -> BTreeSet<String> {
    let covers = |scope: &Scope| match scope {
        Scope::All => true,
        Scope::One(of, one) if *of == kind => **one == *name,
        Scope::One(CapabilityKind::Template, one) if kind == CapabilityKind::Resource => {
            is_plain_uri(name) && template_matches(one, name)
        }
        Scope::Prefix(of, start) if *of == kind => {
            name.starts_with(&**start) && (start.is_empty() || kind != CapabilityKind::Resource || is_plain_uri(name))
        }
        Scope::One(..) | Scope::Prefix(..) => false,
    };
    grants.iter().filter(|g| g.server == *server && covers(&g.scope)).map(Grant::to_string).collect()
}

fn names() -> impl Strategy<Value = String> {
    const PIECES: [&str; 13] =
        ["file:///", "a", "b/", "/", "..", "%2e", "{x}", "{+x}", "read", "_", "%C3%A9", "\\", ":"];
    collection::vec(select(PIECES.as_slice()), 1..5).prop_map(|pieces| pieces.concat())
}

fn grants() -> impl Strategy<Value = Vec<Grant>> {
    let scope = (select(CapabilityKind::ALL.as_slice()), names(), 0..3).prop_map(|(kind, name, form)| match form {
        0 => Scope::All,
        1 => Scope::One(kind, name.into()),
        _ => Scope::Prefix(kind, name.into()),
    });
    let grant =
        (select(["fs", "web"].as_slice()), scope).prop_map(|(server, scope)| Grant { server: slug(server), scope });
    collection::vec(grant, 0..6)
}

proptest! {
    #[test]
    fn both_judges_agree(grants in grants(), kind in select(CapabilityKind::ALL.as_slice()), name in names()) {
        let set = PolicySet::from_grants(grants.iter().map(|grant| (AGENT, grant.clone())));
        for server in ["fs", "web", "git"].map(slug) {
            let judgement = set.judge(AGENT, &server, CapabilityRef { kind, name: &name });
            let found: BTreeSet<String> = judgement.reasons.iter().cloned().collect();
            prop_assert_eq!(&found, &slowly(&grants, &server, kind, &name));
            prop_assert_eq!(judgement.allowed(), !found.is_empty());
            // Nothing is allowed of a server that does not exist for the agent.
            prop_assert_eq!(set.sees(AGENT, &server), set.judge_server(AGENT, &server).allowed());
            prop_assert!(set.sees(AGENT, &server) || !judgement.allowed());
            let foreign = set.judge(OTHER, &server, CapabilityRef { kind, name: &name });
            prop_assert!(!foreign.allowed());
        }
    }

    #[test]
    fn a_set_changed_step_by_step_is_the_set_made_at_once(lists in collection::vec((0_u8..4, grants()), 0..6), name in names()) {
        let mut stepwise = PolicySet::default();
        let mut last = BTreeMap::new();
        for (agent, grants) in &lists {
            stepwise = stepwise.with(AgentId::from_bytes([*agent; 16]), grants.clone());
            last.insert(AgentId::from_bytes([*agent; 16]), grants.clone());
        }
        let at_once = PolicySet::from_grants(last.iter().flat_map(|(agent, grants)| grants.iter().map(|g| (*agent, g.clone()))));
        for agent in (0..4).map(|agent| AgentId::from_bytes([agent; 16])) {
            for kind in CapabilityKind::ALL {
                let capability = CapabilityRef { kind, name: &name };
                prop_assert_eq!(stepwise.judge(agent, &slug("fs"), capability), at_once.judge(agent, &slug("fs"), capability));
            }
        }
    }
}
