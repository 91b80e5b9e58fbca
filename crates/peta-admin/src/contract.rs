//! The OpenAPI document. Each operation's part is written from its endpoint's own types when it is registered
//! (`register.rs`), so what is documented is what is served; here are the form of a part and the frame around all.

use peta_api::{
    Endpoint, Problem,
    route::{Body, Method, Operation, Query},
};
use utoipa::{
    PartialSchema as _, ToSchema,
    openapi::{
        Components, Content, HttpMethod, Info, License, OpenApi, OpenApiBuilder, Ref, RefOr, Required, Response,
        ResponseBuilder, Schema, SecurityRequirement,
        path::{self, OperationBuilder, ParameterBuilder, ParameterIn, Paths},
        request_body::RequestBodyBuilder,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

/// Schemas by name.
pub(crate) type Schemas = Vec<(String, RefOr<Schema>)>;

const JSON: &str = "application/json";
const SECURITY: &str = "administrator";

/// The document without its operations.
pub(crate) fn frame() -> OpenApi {
    let mut info = Info::new("Peta admin API", "1");
    info.description = Some(
        "Everything that can be done with a Peta Core, for Console, Desk, the command line and scripts alike. It is \
         served on the Unix socket in the data directory to its owner, and on the listener to whoever shows an \
         administrator's token. Every refusal is one Problem."
            .to_owned(),
    );
    let mut license = License::new("Apache-2.0");
    license.identifier = Some("Apache-2.0".to_owned());
    info.license = Some(license);
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("peta_ac_…")
        .description(Some("An administrator's token, as `peta admin token` makes them."));
    let mut components = Components::new();
    components.add_security_scheme(SECURITY, SecurityScheme::Http(bearer.build()));
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    let mut nested = Schemas::new();
    Problem::schemas(&mut nested);
    components.schemas.extend(nested);
    OpenApiBuilder::new().info(info).components(Some(components)).build()
}

/// The part of `E`: its path, and the schemas it needs.
pub(crate) fn part<E: Endpoint>() -> (Schemas, Paths) {
    let operation = E::OPERATION;
    let mut schemas = Schemas::new();
    let mut about = OperationBuilder::new()
        .operation_id(Some(operation.id))
        .tag(tag(&operation))
        .summary(Some(first_sentence(operation.summary)))
        .description(Some(format!("{} Needs the action `{}`.", operation.summary.trim(), operation.action.word())))
        .security(SecurityRequirement::new(SECURITY, Vec::<String>::new()));
    for name in operation.names() {
        about = about.parameter(named(name));
    }
    for parameter in E::Query::params() {
        about = about.parameter(parameter);
    }
    if !E::Body::NONE {
        let body = RequestBodyBuilder::new().content(JSON, content::<E::Body>(&mut schemas));
        about = about.request_body(Some(body.required(Some(Required::True)).build()));
    }
    let problem = Content::new(Some(Ref::from_schema_name(Problem::name())));
    let refused = ResponseBuilder::new().description("Refused or failed.").content("application/problem+json", problem);
    about = about.response(operation.status.to_string(), done::<E>(&mut schemas)).response("default", refused.build());
    let mut paths = Paths::new();
    paths.add_path_operation(operation.path, vec![method(operation.method)], about.build());
    (schemas, paths)
}

fn done<E: Endpoint>(schemas: &mut Schemas) -> Response {
    let response = ResponseBuilder::new().description("Done.");
    if E::Answer::NONE {
        response.build()
    } else {
        response.content(E::Answer::MEDIA, content::<E::Answer>(schemas)).build()
    }
}

/// A body of type `B`, by reference to its schema.
fn content<B: ToSchema>(schemas: &mut Schemas) -> Content {
    schemas.push((B::name().into_owned(), B::schema()));
    B::schemas(schemas);
    Content::new(Some(Ref::from_schema_name(B::name())))
}

fn named(name: &str) -> path::Parameter {
    let text = utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::Type::String);
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("Its name."))
        .schema(Some(text))
        .build()
}

/// The resource: the segment after `/api/v1/`.
fn tag(operation: &Operation) -> &'static str {
    operation.path.trim_start_matches("/api/v1/").split(['/', '.']).next().unwrap_or_default()
}

fn first_sentence(text: &str) -> &str {
    let text = text.trim();
    text.split_once(". ").map_or(text, |(first, _)| first).trim_end_matches('.')
}

const fn method(method: Method) -> HttpMethod {
    match method {
        Method::Get => HttpMethod::Get,
        Method::Post => HttpMethod::Post,
        Method::Patch => HttpMethod::Patch,
        Method::Delete => HttpMethod::Delete,
    }
}
