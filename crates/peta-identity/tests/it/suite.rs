//! The judge: the authorization scenarios of the official conformance suite, at the version that is pinned among the peers.
//! It drives this test binary itself as the client.

mod client;

use std::{path::Path, process::Command};

use client::{Outcome, run};

/// What the suite starts, with the server's URL as the last argument.
#[tokio::test]
#[ignore = "the suite runs this"]
async fn as_the_suite_asks() -> Outcome<()> {
    run(std::env::args().next_back().unwrap()).await
}

fn passes(scenario: &str, revision: Option<&str>) {
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers");
    assert!(
        peers.join(".installed").is_file(),
        "the peers are not installed: run tests/peers/install.sh (make test does)"
    );
    let folder = tempfile::tempdir().unwrap();
    let client =
        format!("{} suite::as_the_suite_asks --ignored --nocapture", std::env::current_exe().unwrap().display());
    #[expect(clippy::disallowed_methods, reason = "a test starts the suite")]
    let mut suite = Command::new(peers.join("node_modules/node/bin/node"));
    suite
        .arg(peers.join("node_modules/@modelcontextprotocol/conformance/dist/index.js"))
        .args(["client", "--command", &client, "--scenario", &format!("auth/{scenario}"), "-o"])
        .arg(folder.path())
        .args(revision.iter().flat_map(|revision| ["--spec-version", revision]))
        .current_dir(folder.path());
    let ran = suite.output().unwrap();
    let said = format!("{}\n{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{scenario}: {said}");
    // "0 passed, 0 failed" also ends with 0.
    assert!(said.contains("Passed: ") && !said.contains("Passed: 0/"), "{scenario}: {said}");
}

macro_rules! scenarios {
    ($($name:ident: $scenario:literal $(, $revision:literal)?;)*) => {
        $(#[test]
        fn $name() {
            passes($scenario, [$($revision)?].first().copied());
        })*
    };
}

scenarios! {
    // All that 2025-11-25 asks of a client.
    metadata_default: "metadata-default", "2025-11-25";
    metadata_var1: "metadata-var1", "2025-11-25";
    metadata_var2: "metadata-var2", "2025-11-25";
    metadata_var3: "metadata-var3", "2025-11-25";
    basic_cimd: "basic-cimd", "2025-11-25";
    scope_from_www_authenticate: "scope-from-www-authenticate", "2025-11-25";
    scope_from_scopes_supported: "scope-from-scopes-supported", "2025-11-25";
    scope_omitted_when_undefined: "scope-omitted-when-undefined", "2025-11-25";
    scope_step_up: "scope-step-up", "2025-11-25";
    scope_retry_limit: "scope-retry-limit", "2025-11-25";
    token_endpoint_auth_basic: "token-endpoint-auth-basic", "2025-11-25";
    token_endpoint_auth_post: "token-endpoint-auth-post", "2025-11-25";
    token_endpoint_auth_none: "token-endpoint-auth-none", "2025-11-25";
    pre_registration: "pre-registration", "2025-11-25";
    // Servers of March 2025.
    march_metadata: "2025-03-26-oauth-metadata-backcompat";
    march_endpoints: "2025-03-26-oauth-endpoint-fallback";
    // The extension for clients on their own behalf.
    client_credentials_jwt: "client-credentials-jwt";
    client_credentials_basic: "client-credentials-basic";
    // What 2026-07-28 asks beyond.
    resource_mismatch: "resource-mismatch", "2026-07-28";
    offline_access_scope: "offline-access-scope", "2026-07-28";
    offline_access_not_supported: "offline-access-not-supported", "2026-07-28";
    authorization_server_migration: "authorization-server-migration", "2026-07-28";
    iss_supported: "iss-supported", "2026-07-28";
    iss_not_advertised: "iss-not-advertised", "2026-07-28";
    iss_supported_missing: "iss-supported-missing", "2026-07-28";
    iss_wrong_issuer: "iss-wrong-issuer", "2026-07-28";
    iss_unexpected: "iss-unexpected", "2026-07-28";
    iss_normalized: "iss-normalized", "2026-07-28";
    metadata_issuer_mismatch: "metadata-issuer-mismatch", "2026-07-28";
}
