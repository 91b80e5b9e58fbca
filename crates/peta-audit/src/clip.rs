//! Texts that agents choose (the name of a tool that may not exist) are kept, but only so much of them.

/// How many bytes of a foreign text an event keeps.
pub const TEXT_LIMIT: usize = 1024;

/// Cuts a text to the limit, at a character, and marks the cut with `…`.
pub fn clip(text: &mut String) {
    clip_to(text, TEXT_LIMIT);
}

/// The same with a limit of one's own.
pub(crate) fn clip_to(text: &mut String, limit: usize) {
    if text.len() > limit {
        let end = (0..=limit).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_at_a_character() {
        for (text, kept) in
            [("a".repeat(1024), 1024), ("a".repeat(1025), 1024), ("é".repeat(513), 1024), ("aé".repeat(400), 1024)]
        {
            let mut cut = text.clone();
            clip(&mut cut);
            if text.len() <= TEXT_LIMIT {
                assert_eq!(cut, text);
            } else {
                let start = cut.strip_suffix('…').unwrap();
                assert!(text.starts_with(start) && start.len() <= kept && start.len() + 4 > kept);
            }
        }
    }
}
