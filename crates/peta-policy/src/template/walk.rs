//! Walks a URI along the parts of a template, all possible ways at once: the places that can be reached are a set
//! of positions, so there are never more ways than the URI has bytes.

use super::part::{Part, Value};

/// For each position, whether it can be reached.
type Places = Vec<bool>;

pub(super) fn reaches_end(parts: &[Part], uri: &[u8]) -> bool {
    let mut start = vec![false; uri.len() + 1];
    start.iter_mut().take(1).for_each(|first| *first = true);
    along(parts, uri, start).last().copied().unwrap_or(false)
}

fn along(parts: &[Part], uri: &[u8], from: Places) -> Places {
    parts.iter().fold(from, |places, part| if places.contains(&true) { step(part, uri, places) } else { places })
}

fn step(part: &Part, uri: &[u8], from: Places) -> Places {
    match part {
        Part::Text(text) => after_text(text.as_bytes(), uri, &from),
        Part::Value(value) => after_value(*value, uri, &from),
        Part::Maybe(parts) => {
            let there = along(parts, uri, from.clone());
            union(from, &there)
        }
        Part::Either(ways) => ways.iter().fold(vec![false; from.len()], |reached, way| {
            let there = along(way, uri, from.clone());
            union(reached, &there)
        }),
    }
}

fn union(mut places: Places, more: &[bool]) -> Places {
    places.iter_mut().zip(more).for_each(|(place, new)| *place |= new);
    places
}

fn after_text(text: &[u8], uri: &[u8], from: &[bool]) -> Places {
    let mut to = vec![false; from.len()];
    for at in reached(from) {
        if uri.get(at..).is_some_and(|rest| rest.starts_with(text)) {
            mark(&mut to, at + text.len());
        }
    }
    to
}

fn after_value(value: Value, uri: &[u8], from: &[bool]) -> Places {
    let most = value.most.map_or(u32::MAX, u32::from);
    // How many more characters the value may take when it has come here; one pass, since it only goes forward.
    let mut left: Vec<Option<u32>> = from.iter().map(|reached| reached.then_some(most)).collect();
    let mut to = vec![false; from.len()];
    for at in 0..from.len() {
        let here = left.get(at).copied().flatten().filter(|left| *left > 0);
        if let Some((here, next)) = here.zip(unit(value.reserved, uri, at)) {
            mark(&mut to, next);
            allow(&mut left, next, here - 1);
        }
        if to.get(at).is_some_and(|ended| *ended) && value.again.is_some() && uri.get(at).copied() == value.again {
            allow(&mut left, at + 1, most);
        }
    }
    to
}

fn allow(left: &mut [Option<u32>], at: usize, count: u32) {
    if let Some(here) = left.get_mut(at) {
        *here = Some(here.map_or(count, |old| old.max(count)));
    }
}

fn mark(places: &mut Places, at: usize) {
    if let Some(place) = places.get_mut(at) {
        *place = true;
    }
}

fn reached(places: &[bool]) -> impl Iterator<Item = usize> {
    places.iter().enumerate().filter(|(_, reached)| **reached).map(|(at, _)| at)
}

/// Where one character of a value ends that begins here: unreserved, percent-encoded, or reserved if that is allowed.
fn unit(reserved: bool, uri: &[u8], at: usize) -> Option<usize> {
    match uri.get(at)? {
        b'%' => {
            let digits = uri.get(at + 1..at + 3)?;
            digits.iter().all(u8::is_ascii_hexdigit).then_some(at + 3)
        }
        byte if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') => Some(at + 1),
        b':' | b'/' | b'?' | b'#' | b'[' | b']' | b'@' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+'
        | b',' | b';' | b'='
            if reserved =>
        {
            Some(at + 1)
        }
        _ => None,
    }
}
