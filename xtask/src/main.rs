//! Chores: tidy, codegen, conformance.

fn main() {}
