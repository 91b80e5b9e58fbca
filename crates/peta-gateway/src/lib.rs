//! The agents' wing: the line of a call.
