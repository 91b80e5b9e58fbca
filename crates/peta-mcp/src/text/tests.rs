use super::*;

#[test]
fn a_control_character_is_none_the_better_for_a_backslash() {
    for length in [0, 10, 60, 61, 62, 63, 64, 65, 126, 127, 128, 200] {
        for escapes in ["", "\\n"] {
            let text = format!("\"{escapes}{}\\\u{1}{}\"", "x".repeat(length), "y".repeat(200));
            assert_eq!(string_end(text.as_bytes(), 0), None, "{length}");
        }
    }
}
