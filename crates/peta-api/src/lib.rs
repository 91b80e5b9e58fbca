//! The contract with people: types of the admin API.
