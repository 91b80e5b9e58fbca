//! Texts that agents choose (the name of a tool that may not exist) are kept, but only so much of them.

/// How many bytes of a foreign text an event keeps.
pub const TEXT_LIMIT: usize = 1024;

/// How many bytes of a request's id: the protocol's own limit here, so that none is cut.
pub const REQUEST_LIMIT: usize = 256;

/// How many versions of credentials an event tells of: more than a call ever carries.
pub const CARRIED_LIMIT: usize = 32;

/// Cuts a text to the limit, at a character, and marks the cut with `…`.
pub fn clip(text: &mut String) {
    clip_to(text, TEXT_LIMIT);
}

/// The same with a limit of one's own.
pub fn clip_to(text: &mut String, limit: usize) {
    if text.len() > limit {
        let end = (0..=limit).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
}

/// How many bytes of a list of texts an event keeps.
const LIST_LIMIT: usize = 4096;

/// Cuts a list to what an event keeps of it, and marks the cut with a last text `…`.
pub fn clip_list(texts: &mut Vec<String>) {
    texts.iter_mut().for_each(clip);
    let mut left = LIST_LIMIT;
    let fits = |text: &String| {
        left = left.checked_sub(text.len())?;
        Some(())
    };
    let kept = texts.iter().map_while(fits).count();
    if kept < texts.len() {
        texts.truncate(kept);
        texts.push("…".to_owned());
    }
}

/// How many bytes of what Core says of itself stand in the tree.
const DETAIL_LIMIT: usize = 4096;

/// Replaces a detail that is longer than an entry of the tree may hold of it by one that says how long it was.
pub fn clip_detail(detail: &mut Option<String>) {
    if let Some(text) = detail.as_mut().filter(|text| text.len() > DETAIL_LIMIT) {
        *text = format!("{{\"cut\":{}}}", text.len());
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

    #[test]
    fn a_long_detail_says_how_long_it_was() {
        let mut detail = Some("x".repeat(4096));
        clip_detail(&mut detail);
        assert_eq!(detail.as_ref().map(String::len), Some(4096));
        detail = Some("x".repeat(4097));
        clip_detail(&mut detail);
        assert_eq!(detail.as_deref(), Some(r#"{"cut":4097}"#));
    }

    #[test]
    fn a_list_is_cut_between_its_texts() {
        let texts = |count: usize| vec!["x".repeat(1000); count];
        let mut short = texts(4);
        clip_list(&mut short);
        assert_eq!(short, texts(4));
        let mut long = texts(5);
        clip_list(&mut long);
        assert_eq!(long, [texts(4), vec!["…".to_owned()]].concat());
    }
}
