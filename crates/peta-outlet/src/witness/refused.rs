//! Why a witness has not cosigned.

use peta_model::Code;
use peta_store::Apart;

/// What is to be done about it. The texts are for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refused {
    /// It may later.
    Away(String),
    /// Somebody has to do something.
    Never(String),
    /// It has what this record has not.
    Apart(Apart, String),
}

impl Refused {
    pub(super) const fn code(&self) -> Code {
        match self {
            Self::Away(_) => Code::WITNESS_AWAY,
            Self::Never(_) => Code::WITNESS_REFUSES,
            Self::Apart(..) => Code::RECORD_FORKED,
        }
    }

    pub(super) fn why(&self) -> &str {
        match self {
            Self::Away(why) | Self::Never(why) | Self::Apart(_, why) => why,
        }
    }
}
