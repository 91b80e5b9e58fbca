//! One instance of a server: a process or a line, opened when it is first needed, opened again after it was lost,
//! ended when nobody needs it. Everything of it is its own; no other instance waits for it.

use std::{
    fmt,
    sync::{Arc, Mutex, Weak},
    time::Duration,
};

use bytes::Bytes;
use peta_mcp::Message;
use peta_model::{Code, ServerSpec};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until, timeout_at},
};

use crate::{
    carrier::RETOLD,
    description::Description,
    exchange::Exchange,
    fault::{Executed, LostWhy, OpenError, SendError},
    greeting::Greeting,
    ground::Ground,
    inbox::Heard,
    key::{Holder, InstanceKey, Profile},
    line::{Line, Opening, no_longer_needed},
    listing::{self, LearnedPage, ListKind},
    lock::lock,
    standing::Standing,
    state::{Opened, Plan, State},
};

/// Who hears what a server says that is no answer. Nothing here may block.
pub trait Ears: Send + Sync {
    /// A request or notification of the server; `about` is the exchange on whose own HTTP stream it came.
    fn heard(&self, instance: &Arc<Instance>, about: Option<u64>, message: Message);

    /// The instance was opened (or initialized anew), or lost.
    fn changed(&self, instance: &Arc<Instance>, now: InstanceState);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstanceState {
    Open,
    Lost,
}

pub struct Instance {
    key: InstanceKey,
    spec: Arc<ServerSpec>,
    ears: Arc<dyn Ears>,
    ground: Arc<Ground>,
    standing: Arc<Standing>,
    greeting: Arc<Greeting>,
    state: Arc<State>,
    /// Until then the instance does not rest, whatever little it has to do.
    awake: Mutex<Option<Instant>>,
    me: Weak<Self>,
}

impl Instance {
    pub(crate) fn new(
        key: InstanceKey,
        spec: Arc<ServerSpec>,
        profile: &Profile,
        ears: Arc<dyn Ears>,
        (ground, standing): (Arc<Ground>, Arc<Standing>),
        withdrawn: Option<LostWhy>,
    ) -> Arc<Self> {
        Arc::new_cyclic(|me| Self {
            key,
            spec,
            ears,
            ground,
            standing,
            greeting: Arc::new(Greeting::new(profile, true)),
            state: Arc::new(State::new(withdrawn)),
            awake: Mutex::default(),
            me: Weak::clone(me),
        })
    }

    pub fn key(&self) -> &InstanceKey {
        &self.key
    }

    pub fn spec(&self) -> &ServerSpec {
        &self.spec
    }

    /// Opens the instance if it is not open, and waits so long for it. One opening is under way at a time; giving up
    /// waiting does not end it.
    pub async fn ready(&self, within: Duration) -> Result<Arc<Description>, OpenError> {
        let deadline = Instant::now() + within;
        loop {
            match self.state.plan(Instant::now()) {
                Plan::Ready(description) => return Ok(description),
                Plan::Never(error) => return Err(error),
                Plan::Later(until, last) if until > deadline => return Err(backing_off(&last)),
                Plan::Later(until, _) => sleep_until(until).await,
                Plan::Wait(opening) => return opened(opening, deadline).await,
                Plan::Start(serial, tell) => {
                    let opening = tell.subscribe();
                    if let Some(me) = self.me.upgrade() {
                        tokio::spawn(me.open(serial, tell));
                    }
                    return opened(opening, deadline).await;
                }
            }
        }
    }

    /// What the server says of itself, if nothing has to be done to use it.
    pub fn if_ready(&self) -> Option<Arc<Description>> {
        self.state.if_open()
    }

    /// What the server said of itself when it was last opened.
    pub fn description(&self) -> Option<Arc<Description>> {
        self.state.description()
    }

    /// A new exchange, with an id that this instance never used.
    pub fn begin(&self) -> Exchange {
        Exchange::new(self.greeting.id(), Arc::clone(&self.state))
    }

    /// Sends what is not answered: a notification, or the answer to what the server asked. One compact message.
    pub async fn tell(&self, message: Bytes) -> Result<(), SendError> {
        self.state.line(false)?.tell(message).await
    }

    /// The log level (raw `params` of `logging/setLevel`) to set again whenever the instance is opened anew.
    pub fn keep_level(&self, params: Option<String>) {
        self.greeting.keep_level(params);
    }

    /// A subscription (raw `params` of `resources/subscribe`) to make again whenever the instance is opened anew.
    pub fn keep_subscription(&self, params: String) {
        self.greeting.keep_subscription(params);
    }

    pub fn drop_subscription(&self, params: &str) {
        self.greeting.drop_subscription(params);
    }

    /// Progress that goes on after its answer is not wanted any more.
    pub fn forget_progress(&self, exchange: u64) {
        if let Ok(line) = self.state.line(false) {
            line.forget_progress(exchange);
        }
    }

    /// Until then the instance is not ended for having nothing to do: it owes something.
    pub fn stay_awake(&self, until: Option<Instant>) {
        *lock(&self.awake) = until;
    }

    /// Whether it was withdrawn: it never opens again, and another has its key.
    pub fn is_withdrawn(&self) -> bool {
        self.state.is_withdrawn()
    }

    /// Which of its lives the instance is in, if it is open; a child that was started anew is in another.
    pub fn life(&self) -> Option<u64> {
        self.state.open_serial()
    }

