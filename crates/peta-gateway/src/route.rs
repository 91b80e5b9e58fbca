//! Route: one exhaustive match says what a method is. What is not named here is unknown, and unknown is judged too.

use peta_mcp::Method;

use crate::catalog::listing::List;

/// What is to be done with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// Down the line: tools, resources, prompts, completion.
    Call,
    List(List),
    /// Subscribing to a resource, or ending that.
    Subscription,
    SetLevel,
    Ping,
    /// A second handshake.
    Initialize,
    Task,
    Unknown,
}

pub(crate) fn route(method: &Method) -> Route {
    match method.as_str() {
        Method::TOOLS_CALL | Method::RESOURCES_READ | Method::PROMPTS_GET | Method::COMPLETE => Route::Call,
        Method::TOOLS_LIST => Route::List(List::Tools),
        Method::PROMPTS_LIST => Route::List(List::Prompts),
        Method::RESOURCES_LIST => Route::List(List::Resources),
        Method::TEMPLATES_LIST => Route::List(List::Templates),
        Method::SUBSCRIBE | Method::UNSUBSCRIBE => Route::Subscription,
        Method::SET_LEVEL => Route::SetLevel,
        Method::PING => Route::Ping,
        Method::INITIALIZE => Route::Initialize,
        Method::TASKS_GET | Method::TASKS_RESULT | Method::TASKS_LIST | Method::TASKS_CANCEL => Route::Task,
        _ => Route::Unknown,
    }
}
