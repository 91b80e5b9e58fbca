//! From the text of a template to its parts.

use super::part::{Part, Value};

/// A template with more variables matches nothing.
const VARIABLES: usize = 64;

/// A variable of an expression.
struct Variable<'a> {
    name: &'a str,
    explode: bool,
    most: Option<u16>,
}

/// How an operator writes its variables.
struct Style {
    first: &'static str,
    between: &'static str,
    reserved: bool,
    named: bool,
    /// Whether all of it may be missing.
    optional: bool,
}

pub(super) fn template(text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = text;
    if text.matches([',', '{']).count() > VARIABLES {
        return None;
    }
    while let Some((before, after)) = rest.split_once('{') {
        push_text(&mut parts, before)?;
        let (inside, after) = after.split_once('}')?;
        parts.extend(expression(inside)?);
        rest = after;
    }
    push_text(&mut parts, rest)?;
    Some(parts)
}

fn push_text(parts: &mut Vec<Part>, text: &str) -> Option<()> {
    if text.contains('}') || text.chars().any(|c| c.is_control() || c == ' ' || c == '\\') {
        return None;
    }
    if !text.is_empty() {
        parts.push(Part::Text(text.into()));
    }
    Some(())
}

fn expression(inside: &str) -> Option<Vec<Part>> {
    let style = |first, between, reserved, named, optional| Style { first, between, reserved, named, optional };
    let (style, list) = match inside.chars().next()? {
        '+' => (style("", ",", true, false, false), inside.get(1..)?),
        '#' => (style("#", ",", true, false, false), inside.get(1..)?),
        '.' => (style(".", ".", false, false, false), inside.get(1..)?),
        '/' => (style("/", "/", false, false, false), inside.get(1..)?),
        ';' => (style(";", ";", false, true, true), inside.get(1..)?),
        '?' => (style("?", "&", false, true, true), inside.get(1..)?),
        '&' => (style("&", "&", false, true, true), inside.get(1..)?),
        _ => (style("", ",", false, false, false), inside),
    };
    let variables: Vec<Variable<'_>> = list.split(',').map(variable).collect::<Option<_>>()?;
    let shown = if style.named { pairs(&style, &variables) } else { values(&style, &variables) };
    Some(if style.optional { vec![Part::Maybe(shown)] } else { shown })
}

fn variable(text: &str) -> Option<Variable<'_>> {
    let (name, explode, most) = match text.split_once(':') {
        Some((name, most)) => (name, false, Some(most.parse().ok().filter(|most| (1..10_000).contains(most))?)),
        None => match text.strip_suffix('*') {
            Some(name) => (name, true, None),
            None => (text, false, None),
        },
    };
    let good = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
    good.then_some(Variable { name, explode, most })
}

/// `a,b,c`: the first value must be there, later ones may be missing from the end.
fn values(style: &Style, variables: &[Variable<'_>]) -> Vec<Part> {
    let mut parts = variables.iter().rev().fold(Vec::new(), |later: Vec<Part>, variable| {
        let again = if variable.explode { style.between.bytes().next() } else { None };
        let mut here =
            vec![text(style.between), Part::Value(Value { reserved: style.reserved, most: variable.most, again })];
        if !later.is_empty() {
            here.push(Part::Maybe(later));
        }
        here
    });
    // What opens the expression stands where the first separator would.
    if let Some(opening) = parts.first_mut() {
        *opening = text(style.first);
    }
    parts
}

/// `?a=1&b=2`: any of them may be missing, the order is the template's.
fn pairs(style: &Style, variables: &[Variable<'_>]) -> Vec<Part> {
    let pair = |opening: &str, variable: &Variable<'_>| {
        let value = Part::Value(Value { reserved: style.reserved, most: variable.most, again: None });
        vec![text(&format!("{opening}{}", variable.name)), Part::Maybe(vec![text("="), Part::Maybe(vec![value])])]
    };
    let ways = variables.iter().enumerate().map(|(at, variable)| {
        let mut way = pair(style.first, variable);
        way.extend(variables.iter().skip(at + 1).map(|later| Part::Maybe(pair(style.between, later))));
        way
    });
    vec![Part::Either(ways.collect())]
}

fn text(text: &str) -> Part {
    Part::Text(text.into())
}
