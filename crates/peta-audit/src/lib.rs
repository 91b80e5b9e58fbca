//! What an event of the record is. Pure.
