//! What logs are called. The first of a record ends with `/record`; one that went on after a fork has a number behind it, from
//! 2 on. So which of two came later is seen by their names.

/// Stem and number of a log's name.
pub(crate) fn split(log: &str) -> (&str, u64) {
    let numbered = log.rsplit_once('-').and_then(|(stem, digits)| {
        let number: u64 = digits.parse().ok()?;
        // One log has one name.
        (stem.ends_with("/record") && number > 1 && number.to_string() == digits).then_some((stem, number))
    });
    numbered.unwrap_or((log, 1))
}

/// The number of a log whose record's first is called so; none if it is of another record.
pub(crate) fn number(first: &str, log: &str) -> Option<u64> {
    let (stem, number) = split(log);
    (stem == first).then_some(number)
}

/// What follows a log of this name, and all logs up to this number.
pub(crate) fn next(log: &str, at_least: u64) -> String {
    let (stem, number) = split(log);
    format!("{stem}-{}", number.max(at_least) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_count_on() {
        let first = "peta-1a/default/record";
        assert_eq!(number(first, first), Some(1));
        assert_eq!(next(first, 0), "peta-1a/default/record-2");
        assert_eq!(next("peta-1a/default/record-2", 0), "peta-1a/default/record-3");
        assert_eq!(next(first, 4), "peta-1a/default/record-5");
        assert_eq!(number(first, "peta-1a/default/record-12"), Some(12));
        for other in ["peta-1a/default/record-1", "peta-1a/default/record-02", "peta-2b/default/record", "record-2", ""]
        {
            assert_eq!(number(first, other), None, "{other}");
        }
    }
}
