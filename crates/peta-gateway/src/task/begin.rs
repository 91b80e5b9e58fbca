//! The beginning of a task: a tool that is called with `params.task` answers at once with a task's id, which becomes a
//! sealed one before the agent reads it.

use std::sync::Arc;

use peta_mcp::{Message, Splice, Value};
use peta_model::Code;
use tokio::time::Instant;

use super::{
    kept::{Kept, New},
    rewrite,
    token::Token,
};
use crate::{
    hub::Hub,
    refuse::{Refusal, rpc},
    session::{Session, held::Held},
};

/// What an agent says of the task that it wants its call to be.
pub(crate) fn wish(message: &Message) -> Option<Value<'_>> {
    message.params()?.get("task").filter(|task| task.is_object())
}

/// A call that may begin a task. Dropped without one, its progress ends with its answer.
pub(crate) struct Beginning<'a> {
    hub: &'a Hub,
    held: &'a Arc<Held>,
    exchange: u64,
    begun: bool,
}

impl Drop for Beginning<'_> {
    fn drop(&mut self) {
        if !self.begun {
            self.hub.tasks.tracks.end(self.held.instance.key(), self.exchange);
            self.held.instance.forget_progress(self.exchange);
        }
    }
}

impl<'a> Beginning<'a> {
    /// Refused to an agent that has too many tasks.
    pub(crate) fn of(hub: &'a Hub, session: &Session, held: &'a Arc<Held>, exchange: u64) -> Result<Self, Refusal> {
        if !hub.tasks.has_room(session.agent) {
            let text = "This agent has too many tasks that are not done with";
            return Err(Refusal::new(Code::OVER_LIMIT, rpc::INTERNAL, text));
        }
        Ok(Self { hub, held, exchange, begun: false })
    }

    /// Notes the task that the server's answer begins, if it does, and puts the sealed id in the answer.
    pub(crate) fn answered(
        &mut self,
        session: &Session,
        tool: &str,
        answer: &Message,
        splice: &mut Splice<'_>,
    ) -> Result<(), Refusal> {
        let (hub, held) = (self.hub, self.held);
        let task = answer.result().and_then(|result| result.get("task")).filter(|task| task.is_object());
        let Some((task, own)) = task.and_then(|task| Some((task, task.get("taskId")?.as_str()?))) else {
            // An answer like any other: the server does not run it as a task.
            return Ok(());
        };
        let run = hub.tasks.run.clone();
        let token = Token { server: held.server, run, tool: tool.to_owned(), own: own.into_owned() };
        let Some(sealed) = token.seal(&hub.sealer, session.agent) else {
            return Err(Refusal::failure(
                Code::SERVER_GARBAGE,
                "The server's id for the task is too long to be carried",
            ));
        };
        let most = hub.config.tasks.ttl_most.duration();
        let ttl = rewrite::ttl_of(task).map_or(most, |ttl| ttl.min(most));
        let new = New { token: sealed.clone(), own: token.own, tool: token.tool };
        let kept = hub.tasks.add(Kept::new(session.agent, session.number, held, new, Instant::now() + ttl));
        hub.tasks.tracks.of_task(held.instance.key(), self.exchange, &sealed);
        self.begun = true;
        rewrite::object(task, &sealed, most, splice);
        rewrite::to_caller(&kept, answer.result(), splice);
        Ok(())
    }
}
