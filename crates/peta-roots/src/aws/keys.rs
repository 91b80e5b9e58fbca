//! An access key.

use crate::secret::Secret;

/// Its identifier is no secret. With a session's token it ends by itself.
pub(crate) struct Keys {
    pub(crate) id: String,
    pub(crate) secret: Secret,
    pub(crate) session: Option<Secret>,
}
