//! Attends to what servers say on their own account: the runtime hears it, the audience knows whom it is for, and here
//! it is acted on.

use std::sync::{Arc, OnceLock, Weak};

use peta_mcp::{Message, Method};
use peta_runtime::Instance;

use crate::{
    hub::{Hub, Signal},
    notify, reverse,
    session::audience::{Attendant, Audience},
};

/// Set once the hub is built; until then nothing can be heard.
#[derive(Default)]
pub(crate) struct Attending(OnceLock<Weak<Hub>>);

impl Attending {
    pub(crate) fn to(&self, hub: &Arc<Hub>) {
        let _ = self.0.set(Arc::downgrade(hub));
    }

    fn hub(&self) -> Option<Arc<Hub>> {
        self.0.get()?.upgrade()
    }
}

impl Attendant for Attending {
    fn asked(&self, audience: &Arc<Audience>, instance: &Arc<Instance>, about: Option<u64>, message: Message) {
        let Some(hub) = self.hub() else { return };
        // A server that asks faster than it is answered is not heard meanwhile.
        let Some(room) = audience.room_to_ask(message.bytes().len()) else { return notify::dropped(&hub) };
        let (audience, instance) = (Arc::clone(audience), Arc::clone(instance));
        tokio::spawn(async move {
            reverse::asked(&hub, audience, instance, about, message).await;
            drop(room);
        });
    }

    fn told(&self, audience: &Arc<Audience>, about: Option<u64>, message: &Message) {
        let Some(hub) = self.hub() else { return };
        if message.method().map(Method::as_str) == Some(Method::CANCELLED) {
            let (audience, message) = (Arc::clone(audience), message.clone());
            tokio::spawn(async move { reverse::taken_back(&hub, &audience, &message).await });
            return;
        }
        let call = about.and_then(|exchange| audience.call(exchange));
        let call = call.and_then(|(number, lane)| Some((hub.sessions.get(number)?, lane)));
        notify::told(&hub, audience, call, message);
    }

    fn lost(&self, audience: &Arc<Audience>, instance: &Arc<Instance>) {
        let Some(hub) = self.hub() else { return };
        hub.signal(Signal::Health);
        let (sessions, key) = (hub.askable(audience), instance.key().clone());
        tokio::spawn(async move {
            for session in sessions {
                reverse::lost(&hub, &session, &key).await;
            }
        });
    }
}
