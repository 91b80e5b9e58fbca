//! From an agent's word for a capability to its server and the server's own word. An unknown word is tried on nobody.

use std::sync::Arc;

use peta_model::{CapabilityKind, CapabilityRef, Decision};
use peta_policy::template_matches;
use peta_store::ServerEntry;

use super::{listing::List, names, view};
use crate::{
    admit::Caller,
    config::Prefix,
    hub::Hub,
    session::{Endpoint, Session},
};

/// The server that an agent's word names, and the server's own word for the same.
pub(crate) fn place(
    hub: &Hub,
    caller: &Caller,
    session: &Session,
    kind: CapabilityKind,
    asked: &str,
) -> Option<(Arc<ServerEntry>, String)> {
    if let Endpoint::Server(slug) = &session.endpoint {
        let server = caller.snapshot.server(slug.as_str())?;
        return Some((Arc::clone(server), asked.to_owned()));
    }
    let seek = Seek { hub, caller, session };
    match kind {
        CapabilityKind::Tool => seek.named(List::Tools, asked),
        CapabilityKind::Prompt => seek.named(List::Prompts, asked),
        CapabilityKind::Resource => seek.uri(List::Resources, asked),
        CapabilityKind::Template => seek.uri(List::Templates, asked),
    }
}

struct Seek<'a> {
    hub: &'a Hub,
    caller: &'a Caller,
    session: &'a Session,
}

type Found = Option<(Arc<ServerEntry>, String)>;

impl Seek<'_> {
    fn named(&self, list: List, asked: &str) -> Found {
        match self.hub.config.prefix {
            Prefix::Always => self.prefixed(list, asked).or_else(|| self.bare_of_an_app(list, asked)),
            Prefix::OnCollision => self.bare(list, asked).or_else(|| self.prefixed(list, asked)),
            Prefix::Never => self.bare(list, asked).or_else(|| self.unlisted(list, asked)),
        }
    }

    /// `{slug}__{own}`. A name that was cut to fit is found by how the server's names are shown; one that nobody lists is
    /// taken as it stands.
    fn prefixed(&self, list: List, asked: &str) -> Found {
        let (slug, own) = names::split(asked)?;
        let server = self.server(slug)?;
        let listed = view::view(self.hub, self.session, &server);
        let shown_so = || {
            let listed = listed.as_ref().filter(|listed| !listed.has(list, own))?;
            listed.names(list).find(|own| names::prefixed(&server.spec.name, own) == asked).map(str::to_owned)
        };
        let own = shown_so().unwrap_or_else(|| own.to_owned());
        Some((server, own))
    }

    /// An un-prefixed name that exactly one server has; where names are never prefixed, the first that has it.
    fn bare(&self, list: List, asked: &str) -> Found {
        let mut having = self.having(list, asked);
        let first = having.next()?;
        let alone = having.next().is_none() || self.hub.config.prefix == Prefix::Never;
        alone.then(|| (first, asked.to_owned()))
    }

    /// MCP Apps run in a frame and call by their server's own names (protocol.md 4.5): accepted where one server alone
    /// has the name and serves `ui://` resources.
    fn bare_of_an_app(&self, list: List, asked: &str) -> Found {
        let (server, own) = self.bare(list, asked)?;
        let listed = view::view(self.hub, self.session, &server)?;
        listed.names(List::Resources).any(|uri| uri.starts_with("ui://")).then_some((server, own))
    }

    /// With bare names, a server whose lists are not known may have it, if it is the only such server.
    fn unlisted(&self, list: List, asked: &str) -> Found {
        let unknown = |server: &&Arc<ServerEntry>| view::view(self.hub, self.session, server).is_none();
        let mut servers = view::servers(self.caller).filter(unknown);
        let (first, more) = (servers.next()?, servers.next());
        (more.is_none() && self.allows(first, list, asked)).then(|| (Arc::clone(first), asked.to_owned()))
    }

    fn uri(&self, list: List, asked: &str) -> Found {
        let mut listed = self.having(list, asked).next();
        if self.hub.config.prefix != Prefix::Never
            && let Some((slug, own)) = names::uri_in(asked)
            && let Some(server) = self.server(slug)
        {
            // A page of an app asks by its server's own URI, and many a server is the host of its own: `ui://chart/view`
            // of `chart` is shown as `ui://chart/chart/view`, and is not to be read as `ui://view`.
            let is_shown = listed.is_none() || self.lists(&server, list, &own);
            match listed.take().filter(|_| !is_shown) {
                Some(lister) => return Some((lister, asked.to_owned())),
                None => return Some((server, own.into_owned())),
            }
        }
        let matching = || {
            let matches = |server: &&Arc<ServerEntry>| {
                view::view(self.hub, self.session, server)
                    .is_some_and(|view| view.names(List::Templates).any(|pattern| template_matches(pattern, asked)))
            };
            let mut servers = view::servers(self.caller).filter(matches);
            let (first, more) = (servers.next()?, servers.next());
            more.is_none().then(|| Arc::clone(first))
        };
        listed.or_else(matching).map(|server| (server, asked.to_owned()))
    }

    fn lists(&self, server: &ServerEntry, list: List, own: &str) -> bool {
        view::view(self.hub, self.session, server).is_some_and(|view| view.has(list, own))
    }

    /// The servers that list the name to a caller who may use it, in order.
    fn having<'s>(&'s self, list: List, asked: &'s str) -> impl Iterator<Item = Arc<ServerEntry>> + 's {
        view::servers(self.caller)
            .filter(move |server| {
                let listed = view::view(self.hub, self.session, server).is_some_and(|view| view.has(list, asked));
                listed && self.allows(server, list, asked)
            })
            .map(Arc::clone)
    }

    fn allows(&self, server: &ServerEntry, list: List, own: &str) -> bool {
        let capability = CapabilityRef { kind: list.kind(), name: own };
        let policy = &self.caller.snapshot.policy;
        policy.judge(self.caller.agent.id, &server.spec.name, capability).decision == Decision::Allow
    }

    fn server(&self, slug: &str) -> Option<Arc<ServerEntry>> {
        let server = self.caller.snapshot.server(slug).filter(|server| !server.disabled)?;
        self.caller.snapshot.policy.sees(self.caller.agent.id, &server.spec.name).then(|| Arc::clone(server))
    }
}
