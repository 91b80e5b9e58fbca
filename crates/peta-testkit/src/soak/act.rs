//! The things that an agent does with a server, one at a time, and how it knows that the answer is the right one.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use super::{
    tally::Tally,
    wire::{Broke, Wire},
    world::{Kind, Server},
};
use crate::chaos::Dice;

/// An agent's session with one server of its choice; names and URIs are written as its endpoint has them.
pub(super) struct Hand<'a> {
    pub(super) wire: &'a mut Wire,
    pub(super) server: &'a Server,
    pub(super) aggregate: bool,
    pub(super) tally: &'a Tally,
}

type Done = Result<(), Broke>;

impl Hand<'_> {
    /// Does one thing.
    pub(super) async fn act(&mut self, dice: &mut Dice) -> Done {
        let number = dice.throw() % 1_000_000;
        match &self.server.kind {
            Kind::Everything => return self.foreign("echo", json!({"message": number.to_string()}), number).await,
            Kind::Time => return self.foreign("get_current_time", json!({"timezone": "UTC"}), "UTC").await,
            Kind::Fixture => {}
        }
        match dice.of(0..100) {
            0..30 => self.echo(number).await,
            30..38 => self.lists(dice).await,
            38..46 => self.reads(number).await,
            46..50 => self.prompt(number).await,
            50..58 => self.progress().await,
            58..66 => self.cancel(dice).await,
            66..74 => self.subscribe().await,
            74..80 => self.sample().await,
            80..84 => self.large(dice).await,
            84..88 => self.plain("ping", &json!({})).await,
            88..92 => self.logs().await,
            92..96 => self.unknown().await,
            _ => {
                let params = json!({"name": self.name("slow"), "arguments": {"ms": 300}});
                self.wire.drop_call("tools/call", &params).await;
                Ok(())
            }
        }
    }

    fn name(&self, own: &str) -> String {
        if self.aggregate { format!("{}__{own}", self.server.name) } else { own.to_owned() }
    }

    fn uri(&self, own: &str) -> String {
        if self.aggregate { format!("{}+{own}", self.server.name) } else { own.to_owned() }
    }

    /// The result of a request; nothing, if Peta says that the server is away (which the soak sees to).
    async fn result(&mut self, method: &str, params: &Value) -> Result<Option<Value>, Broke> {
        let mut answer = self.wire.ask(method, params).await?;
        let code = answer["error"]["data"]["code"].as_str().map(str::to_owned);
        match code {
            Some(code) if code.starts_with("P5") => {
                self.tally.count(&format!("refused {code}"));
                Ok(None)
            }
            _ if answer["result"].is_object() => {
                self.tally.count("answered");
                Ok(Some(answer["result"].take()))
            }
            _ => Err(Broke::Wrong(format!("{method} {params}: {answer}"))),
        }
    }

    async fn call(&mut self, tool: &str, arguments: Value) -> Result<Option<Value>, Broke> {
        let params = json!({"name": self.name(tool), "arguments": arguments});
        self.result("tools/call", &params).await
    }

    async fn plain(&mut self, method: &str, params: &Value) -> Done {
        self.result(method, params).await.map(drop)
    }

    /// A call of a server of others; its answer holds this.
    async fn foreign(&mut self, tool: &str, arguments: Value, has: impl ToString) -> Done {
        match self.call(tool, arguments).await? {
            Some(result) if !result.to_string().contains(&has.to_string()) => {
                Err(Broke::Wrong(format!("{tool} without {}: {result}", has.to_string())))
            }
            _ => Ok(()),
        }
    }

    async fn echo(&mut self, number: u64) -> Done {
        match self.call("echo", json!({ "n": number })).await? {
            Some(result) if result["structuredContent"]["arguments"]["n"] != number => {
                Err(Broke::Wrong(format!("another one's answer: {number}, {result}")))
            }
            _ => Ok(()),
        }
    }

    async fn lists(&mut self, dice: &mut Dice) -> Done {
        let lists = ["tools/list", "resources/list", "prompts/list", "resources/templates/list"];
        let list = dice.pick(&lists).copied().unwrap_or("tools/list");
        self.plain(list, &json!({})).await
    }

    async fn reads(&mut self, number: u64) -> Done {
        let uri = self.uri(&format!("test://template/{number}/data"));
        match self.result("resources/read", &json!({ "uri": uri })).await? {
            Some(result) if result["contents"][0]["uri"] != uri.as_str() => {
                Err(Broke::Wrong(format!("another one's resource: {uri}, {result}")))
            }
            _ => Ok(()),
        }
    }

    async fn prompt(&mut self, number: u64) -> Done {
        let (name, arguments) =
            (self.name("test_prompt_with_arguments"), json!({"arg1": number.to_string(), "arg2": ""}));
        self.plain("prompts/get", &json!({"name": name, "arguments": arguments})).await
    }

    async fn progress(&mut self) -> Done {
        let token = self.wire.told.len();
        self.wire.told.clear();
        let params = json!({"name": self.name("test_tool_with_progress"), "_meta": {"progressToken": token}});
        if self.result("tools/call", &params).await?.is_none() {
            return Ok(());
        }
        let mine = |told: &&Value| told["params"]["progressToken"] == token;
        match self.wire.told.iter().filter(mine).count() {
            3 => Ok(()),
            other => Err(Broke::Wrong(format!("{other} of 3 messages of progress came"))),
        }
    }

    async fn cancel(&mut self, dice: &mut Dice) -> Done {
        let id = self.wire.say("tools/call", &json!({"name": self.name("until_cancelled"), "arguments": {}})).await?;
        sleep(Duration::from_millis(dice.of(0..100))).await;
        self.wire.notify("notifications/cancelled", &json!({"requestId": id, "reason": "soak"})).await?;
        self.tally.count("called off");
        Ok(())
    }

    async fn subscribe(&mut self) -> Done {
        let params = json!({"uri": self.uri("test://watched-resource")});
        if self.result("resources/subscribe", &params).await?.is_some() {
            self.call("touch", json!({})).await?;
            self.plain("ping", &json!({})).await?;
            let updated = |told: &Value| told["method"] == "notifications/resources/updated";
            let came = self.wire.told.iter().any(updated);
            self.tally.count(if came { "updates" } else { "updates not here yet" });
            self.wire.told.clear();
            self.plain("resources/unsubscribe", &params).await?;
        }
        Ok(())
    }

    /// A server that several share may not ask, so here the answer may be an error, but never another's sample.
    async fn sample(&mut self) -> Done {
        let Some(result) = self.call("ask_sampling", json!({"label": "soak"})).await? else { return Ok(()) };
        let answer = &result["structuredContent"]["answer"];
        match answer["result"]["content"]["text"] == "sampled" || answer["error"].is_object() {
            true => Ok(()),
            // The fixture gives up after a while, when the line was cut while it asked.
            false if result["isError"] == true => Ok(()),
            false => Err(Broke::Wrong(format!("a sample: {result}"))),
        }
    }

    async fn large(&mut self, dice: &mut Dice) -> Done {
        let bytes = dice.of(10_000..500_000);
        match self.call("huge", json!({ "bytes": bytes })).await? {
            Some(result) if result["content"][0]["text"].as_str().map(str::len) != usize::try_from(bytes).ok() => {
                Err(Broke::Wrong(format!("a result of {bytes} bytes came otherwise")))
            }
            _ => Ok(()),
        }
    }

    async fn logs(&mut self) -> Done {
        self.plain("logging/setLevel", &json!({"level": "debug"})).await?;
        self.call("log", json!({"level": "error"})).await.map(drop)
    }

    async fn unknown(&mut self) -> Done {
        let params = json!({"name": self.name("no_such_tool"), "arguments": {}});
        let answer = self.wire.ask("tools/call", &params).await?;
        match answer["error"]["code"].as_i64() {
            Some(-32602 | -32603) => Ok(()),
            _ => Err(Broke::Wrong(format!("a tool that is none: {answer}"))),
        }
    }
}
