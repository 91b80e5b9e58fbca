//! The environment, read once, here; everything else is told.

use std::path::PathBuf;

/// What the environment says.
#[derive(Clone, Default)]
pub(crate) struct Environment {
    /// `PETA_DATA`: the data directory.
    pub(crate) data: Option<PathBuf>,
    /// `PETA_URL`: Core's address for people's and agents' commands.
    pub(crate) url: Option<String>,
    /// `PETA_TOKEN`: an administrator's token.
    pub(crate) token: Option<String>,
    /// `PETA_AGENT_TOKEN`: a service token, for `peta stdio`.
    pub(crate) agent_token: Option<String>,
    pub(crate) data_home: Option<PathBuf>,
    pub(crate) runtime_dir: Option<PathBuf>,
    pub(crate) home: Option<PathBuf>,
    /// All `PETA__…`, in order of name.
    pub(crate) settings: Vec<(String, String)>,
}

impl Environment {
    /// A variable by its name: where a setting says that a secret is in one.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub(crate) fn read() -> Self {
        let text = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let path = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let mut settings: Vec<(String, String)> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
            .filter(|(name, _)| name.starts_with("PETA__"))
            .collect();
        settings.sort();
        Self {
            data: path("PETA_DATA"),
            url: text("PETA_URL"),
            token: text("PETA_TOKEN"),
            agent_token: text("PETA_AGENT_TOKEN"),
            data_home: path("XDG_DATA_HOME"),
            runtime_dir: path("XDG_RUNTIME_DIR"),
            home: path("HOME"),
            settings,
        }
    }
}

/// One variable that a command names; none if it is empty or no text.
#[expect(clippy::disallowed_methods, reason = "beside `read`, for what is named only on the command line")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
