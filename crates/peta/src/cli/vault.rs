//! `peta vault …`: how the vault does; locked, unlocked, tried, its keys made anew. Passphrases and canaries come on
//! standard input.

use std::io::{self, IsTerminal as _};

use clap::{Args, Subcommand, builder::PossibleValuesParser, builder::TypedValueParser as _};
use peta_api::{
    Secret, VaultStatus,
    endpoint::{DrillVault, LockVault, RotateVault, ShowVault, UnlockVault},
    vault::{RootKind, RotationKind, VaultDrill, VaultRotate, VaultUnlock},
};
use peta_model::Code;

use super::secret;
use crate::{
    client::Client,
    fault::Fault,
    output::{Output, print_json},
    show, terminal,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Vault {
    /// Tell whether the vault is locked, and how its keys do.
    Status {
        #[command(flatten)]
        output: Output,
    },
    /// Unlock the vault; a passphrase, if it needs one, comes on standard input.
    #[command(after_help = "\
Examples:
  peta vault unlock                        a terminal is asked, without echo
  peta vault unlock < passphrase.txt       one line feed at the end is left out")]
    Unlock,
    /// Lock the vault: its keys are wiped, and what was lent ends at once.
    #[command(after_help = "Calls that need a credential are refused (P4001) until `peta vault unlock`.")]
    Lock,
    /// Lend a canary for 10 s, as secrets are lent, so that its bytes can be looked for in memory.
    #[command(after_help = "\
Example:
  head -c 24 /dev/urandom | base64 > canary.txt
  peta vault drill < canary.txt            answers once the canary is wiped again")]
    Drill,
    /// Make the root, the key of credentials, or all envelopes anew.
    #[command(after_help = "\
Examples:
  peta vault rotate --root key-file        a new root; the keys are wrapped under it
  peta vault rotate --root passphrase      the new passphrase comes on standard input
  peta vault rotate --kek                  a new key; credentials are wrapped under it (a root that is a
                                           passphrase is needed for that, on standard input)
  peta vault rotate --reseal               every credential is sealed anew

`peta vault status` tells how far it is.")]
    Rotate(Rotate),
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["root", "kek", "reseal"]))]
pub(crate) struct Rotate {
    /// Make a new root, kept by this provider.
    #[arg(long, value_name = "KIND", value_parser = root_kind())]
    root: Option<RootKind>,
    /// Make a new key for credentials, and wrap them under it.
    #[arg(long)]
    kek: bool,
    /// Seal all credentials anew.
    #[arg(long)]
    reseal: bool,
}

impl Vault {
    pub(crate) async fn run(self, client: &Client) -> Result<(), Fault> {
        match self {
            Self::Status { output } => {
                let status = client.call::<ShowVault>(&[], &(), &()).await?;
                if output.json { print_json(&status) } else { page(&status) }
            }
            Self::Unlock => {
                let status = client.call::<ShowVault>(&[], &(), &()).await?;
                if !status.locked {
                    terminal::answer("the vault is unlocked already");
                    return Ok(());
                }
                let passphrase =
                    if status.root.passphrase { Some(secret::from_stdin("passphrase").await?) } else { None };
                client.call::<UnlockVault>(&[], &(), &VaultUnlock { passphrase }).await?;
                terminal::answer("the vault is unlocked");
                Ok(())
            }
            Self::Lock => {
                client.call::<LockVault>(&[], &(), &()).await?;
                terminal::answer(
                    "the vault is locked; calls that need a credential are refused until `peta vault unlock`",
                );
                Ok(())
            }
            Self::Drill => {
                let canary = secret::from_stdin("canary").await?;
                let drilled = client.call::<DrillVault>(&[], &(), &VaultDrill { canary }).await?;
                let held = show::length(drilled.held_ms.saturating_mul(1_000));
                terminal::note(&format!("the canary is lent for {held} …"));
                tokio::time::sleep(std::time::Duration::from_millis(drilled.held_ms)).await;
                terminal::answer(&format!("the canary was lent for {held}; its memory is wiped"));
                Ok(())
            }
            Self::Rotate(rotate) => rotate.run(client).await,
        }
    }
}

