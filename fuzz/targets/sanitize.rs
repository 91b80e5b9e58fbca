#![no_main]

#[path = "../checks/sanitize.rs"]
mod sanitize;

libfuzzer_sys::fuzz_target!(|data: &[u8]| sanitize::sanitize(data));
