#![no_main]

#[path = "../checks/oauth.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::challenge(data));
