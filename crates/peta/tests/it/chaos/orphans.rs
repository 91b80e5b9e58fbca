//! T82: no process of a server is left behind, whoever is killed: Core, the launcher, or the server.

use peta_testkit::{
    Agent, Core, Setup,
    chaos::{Kin, kin, zombies},
    eventually, fixture_program,
};

/// A server as they come: behind a wrapper that does not pass signals on (as npx), with a child that ignores TERM, a
/// daemon that forked twice into a session of its own, another that threw its environment away, and children of both.
const TREE: &str = r#"
stubborn='trap "" TERM HUP INT; while :; do sleep 1; done'
sh -c "$stubborn" stubborn "$1" &
(setsid sh -c "$stubborn" daemon "$1" </dev/null >/dev/null 2>&1 &)
(env -i setsid sh -c "sh -c '$stubborn' below '$1' & $stubborn" nameless "$1" </dev/null >/dev/null 2>&1 &)
"$2" stdio --name "$1"
exit $?
"#;

/// What the tree consists of: a word of its command line for each.
const PARTS: [&str; 6] = ["launch", "peta-fixture stdio", "stubborn", "daemon", "nameless", "below"];

struct Tree {
    core: Core,
    agent: Agent,
    mark: String,
}

impl Tree {
    async fn grow() -> Self {
        Self::of(Setup::new()).await
    }

    async fn of(setup: Setup) -> Self {
        let mark = setup.file("").to_str().unwrap().trim_end_matches('/').to_owned();
        // Every child inherits this variable, so the launcher can be told from those of other tests.
        let core = setup.env("TMPDIR", &mark).config("[instances]\nbackoff = \"10ms\"").start().await;
        let program = fixture_program();
        let words = ["sh", "-c", TREE, "sh", &mark, program.to_str().unwrap()];
        core.peta(&[&["server", "add", "fix", "--no-discover", "--"], &words[..]].concat()).await;
        let agent = core.open("a", &["fix"], "/mcp/fix").await;
        let tree = Self { core, agent, mark };
        tree.stands().await;
        tree
    }

    /// Until the server answers and all of its tree is there.
    async fn stands(&self) {
        self.agent.call("test_simple_text", "{}").await;
        eventually("the tree has grown", || async { PARTS.iter().all(|part| self.part(part).is_some()).then_some(()) })
            .await;
    }

    fn part(&self, part: &str) -> Option<Kin> {
        kin(&self.mark, self.core.pid()).into_iter().find(|kin| kin.command.contains(part))
    }

    /// Until nobody of these is left.
    async fn gone(&self, them: &[Kin]) {
        eventually(&format!("no orphan is left of {them:#?}"), || async {
            let left = kin(&self.mark, 0);
            them.iter().all(|one| !left.contains(one)).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn no_orphans() {
    for killed in ["launch", "peta-fixture stdio", TREE_WRAPPER] {
        let tree = Tree::grow().await;
        let all = kin(&tree.mark, tree.core.pid());
        tree.part(killed).unwrap().kill();
        tree.gone(&all).await;
        // Core is well, owes nobody a wait, and the server comes back with a new tree.
        eventually("the server is back", || async {
            let answer = tree.agent.ask("tools/call", r#"{"name":"test_simple_text"}"#).await;
            answer["result"].is_object().then_some(())
        })
        .await;
        tree.stands().await;
        let core = tree.core.pid();
        eventually("Core has reaped them", || async { (zombies(core) == 0).then_some(()) }).await;
    }
}

/// The wrapper, by what only its own command line holds: the whole script.
const TREE_WRAPPER: &str = "exit $?";

#[tokio::test]
async fn no_orphans_of_a_killed_core() {
    let mut tree = Tree::grow().await;
    let all = kin(&tree.mark, tree.core.pid());
    tree.core.kill().await;
    tree.gone(&all).await;
}

/// Both stand still first, so that neither can do anything for the other. Then it depends on the machine, and Core has
/// said on what.
#[tokio::test]
async fn no_orphans_of_core_and_launcher_at_once() {
    let mut tree = Tree::grow().await;
    let all = kin(&tree.mark, tree.core.pid());
    let said = tree.core.peta(&["doctor"]).await;
    let holds = said.lines().find(|line| line.contains("of Core and a launcher at once: ")).expect("it says");
    let launcher = tree.part("launch").unwrap();
    launcher.stop();
    tree.core.kill().await;
    launcher.kill();
    if holds.contains("goes on") {
        let left = kin(&tree.mark, 0);
        assert!(left.iter().any(|kin| kin.command.contains("daemon")), "it said that they would stay: {left:?}");
        left.iter().for_each(Kin::kill);
    } else {
        tree.core = Setup::again(&tree.core).start().await;
    }
    tree.gone(&all).await;
}

/// Whoever started Core may have given it children before: they are none of its business.
#[tokio::test]
async fn children_of_others_are_left_alone() {
    // With the mark of no new privileges, as in a container that denies them: Core cannot tell them by it.
    let before = ["/usr/bin/env", "setpriv", "--no-new-privs", "sh", "-c", r#"sleep 60 & exec "$@""#, "sh"];
    let tree = Tree::of(Setup::new().under(before)).await;
    let all = kin(&tree.mark, tree.core.pid());
    let (strangers, ours): (Vec<Kin>, Vec<Kin>) = all.into_iter().partition(|kin| kin.command == "sleep 60");
    assert_eq!(strangers.len(), 1, "{strangers:?}");
    tree.part("launch").unwrap().kill();
    tree.gone(&ours).await;
    assert_eq!(kin(&tree.mark, 0).iter().filter(|kin| strangers.contains(kin)).count(), 1, "it lives");
    strangers[0].kill();
}