    /// Drains one list. The instance must be open.
    pub async fn list(&self, kind: ListKind) -> Result<Vec<LearnedPage>, LostWhy> {
        let line = self.state.line(true)?;
        let listed = listing::drain(&line, kind, &self.ground.config.bounds).await?;
        if let Some(warning) = listed.warning {
            tracing::warn!(server = %self.spec.name, warning, "a list was cut");
        }
        Ok(listed.pages)
    }

    pub(crate) fn withdraw(&self, why: LostWhy) -> Option<Arc<Line>> {
        self.state.withdraw(why)
    }

    async fn open(self: Arc<Self>, serial: u64, tell: watch::Sender<Option<Opened>>) {
        let opening = Opening {
            ground: &self.ground,
            standing: &self.standing,
            greeting: &self.greeting,
            spec: &self.spec,
            server: self.key.server,
            holder: Some(&self.key.holder),
        };
        let opened = tokio::select! {
            opened = Line::open(opening, self.heard(serial)) => opened,
            // What was reached so far ends as it is dropped.
            () = self.state.withdrawn() => Err(withdrawn()),
        };
        let opened = match opened {
            Ok((line, description)) => self.opened(serial, line, description).await,
            Err(error) if error.code == Code::SERVER_WITHDRAWN => {
                self.state.given_up();
                Err(error)
            }
            Err(error) => {
                self.standing.failed((self.ground.senses.now)(), &error);
                self.state.failed(&error, &self.ground.config.times, (self.ground.senses.random)(), Instant::now());
                Err(error)
            }
        };
        tell.send_replace(Some(opened));
    }

    async fn opened(&self, serial: u64, line: Arc<Line>, description: Arc<Description>) -> Opened {
        // Before anybody has the line, or a call may overtake what the server is to know; not for long, for it may wait for
        // somebody to hear it before it answers.
        let to = Arc::clone(&description);
        let retelling = line.replay(&to);
        tokio::pin!(retelling);
        let is_told = tokio::time::timeout(RETOLD, &mut retelling).await.is_ok();
        if !self.state.opened(&line, &description, Instant::now()) {
            line.close(no_longer_needed()).await;
            return Err(withdrawn());
        }
        self.standing.went_well();
        line.listen();
        if !is_told {
            retelling.await;
        }
        if let Some(me) = self.me.upgrade() {
            self.ears.changed(&me, InstanceState::Open);
            if line.is_child() && !matches!(self.key.holder, Holder::Session { .. }) {
                tokio::spawn(rest_when_idle(Weak::clone(&self.me), Arc::downgrade(&line), serial));
            }
        }
        Ok(description)
    }

    /// What is done with what the server says on the line with this number.
    fn heard(&self, serial: u64) -> Box<dyn Fn(Heard) + Send + Sync> {
        let me = Weak::clone(&self.me);
        Box::new(move |heard| {
            let Some(me) = me.upgrade() else { return };
            match heard {
                Heard::Message { about, message } => me.ears.heard(&me, about, message),
                Heard::Reopened(description) => {
                    me.state.reopened(serial, description);
                    me.ears.changed(&me, InstanceState::Open);
                }
                Heard::Down(why) => me.lost(serial, &why),
            }
        })
    }

    fn lost(self: &Arc<Self>, serial: u64, why: &LostWhy) {
        let chance = (self.ground.senses.random)();
        if self.state.lost(serial, why, &self.ground.config.times, chance, Instant::now()).is_some() {
            let error = OpenError::from(why.clone());
            self.standing.failed((self.ground.senses.now)(), &error);
            self.ears.changed(self, InstanceState::Lost);
        }
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance").field("key", &self.key).field("server", &self.spec.name).finish_non_exhaustive()
    }
}

async fn opened(mut opening: watch::Receiver<Option<Opened>>, deadline: Instant) -> Opened {
    let Ok(told) = timeout_at(deadline, opening.wait_for(Option::is_some)).await else {
        return Err(OpenError::new(Code::SERVER_UNREACHABLE, "the server is still starting"));
    };
    let gone = || OpenError::new(Code::SERVER_UNREACHABLE, "the opening of the server was given up");
    told.ok().and_then(|opened| opened.clone()).unwrap_or_else(|| Err(gone()))
}

fn withdrawn() -> OpenError {
    OpenError::new(Code::SERVER_WITHDRAWN, "the server was disabled, removed or changed, or is not needed any more")
}

fn backing_off(last: &OpenError) -> OpenError {
    OpenError::new(Code::SERVER_BACKING_OFF, format!("the server is not tried again yet; last: {}", last.text))
}

/// Ends a child that has had nothing to do for long.
async fn rest_when_idle(instance: Weak<Instance>, line: Weak<Line>, serial: u64) {
    loop {
        let wait = {
            let (Some(instance), Some(line)) = (instance.upgrade(), line.upgrade()) else { return };
            let idle_stop = instance.ground.config.times.idle_stop;
            let since = line.idle_since().filter(|_| !instance.greeting.has_subscriptions());
            let awake = *lock(&instance.awake);
            match since.map(|since| (since + idle_stop).max(awake.unwrap_or(since))) {
                Some(until) if until <= Instant::now() => {
                    let Some(line) = instance.state.rest(serial) else { return };
                    let idle = "the instance was idle";
                    line.close(LostWhy::new(Code::SERVER_LOST, Executed::No, idle)).await;
                    return;
                }
                // What keeps it awake may be over earlier than it was said to be.
                Some(until) => until.min(Instant::now() + idle_stop),
                None => Instant::now() + idle_stop,
            }
        };
        sleep_until(wait).await;
    }
}
