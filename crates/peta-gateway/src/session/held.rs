//! A server as one session holds it: its instance, who else listens to it, and what it lists to this session.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use peta_model::{ServerId, ServerSpec, Slug};
use peta_runtime::Instance;
use tokio::sync::watch;

use super::audience::Audience;
use crate::catalog::listing::Shared;

pub(crate) struct Held {
    pub(crate) server: ServerId,
    pub(crate) slug: Slug,
    pub(crate) spec: Arc<ServerSpec>,
    pub(crate) instance: Arc<Instance>,
    pub(crate) audience: Arc<Audience>,
    /// What the instance lists to this session, once it was asked.
    own: Mutex<Option<Shared>>,
    asking: AtomicBool,
    /// `params` of a `logging/setLevel` that the server is still to be told.
    level: Mutex<Option<String>>,
    /// `params` of a `resources/subscribe` each.
    subscriptions: Mutex<Vec<String>>,
    asked: watch::Sender<bool>,
}

impl Held {
    pub(crate) fn new(
        server: ServerId,
        spec: Arc<ServerSpec>,
        instance: Arc<Instance>,
        audience: Arc<Audience>,
    ) -> Self {
        let slug = spec.name.clone();
        Self {
            server,
            slug,
            spec,
            instance,
            audience,
            own: Mutex::new(None),
            asking: AtomicBool::new(false),
            level: Mutex::new(None),
            subscriptions: Mutex::default(),
            asked: watch::Sender::new(false),
        }
    }

    pub(crate) fn own(&self) -> Option<Shared> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn owe_level(&self, params: String) {
        *self.level.lock().unwrap_or_else(PoisonError::into_inner) = Some(params);
    }

    /// Whether there is something that the server is still to be told.
    pub(crate) fn owes(&self) -> bool {
        let level = self.level.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        level || !self.subscriptions.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    pub(crate) fn take_level(&self) -> Option<String> {
        self.level.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(crate) fn owe_subscription(&self, params: String) {
        self.subscriptions.lock().unwrap_or_else(PoisonError::into_inner).push(params);
    }

    pub(crate) fn take_subscriptions(&self) -> Vec<String> {
        std::mem::take(&mut *self.subscriptions.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// True for the first who wants to ask.
    pub(crate) fn begin_asking(&self) -> bool {
        !self.asking.swap(true, Ordering::Relaxed)
    }

    pub(crate) fn set_own(&self, catalogue: Option<Shared>) {
        *self.own.lock().unwrap_or_else(PoisonError::into_inner) = catalogue;
        self.asked.send_replace(true);
    }

    /// Resolves when the instance has been asked for its lists (whether or not it answered).
    pub(crate) async fn lists_asked(&self) {
        let _ = self.asked.subscribe().wait_for(|asked| *asked).await;
    }
}
