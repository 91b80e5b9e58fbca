//! Nothing that an agent or a server says forges a line, a field or a key in any output (threat T58).

use proptest::prelude::*;

use crate::{any, checks, replay};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_event_is_one_record_with_its_fields(event in any::event(), issuer in any::issuer()) {
        checks::holds(&event, &issuer);
    }
}

#[test]
fn the_corpus_is_one_record_each() {
    replay::replay("lines", checks::lines);
}
