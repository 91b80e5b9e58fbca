//! The people's wing: handlers of the admin API.
