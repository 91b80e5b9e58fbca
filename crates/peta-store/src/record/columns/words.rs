//! Words: texts behind each other, each known by its number.

/// Some of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Words {
    pub(super) bytes: Vec<u8>,
    /// Where each ends.
    pub(super) ends: Vec<u32>,
}

impl Words {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|end| index(*end)));
        starts.zip(&self.ends).map(|(start, end)| self.bytes.get(start..index(*end)).unwrap_or_default())
    }

    /// Which of them are wanted; those that are no texts are not.
    pub(crate) fn pick(&self, wanted: impl Fn(&[u8]) -> bool) -> Vec<bool> {
        self.all().map(|word| !word.is_empty() && wanted(word)).collect()
    }

    /// Which of them contain a text, which is in small letters, whatever theirs are.
    pub(crate) fn containing(&self, text: &str) -> Vec<bool> {
        let Some(plain) = std::str::from_utf8(&self.bytes).ok().filter(|all| all.is_ascii()) else {
            return self.pick(|word| String::from_utf8_lossy(word).to_lowercase().contains(text));
        };
        // Letters of ASCII keep their places, so that all words can be searched at once.
        let small = plain.to_ascii_lowercase();
        let mut found = vec![false; self.len()];
        let mut from = 0;
        while let Some(at) = small.get(from..).and_then(|rest| rest.find(text)) {
            let at = from + at;
            let word = self.ends.partition_point(|end| index(*end) <= at);
            let end = self.ends.get(word).map_or(small.len(), |end| index(*end));
            let within = at + text.len() <= end;
            if let Some(found) = found.get_mut(word) {
                *found |= within;
            }
            from = if within { end } else { at + 1 };
        }
        found
    }

    pub(super) fn push(&mut self, word: &[u8]) {
        self.bytes.extend_from_slice(word);
        self.ends.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
    }
}

fn index(end: u32) -> usize {
    usize::try_from(end).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(texts: &[&str]) -> Words {
        let mut words = Words::default();
        texts.iter().for_each(|text| words.push(text.as_bytes()));
        words
    }

    fn found(texts: &[&str], text: &str) -> Vec<usize> {
        let found = words(texts).containing(text);
        found.into_iter().enumerate().filter(|(_, found)| *found).map(|(at, _)| at).collect()
    }

    #[test]
    fn a_text_is_found_within_words_and_not_across_them() {
        let texts = ["", "", "read_file", "READ", "ad", "adread", "a", "d", ""];
        assert_eq!(found(&texts, "read"), [2, 3, 5]);
        assert_eq!(found(&texts, "ad"), [2, 3, 4, 5]);
        assert_eq!(found(&texts, "filer"), [0; 0]);
        assert_eq!(found(&texts, "d"), [2, 3, 4, 5, 7]);
        assert_eq!(found(&["aa", "aab", "b"], "aab"), [1]);
    }

    #[test]
    fn letters_outside_ascii_have_small_ones_too() {
        let texts = ["", "ÄRGER", "ärger", "…", "İ"];
        assert_eq!(found(&texts, "ärg"), [1, 2]);
        assert_eq!(found(&texts, "…"), [3]);
    }

    #[test]
    fn words_are_known_by_their_numbers() {
        let words = words(&["", "", "a", "bc"]);
        assert_eq!(words.len(), 4);
        assert_eq!(words.pick(|word| word == b"bc"), [false, false, false, true]);
        assert_eq!(words.pick(|_| true), [false, false, true, true]);
    }
}
