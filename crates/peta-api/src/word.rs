//! How the model's own words look in OpenAPI. These types are never built: they lend a name and a schema to
//! texts whose Rust types live in `peta-model`, which knows nothing of OpenAPI. Words come from the model itself,
//! so that a new one cannot be forgotten here.

use std::borrow::Cow;

use peta_model::{
    ClientAuth as A, Decision as D, DeliveryClass as C, HttpMode as H, Isolation as I, LogName as L, Operation as P,
    Outcome as O, Payloads as Y, Role as R, ServerState as S, Whose as W,
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{ObjectBuilder, Schema, Type},
    },
};

macro_rules! words {
    ($($(#[doc = $doc:literal])+ $name:ident as $public:literal [$($word:expr),+ $(,)?])*) => {$(
        $(#[doc = $doc])+
        #[derive(Debug)]
        pub(crate) enum $name {}
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let text = ObjectBuilder::new().schema_type(Type::String);
                text.description(Some(concat!($($doc),+).trim())).enum_values(Some([$($word),+])).into()
            }
        }
        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($public)
            }
        }
    )*};
}

words! {
    /// How a server is reached.
    TransportWord as "Transport" ["stdio", H::Auto.word(), H::Http.word(), H::Sse.word()]
    /// Which of MCP's HTTP transports a URL speaks; `auto` tries Streamable HTTP, then HTTP+SSE.
    HttpModeWord as "HttpMode" [H::Auto.word(), H::Http.word(), H::Sse.word()]
    /// Who shares an instance of a server.
    IsolationWord as "Isolation" [I::PerSession.word(), I::PerUser.word(), I::Shared.word()]
    /// Whose credential a server's calls carry.
    WhoseWord as "Whose" [W::User.name(), W::Group.name(), W::Shared.name(), W::UserThenShared.name()]
    /// How long what is delivered is out of Peta's hands: `request` is lent to one request, the others are handed over.
    DeliveryClassWord as "DeliveryClass" [C::Request.word(), C::Fd.word(), C::File.word(), C::Env.word(), C::Proxied.word()]
    /// How a client shows its secret: as HTTP Basic (`client_secret_basic`), or in the request's body (`client_secret_post`).
    ClientAuthWord as "ClientAuth" [A::Basic.word(), A::Post.word()]
    /// How a server does.
    StateWord as "ServerState" [
        S::Ready.word(), S::Idle.word(), S::Starting.word(), S::Degraded.word(), S::Unlearnt.word(), S::Disabled.word(),
    ]
    /// What of arguments and results of calls is kept: nothing; structure, names, numbers and truth values, with the length of
    /// each text; or all.
    PayloadsWord as "Payloads" [Y::None.word(), Y::Redacted.word(), Y::Full.word()]
    /// What an administrator's token may do.
    RoleWord as "Role" [R::Owner.word(), R::Auditor.word(), R::Payloads.word()]
    /// Which log: `default` is the record, `system` what Core did and met as a whole.
    LogWord as "Log" [L::Default.word(), L::System.word()]
    /// What the judge said.
    DecisionWord as "Decision" [D::Allow.word(), D::Deny.word()]
    /// The kind of effect that a tool says it has; `unknown` if it does not say.
    OperationWord as "Operation" [P::Read.word(), P::Write.word(), P::Destructive.word(), P::Unknown.word()]
    /// How it ended.
    OutcomeWord as "Outcome" [
        O::Ok.word(), O::Error.word(), O::Refused.word(), O::Failed.word(), O::Timeout.word(), O::Cancelled.word(),
        O::Unknown.word(),
    ]
}

macro_rules! texts {
    ($($(#[doc = $doc:literal])+ $name:ident as $public:literal like $example:literal $(format $format:literal)?;)*) => {$(
        $(#[doc = $doc])+
        #[derive(Debug)]
        pub(crate) enum $name {}
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let text = ObjectBuilder::new().schema_type(Type::String).description(Some(concat!($($doc),+).trim()));
                $(let text = text.format(Some(utoipa::openapi::SchemaFormat::Custom($format.to_owned())));)?
                text.examples([$example]).into()
            }
        }
        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($public)
            }
        }
    )*};
}

texts! {
    /// A point in time: RFC 3339, UTC, microseconds.
    MomentText as "Moment" like "2026-11-25T09:30:00.000000Z" format "date-time";
    /// A length of time: a whole number and `ms`, `s`, `m`, `h` or `d`.
    SpanText as "Span" like "15m";
    /// What an agent may use: `SERVER`, `SERVER/TOOL` or `SERVER/KIND:NAME`; `*` at the end makes a prefix.
    GrantText as "Grant" like "files/tool:read_*";
    /// What of a server: `KIND:NAME`, or `TOOL`; `*` at the end makes a prefix.
    CapabilityText as "Capability" like "tool:read_*";
    /// A stable code with a page under `docs/errors/`.
    CodeText as "Code" like "P5001";
}
