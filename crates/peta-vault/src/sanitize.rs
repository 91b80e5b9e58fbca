//! Takes secrets out of what servers say. The matcher holds no plaintext, since an answer may come long after the lease
//! of what was sent: when a secret is sealed, fingerprints of all forms in which it may come back are stored beside it,
//! and what a server says is searched for those.
//!
//! ```text
//! secret ─► forms ─► Fingerprints ─► LiveSet (of one server) ─► Cutter: bytes in any chunks in, bytes out
//! ```

mod blob;
mod cutter;
mod digester;
mod escape;
mod filter;
mod fingerprints;
mod forms;
mod glance;
mod json;
mod layer;
mod leaf;
mod live;
mod map;
mod oracle;
mod scanner;
mod skim;
mod table;

pub use cutter::{Cut, Cutter, MARKER, Uncut, cut_json};
pub use digester::Digester;
pub use fingerprints::{Damaged, Fingerprints};
pub use forms::{Class, Form, FormKind, Forms, LONGEST_SECRET, Secret, Unfit, Weak, forms};
pub use glance::holds_plainly_none;
pub use leaf::{Place, Rules, Style};
pub use live::{Gathering, LONGEST_FORM, LiveSet};
pub use oracle::{Answer, Oracle};
pub use scanner::{Found, Scanner};
pub use table::Handed;
