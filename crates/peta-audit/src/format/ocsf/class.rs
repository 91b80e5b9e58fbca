//! The class and the activity of a kind.

use crate::format::level::is_finding;

/// The classes that events are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// What agents do.
    Api,
    /// A person signs in or out.
    Authentication,
    /// Administrators' tokens, and a person's consent.
    Session,
    /// Agents, which are accounts of programs.
    Account,
    /// All else that administrators keep: servers, grants, credentials, the vault.
    Entity,
    /// Core itself.
    Lifecycle,
    /// What Core found out.
    Finding,
}

/// Number and name.
pub(crate) type Activity = (u8, &'static str);

const OTHER: Activity = (99, "Other");
const CREATE: Activity = (1, "Create");
const READ: Activity = (2, "Read");
const UPDATE: Activity = (3, "Update");
const DELETE: Activity = (4, "Delete");

impl Class {
    pub(crate) const fn uid(self) -> (u16, &'static str) {
        match self {
            Self::Api => (6003, "API Activity"),
            Self::Authentication => (3002, "Authentication"),
            Self::Session => (3003, "Authorize Session"),
            Self::Account => (3001, "Account Change"),
            Self::Entity => (3004, "Entity Management"),
            Self::Lifecycle => (6002, "Application Lifecycle"),
            Self::Finding => (2004, "Detection Finding"),
        }
    }

    pub(crate) const fn category(self) -> (u8, &'static str) {
        match self {
            Self::Api | Self::Lifecycle => (6, "Application Activity"),
            Self::Authentication | Self::Session | Self::Account | Self::Entity => (3, "Identity & Access Management"),
            Self::Finding => (2, "Findings"),
        }
    }
}

/// What a kind is. `operation` is the kind of effect that a call has, where it is known. A kind that a newer Peta wrote
/// falls to its noun's class, and to what its verb says.
pub(crate) fn of(kind: &str, operation: Option<&str>) -> (Class, Activity) {
    if is_finding(kind) {
        return (Class::Finding, CREATE);
    }
    let Some((noun, verb)) = kind.split_once('.') else { return (Class::Api, call(kind, operation)) };
    match (noun, verb) {
        (_, "list" | "show" | "logs" | "status" | "tokens" | "connection") => (Class::Entity, READ),
        ("core", _) => (Class::Lifecycle, lifecycle(verb)),
        ("sign_in", "begin") => (Class::Authentication, (1, "Logon")),
        ("sign_in", "end") => (Class::Authentication, (2, "Logoff")),
        ("sign_in", _) => (Class::Authentication, OTHER),
        ("admin", "token") | ("credential", "connected") => (Class::Session, (1, "Assign Privileges")),
        ("admin", _) => (Class::Session, OTHER),
        ("agent", _) => (Class::Account, account(verb)),
        _ => (Class::Entity, entity(verb)),
    }
}

fn call(kind: &str, operation: Option<&str>) -> Activity {
    match (kind, operation) {
        ("initialize", _) => CREATE,
        ("resource_read" | "prompt_get" | "completion" | "list", _) | ("tool_call", Some("read")) => READ,
        ("tool_call", Some("write")) => UPDATE,
        ("tool_call", Some("destructive")) => DELETE,
        _ => OTHER,
    }
}

fn lifecycle(verb: &str) -> Activity {
    match verb {
        "start" => (3, "Start"),
        "stop" => (4, "Stop"),
        _ => OTHER,
    }
}

fn account(verb: &str) -> Activity {
    match verb {
        "add" => CREATE,
        "rotate" => (4, "Password Reset"),
        "suspend" => (9, "Lock"),
        "pardon" => (12, "Unlock"),
        "revoke" | "remove" => (6, "Delete"),
        _ => OTHER,
    }
}

fn entity(verb: &str) -> Activity {
    match verb {
        "add" | "add_oauth" | "new" | "import" => CREATE,
        "set" | "rotate" | "refresh" | "confirm" | "key" => UPDATE,
        "remove" | "revoke" | "erase" => DELETE,
        "enable" => (8, "Enable"),
        "disable" => (9, "Disable"),
        "unlock" => (10, "Activate"),
        "lock" => (11, "Deactivate"),
        _ => OTHER,
    }
}
