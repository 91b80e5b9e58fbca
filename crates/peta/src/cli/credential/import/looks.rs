//! What looks like a secret, and what only refers to one. A guess: what it misses is registered as a plain value, as the
//! client had it.

/// Words in names of variables and headers that hold secrets.
const WORDS: &[&str] = &[
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "apikey",
    "api_key",
    "api-key",
    "access_key",
    "private_key",
    "authorization",
    "auth",
    "credential",
    "bearer",
    "cookie",
    "pat",
    "key",
    "dsn",
];
/// What well-known secrets begin with.
const BEGINNINGS: &[&str] =
    &["sk-", "sk_", "pk_live", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "xox", "AKIA", "eyJ", "AIza", "ya29."];
/// A shorter value is a word, or a number.
const LONG: usize = 20;

/// Whether a value is a reference that the client resolves: `${input:…}`, `${env:…}`, `$NAME`.
pub(super) fn is_reference(value: &str) -> bool {
    let name = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    value.contains("${") || value.strip_prefix('$').is_some_and(name)
}

pub(super) fn is_secret(name: &str, value: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let parts = || lower.split(['_', '-']);
    let named = WORDS.iter().any(|word| parts().any(|part| part == *word) || (word.len() > 4 && lower.contains(word)));
    let begins = BEGINNINGS.iter().any(|beginning| value.starts_with(beginning));
    !value.is_empty() && (named && !is_flag(value) || begins || is_random(value))
}

fn is_flag(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "true" | "false" | "none" | "0" | "1" | "yes" | "no")
}

/// One long word of letters and digits.
fn is_random(value: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-+=".contains(&b);
    let (letters, digits) =
        (value.bytes().filter(u8::is_ascii_alphabetic).count(), value.bytes().filter(u8::is_ascii_digit).count());
    value.len() >= LONG && value.bytes().all(plain) && letters >= 4 && digits >= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told_from_settings() {
        for (name, value) in [
            ("GITHUB_TOKEN", "x"),
            ("Authorization", "Bearer x"),
            ("X-API-Key", "short"),
            ("OPENAI_KEY", "anything"),
            ("DB_PASSWORD", "pw"),
            ("OTHER", "ghp_abcdef"),
            ("OTHER", "9aX2vQ7LmT4c0123Zkqw"),
        ] {
            assert!(is_secret(name, value), "{name}={value}");
        }
        for (name, value) in [
            ("LOG_LEVEL", "debug"),
            ("KEYBOARD", "dvorak"),
            ("PATHS", "/home/me/projects/2025/with/long/path"),
            ("URL", "https://example.com/0123456789"),
            ("USE_AUTH", "true"),
            ("TOKEN", ""),
            ("REGION", "eu-central-1"),
        ] {
            assert!(!is_secret(name, value), "{name}={value}");
        }
        for reference in ["${input:token}", "Bearer ${env:TOKEN}", "$TOKEN", "${TOKEN}"] {
            assert!(is_reference(reference), "{reference}");
        }
        assert!(!is_reference("$5.00") && !is_reference("a$b") && !is_reference("$"));
    }
}
