//! The official conformance suite through the gateway, on the transparent endpoint and on the aggregate. Beyond the scored
//! set: two scenarios in each run of the server leg, one of the client leg, and `server-sse-polling` (`resume.rs`).

use http::Method;
use peta_testkit::{Agent, Core, Served, Setup, client_scenario, json, peers, peta_program, server_suite, suite_node};

const OTHERS: [&str; 2] = ["server-session-lifecycle", "json-schema-2020-12"];

/// A Core that takes requests without a token, as the suite sends them.
async fn open_core(more: &str) -> Core {
    let config = format!("[gateway]\nanonymous = {{ agent = \"suite\" }}\n{more}");
    Setup::new().config(&config).start().await
}

#[tokio::test]
async fn thirty_of_thirty_on_one_server() {
    let fixture = Served::http(&[]).await;
    let core = open_core("").await;
    core.url_server("fix", &fixture.url("/mcp"), &[]).await;
    core.token("suite", &["fix"]).await;
    server_suite(&core.url("/mcp/fix"), &core.file(".")).await.all_pass(&OTHERS);
}

#[tokio::test]
async fn thirty_of_thirty_on_one_stdio_server() {
    let core = open_core("").await;
    core.stdio_server("fix", &[], &[]).await;
    core.token("suite", &["fix"]).await;
    server_suite(&core.url("/mcp/fix"), &core.file(".")).await.all_pass(&OTHERS);
}

#[tokio::test]
async fn thirty_of_thirty_on_the_aggregate() {
    let fixture = Served::http(&[]).await;
    let core = open_core("prefix = \"never\"").await;
    core.url_server("fix", &fixture.url("/mcp"), &[]).await;
    core.stdio_server("other", &[], &["--small"]).await;
    core.token("suite", &["fix", "other"]).await;
    server_suite(&core.url("/mcp"), &core.file(".")).await.all_pass(&OTHERS);
}

/// The client leg: Peta is the client of the suite's server, driven by an agent that calls through it.
async fn as_client(scenario: &str) {
    driven(scenario, "ts/through.mjs").await;
}

async fn driven(scenario: &str, driver: &str) {
    driven_at(&Core::start().await, scenario, driver).await;
}

async fn driven_at(core: &Core, scenario: &str, driver: &str) {
    let client = format!("{} {}", suite_node().display(), peers().join(driver).display());
    let environment = [
        ("PETA", peta_program().display().to_string()),
        ("PETA_DATA", core.data.display().to_string()),
        ("PETA_URL", core.url("")),
    ];
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let ran = client_scenario(scenario, &client, &environment, &core.file(".")).await;
    assert_eq!(ran.code, 0, "{scenario}: {}\n{}\nCore said:\n{}", ran.stdout, ran.stderr, core.said());
    // "0 passed, 0 failed" also ends with 0.
    assert!(!ran.stderr.contains("Passed: 0/"), "{scenario}: {}\n{}", ran.stdout, ran.stderr);
}

#[tokio::test]
async fn as_client_initialize() {
    as_client("initialize").await;
}

#[tokio::test]
async fn as_client_tools_call() {
    as_client("tools_call").await;
}

#[tokio::test]
async fn as_client_elicitation_defaults() {
    as_client("elicitation-sep1034-client-defaults").await;
}

/// Beyond the scored set.
#[tokio::test]
async fn as_client_json_schema_2020_12_preservation() {
    as_client("json-schema-2020-12-preservation").await;
}

#[tokio::test]
async fn as_client_sse_retry() {
    as_client("sse-retry").await;
}

macro_rules! authorization {
    ($($name:ident: $scenario:literal;)*) => {
        $(#[tokio::test]
        async fn $name() {
            driven(concat!("auth/", $scenario), "ts/through-auth.mjs").await;
        })*
    };
}

/// The suite wants to see one URL of a client's document, and does not read what stands there.
#[tokio::test]
async fn as_client_auth_basic_cimd() {
    let document = "https://conformance-test.local/client-metadata.json";
    let config = format!("[gateway]\nclient_document = \"{document}\"");
    let core = Setup::new().config(&config).start().await;
    driven_at(&core, "auth/basic-cimd", "ts/through-auth.mjs").await;
    // What is to be published there names itself, and where people come back to.
    let answer = Agent::new(&core.address, "/", None).request(Method::GET).path("/oauth/client.json").send().await;
    let told = answer.json();
    assert_eq!(told["client_id"], document, "{told}");
    assert_eq!(told["redirect_uris"], json!([core.url("/oauth/callback")]), "{told}");
}

// Peta as the OAuth client, with people, links and the vault between the suite's two servers.
authorization! {
    as_client_auth_metadata_default: "metadata-default";
    as_client_auth_metadata_var1: "metadata-var1";
    as_client_auth_metadata_var2: "metadata-var2";
    as_client_auth_metadata_var3: "metadata-var3";
    as_client_auth_scope_from_www_authenticate: "scope-from-www-authenticate";
    as_client_auth_scope_from_scopes_supported: "scope-from-scopes-supported";
    as_client_auth_scope_omitted_when_undefined: "scope-omitted-when-undefined";
    as_client_auth_scope_step_up: "scope-step-up";
    as_client_auth_scope_retry_limit: "scope-retry-limit";
    as_client_auth_token_endpoint_auth_basic: "token-endpoint-auth-basic";
    as_client_auth_token_endpoint_auth_post: "token-endpoint-auth-post";
    as_client_auth_token_endpoint_auth_none: "token-endpoint-auth-none";
    as_client_auth_pre_registration: "pre-registration";
}
