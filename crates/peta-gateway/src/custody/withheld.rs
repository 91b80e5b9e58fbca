//! Why nothing is handed over, in the words that an agent may see.

use peta_model::Code;
use peta_runtime::Withheld;

pub(super) fn locked() -> Withheld {
    Withheld { code: Code::VAULT_LOCKED, text: "the vault is locked".to_owned() }
}