impl Rotate {
    async fn run(self, client: &Client) -> Result<(), Fault> {
        let what = match (self.root, self.kek) {
            (Some(_), _) => RotationKind::Root,
            (None, true) => RotationKind::Kek,
            (None, false) => RotationKind::Reseal,
        };
        let wants = self.root == Some(RootKind::Passphrase);
        let passphrase = match what {
            RotationKind::Root if wants => Some(new_passphrase().await?),
            // The new key is wrapped with the root; one that is a passphrase is at hand nowhere.
            RotationKind::Kek if client.call::<ShowVault>(&[], &(), &()).await?.root.passphrase => {
                Some(secret::from_stdin("passphrase").await?)
            }
            RotationKind::Root | RotationKind::Kek | RotationKind::Reseal => None,
        };
        let status = client.call::<RotateVault>(&[], &(), &VaultRotate { what, root: self.root, passphrase }).await?;
        let done = match &status.rotation {
            Some(now) => format!("{} of {}; `peta vault status` tells how far it is", now.done, now.total),
            None => "done".to_owned(),
        };
        terminal::answer(&format!("the vault is being rotated ({}): {done}", what.word()));
        Ok(())
    }
}

/// On a terminal it is asked for twice: nobody sees what was typed.
async fn new_passphrase() -> Result<Secret, Fault> {
    let first = secret::from_stdin("new passphrase").await?;
    if io::stdin().is_terminal() && secret::from_stdin("once more").await?.reveal() != first.reveal() {
        return Err(Fault::new(Code::USAGE, "the two passphrases differ", "nothing was changed; try again"));
    }
    Ok(first)
}

fn page(status: &VaultStatus) -> Result<(), Fault> {
    let root = &status.root;
    let mut pairs = vec![("state", if status.locked { "locked" } else { "unlocked" }.to_owned())];
    if let Some(trouble) = &root.trouble {
        pairs.push(("trouble", trouble.clone()));
    }
    if status.locked {
        pairs.push(("to do", "`peta vault unlock`; until then calls that need a credential are refused".to_owned()));
    }
    let made = show::time_or(root.made, "never");
    pairs.push(("root", format!("{}, since {made}", root.kind.as_deref().unwrap_or("none yet"))));
    if root.wrong > 0 {
        let wait = root.wait_until.map_or_else(String::new, |at| format!("; none is tried before {}", show::time(at)));
        pairs.push(("wrong passphrases", format!("{}{wait}", root.wrong)));
    }
    if let Some(now) = &status.rotation {
        let (what, began) = (now.what.word(), show::time(now.began));
        pairs.push(("rotation", format!("{what}: {} of {}, since {began}", now.done, now.total)));
    }
    let memory = &status.memory;
    let pinned = if memory.locked { "kept out of swap" } else { "may be swapped: raise `ulimit -l`" };
    pairs.extend([
        ("credentials", status.credentials.to_string()),
        ("lent now", status.leases_open.to_string()),
        ("memory", format!("{} of {} bytes free, {pinned}", memory.free, memory.size)),
    ]);
    let mut text = show::fields(&pairs, terminal::width());
    if !status.keys.is_empty() {
        let row = |key: &peta_api::vault::VaultKey| {
            vec![key.id.clone(), key.purpose.clone(), key.state.clone(), show::time(key.made), key.seals.to_string()]
        };
        let rows: Vec<Vec<String>> = status.keys.iter().map(row).collect();
        text.push_str("\n\n");
        text.push_str(&show::table(&["KEY", "FOR", "STATE", "MADE", "SEALS"], &rows, terminal::width()));
    }
    terminal::answer(&text);
    Ok(())
}

fn root_kind() -> impl clap::builder::TypedValueParser<Value = RootKind> {
    PossibleValuesParser::new(RootKind::ALL.map(RootKind::word))
        .try_map(|word: String| RootKind::ALL.into_iter().find(|kind| kind.word() == word).ok_or("unknown word"))
}
