//! Clients that are entered by hand: how their secret is shown to the provider.

use peta_testkit::{Provider, json};

use super::{connect, house, shown};

const SECRET: &str = "entered-secret-7d2e8f91c3";

fn last_proof(provider: &Provider) -> &'static str {
    provider.state().proofs.last().copied().unwrap()
}

/// As the provider says it takes them, as HTTP Basic if it says nothing; an administrator who says how decides.
#[tokio::test]
async fn oauth_an_entered_client_is_shown_as_the_provider_takes_it() {
    let (core, provider) = house().await;
    let (basic, post) = ("client_secret_basic", "client_secret_post");
    for (says, option, expected) in [
        (json!(null), None, "basic"),
        (json!([post]), None, "post"),
        (json!([basic, post]), None, "basic"),
        (json!(["none", post]), None, "post"),
        (json!([basic, post]), Some("post"), "post"),
        (json!(null), Some("post"), "post"),
        (json!([post]), Some("basic"), "basic"),
    ] {
        provider.state().says = json!({ "token_endpoint_auth_methods_supported": says });
        let add = ["credential", "add", "own", "--server", "idp", "--oauth", "--client-credentials", "--from-stdin"];
        let mut words = [&add[..], &["--client-id", "entered", "--issuer", &provider.origin]].concat();
        words.extend(option.iter().flat_map(|how| ["--client-auth", *how]));
        let added = core.run_fed(&words, SECRET).await;
        assert!(added.code == 0 && added.stdout.contains("ready"), "{says} {option:?}: {added:?}\n{}", core.said());
        assert_eq!(last_proof(&provider), expected, "{says} {option:?}");
        assert_eq!(shown(&core, "own").await["oauth"]["client_auth"], json!(option), "{says}");
        core.peta(&["credential", "remove", "own"]).await;
    }
}

/// The same where a person connects, and when the token is renewed.
#[tokio::test]
async fn oauth_an_entered_client_is_shown_alike_at_each_renewal() {
    let (core, provider) = house().await;
    let (methods, option) = (json!(["client_secret_basic", "client_secret_post"]), "post");
    provider.state().says = json!({ "token_endpoint_auth_methods_supported": methods });
    let add = ["credential", "add", "idp", "--server", "idp", "--oauth", "--client-id", "entered", "--from-stdin"];
    let words = [&add[..], &["--issuer", &provider.origin, "--client-auth", option]].concat();
    let added = core.run_fed(&words, SECRET).await;
    assert_eq!(added.code, 0, "{added:?}");
    connect(&core, "idp").await;
    let agent = core.open("bot", &["idp"], "/mcp/idp").await;
    provider.state().live.clear();
    agent.call("whoami", "{}").await;
    let state = provider.state();
    assert_eq!(state.grants, ["authorization_code", "refresh_token"]);
    assert_eq!(state.proofs, ["post", "post"]);
}

#[tokio::test]
async fn oauth_client_auth_goes_with_a_secret() {
    let (core, provider) = house().await;
    let add = ["credential", "add", "idp", "--server", "idp", "--oauth", "--client-auth", "post"];
    let nobodys = core.run(&add).await;
    assert!(nobodys.code == 2 && nobodys.stderr.contains("--client-id"), "{nobodys:?}");
    let words = [&add[..], &["--client-id", "entered", "--issuer", &provider.origin]].concat();
    let without = core.run(&words).await;
    assert!(without.code == 1 && without.stderr.contains("P7005"), "{without:?}");
    let unknown = core.run_fed(&[&words[..7], &["header"], &words[8..], &["--from-stdin"]].concat(), SECRET).await;
    assert!(unknown.code == 2 && unknown.stderr.contains("basic, post"), "{unknown:?}");
}
