//! The methods of MCP up to 2025-11-25, and any other by its name.

/// A method's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Method {
    Known(&'static str),
    Other(Box<str>),
}

macro_rules! methods {
    ($($name:ident = $text:literal;)*) => {
        #[allow(missing_docs, reason = "the constants are the names of the protocol")]
        impl Method {
            $(pub const $name: &'static str = $text;)*

            pub fn of(text: &str) -> Self {
                match text {
                    $($text => Self::Known($text),)*
                    _ => Self::Other(text.into()),
                }
            }
        }
    };
}

methods! {
    INITIALIZE = "initialize";
    INITIALIZED = "notifications/initialized";
    PING = "ping";
    CANCELLED = "notifications/cancelled";
    PROGRESS = "notifications/progress";
    TOOLS_LIST = "tools/list";
    TOOLS_CALL = "tools/call";
    TOOLS_CHANGED = "notifications/tools/list_changed";
    RESOURCES_LIST = "resources/list";
    TEMPLATES_LIST = "resources/templates/list";
    RESOURCES_READ = "resources/read";
    SUBSCRIBE = "resources/subscribe";
    UNSUBSCRIBE = "resources/unsubscribe";
    RESOURCE_UPDATED = "notifications/resources/updated";
    RESOURCES_CHANGED = "notifications/resources/list_changed";
    PROMPTS_LIST = "prompts/list";
    PROMPTS_GET = "prompts/get";
    PROMPTS_CHANGED = "notifications/prompts/list_changed";
    COMPLETE = "completion/complete";
    SET_LEVEL = "logging/setLevel";
    LOG_MESSAGE = "notifications/message";
    ROOTS_LIST = "roots/list";
    ROOTS_CHANGED = "notifications/roots/list_changed";
    SAMPLING = "sampling/createMessage";
    ELICITATION = "elicitation/create";
    ELICITATION_COMPLETE = "notifications/elicitation/complete";
    TASKS_GET = "tasks/get";
    TASKS_RESULT = "tasks/result";
    TASKS_LIST = "tasks/list";
    TASKS_CANCEL = "tasks/cancel";
    TASK_STATUS = "notifications/tasks/status";
    DISCOVER = "server/discover";
}

impl Method {
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(text) => text,
            Self::Other(text) => text,
        }
    }
}
