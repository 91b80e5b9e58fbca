//! What the two ends declare in the handshake (MCP calls them capabilities), as far as routing needs to know.

use crate::value::Value;

/// What a server declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one key of the protocol's capabilities object")]
pub struct ServerFeatures {
    pub tools: bool,
    pub tools_list_changed: bool,
    pub resources: bool,
    pub resources_subscribe: bool,
    pub resources_list_changed: bool,
    pub prompts: bool,
    pub prompts_list_changed: bool,
    pub completions: bool,
    pub logging: bool,
    pub tasks: bool,
    pub tasks_list: bool,
    pub tasks_cancel: bool,
    /// Whether tools can be called as tasks.
    pub tasks_call: bool,
}

/// What a client declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one key of the protocol's capabilities object")]
pub struct ClientFeatures {
    pub roots: bool,
    pub roots_list_changed: bool,
    pub sampling: bool,
    pub sampling_tools: bool,
    pub sampling_context: bool,
    pub elicitation_form: bool,
    pub elicitation_url: bool,
    /// Whether it hosts tasks at all; which requests it takes as tasks is between it and the server.
    pub tasks: bool,
    pub tasks_list: bool,
    pub tasks_cancel: bool,
}

fn has(value: Value<'_>, path: &[&str]) -> bool {
    value.at(path).is_some_and(Value::is_object)
}

fn is_true(value: Value<'_>, path: &[&str]) -> bool {
    value.at(path).and_then(Value::as_bool) == Some(true)
}

impl ServerFeatures {
    /// Reads a `capabilities` object.
    pub fn parse(capabilities: Value<'_>) -> Self {
        Self {
            tools: has(capabilities, &["tools"]),
            tools_list_changed: is_true(capabilities, &["tools", "listChanged"]),
            resources: has(capabilities, &["resources"]),
            resources_subscribe: is_true(capabilities, &["resources", "subscribe"]),
            resources_list_changed: is_true(capabilities, &["resources", "listChanged"]),
            prompts: has(capabilities, &["prompts"]),
            prompts_list_changed: is_true(capabilities, &["prompts", "listChanged"]),
            completions: has(capabilities, &["completions"]),
            logging: has(capabilities, &["logging"]),
            tasks: has(capabilities, &["tasks"]),
            tasks_list: has(capabilities, &["tasks", "list"]),
            tasks_cancel: has(capabilities, &["tasks", "cancel"]),
            tasks_call: has(capabilities, &["tasks", "requests", "tools", "call"]),
        }
    }

    pub fn any_list_changed(self) -> bool {
        self.tools_list_changed || self.resources_list_changed || self.prompts_list_changed
    }
}

impl ClientFeatures {
    /// Reads a `capabilities` object. `elicitation: {}` means form alone (2025-06-18 knew no other).
    pub fn parse(capabilities: Value<'_>) -> Self {
        let url = has(capabilities, &["elicitation", "url"]);
        let form = has(capabilities, &["elicitation", "form"]);
        Self {
            roots: has(capabilities, &["roots"]),
            roots_list_changed: is_true(capabilities, &["roots", "listChanged"]),
            sampling: has(capabilities, &["sampling"]),
            sampling_tools: has(capabilities, &["sampling", "tools"]),
            sampling_context: has(capabilities, &["sampling", "context"]),
            elicitation_form: form || (has(capabilities, &["elicitation"]) && !url),
            elicitation_url: url,
            tasks: has(capabilities, &["tasks"]),
            tasks_list: has(capabilities, &["tasks", "list"]),
            tasks_cancel: has(capabilities, &["tasks", "cancel"]),
        }
    }

    /// Whether a server could ask anything back of this client.
    pub fn any(self) -> bool {
        self.roots || self.sampling || self.elicitation_form || self.elicitation_url
    }
}
