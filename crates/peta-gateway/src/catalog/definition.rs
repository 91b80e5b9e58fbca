//! What the record tells of a capability's definition: its pin, and what kind of effect a tool says it has. Read once for
//! each definition that is used, not for each call.

use aws_lc_rs::digest;
use peta_audit::{Pin, is_public_name};
use peta_mcp::{Value, canonical};
use peta_model::Operation;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Definition {
    /// None where its name is for few: whoever guesses an address could try it on a digest.
    pub(crate) pin: Option<Pin>,
    /// Of a tool.
    pub(crate) operation: Option<Operation>,
}

/// Reads a definition as the server wrote it, with its name.
pub(crate) fn read(is_tool: bool, name: &str, text: &str) -> Option<Definition> {
    let value = Value::of(text).ok()?;
    let pin = is_public_name(name).then(|| digest::digest(&digest::SHA256, canonical(value).as_bytes()));
    let pin = pin.and_then(|sum| sum.as_ref().first_chunk().copied()).map(Pin);
    Some(Definition { pin, operation: is_tool.then(|| operation(value)) })
}

/// Where hints contradict each other, the graver one counts; so does the protocol's default of what says only that it does
/// not just read.
fn operation(tool: Value<'_>) -> Operation {
    let hint = |name| tool.at(&["annotations", name]).and_then(Value::as_bool);
    match (hint("readOnlyHint"), hint("destructiveHint")) {
        (_, Some(true)) | (Some(false), None) => Operation::Destructive,
        (Some(true), _) => Operation::Read,
        (_, Some(false)) => Operation::Write,
        (None, None) => Operation::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(annotations: &str) -> Definition {
        read(true, "x", &format!(r#"{{"name":"x","annotations":{annotations}}}"#)).unwrap()
    }

    #[test]
    fn what_a_tool_says_that_it_does() {
        for (annotations, operation) in [
            ("{}", Operation::Unknown),
            (r#"{"title":"Reads"}"#, Operation::Unknown),
            (r#"{"readOnlyHint":"true"}"#, Operation::Unknown),
            ("7", Operation::Unknown),
            (r#"{"readOnlyHint":true}"#, Operation::Read),
            (r#"{"readOnlyHint":true,"destructiveHint":false}"#, Operation::Read),
            (r#"{"readOnlyHint":true,"destructiveHint":true}"#, Operation::Destructive),
            (r#"{"destructiveHint":false}"#, Operation::Write),
            (r#"{"readOnlyHint":false,"destructiveHint":false}"#, Operation::Write),
            (r#"{"readOnlyHint":false}"#, Operation::Destructive),
            (r#"{"destructiveHint":true}"#, Operation::Destructive),
        ] {
            assert_eq!(tool(annotations).operation, Some(operation), "{annotations}");
        }
        assert_eq!(read(false, "x", r#"{"uri":"x","annotations":{"readOnlyHint":true}}"#).unwrap().operation, None);
    }

    /// With Python: hashlib.sha256(b'{"a":[1.0,"\xc3\xa9"],"name":"x"}').hexdigest()
    #[test]
    fn a_pin_is_of_what_is_said_and_not_of_how_it_is_spelled() {
        let hex = |pin: Pin| pin.0.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let one = read(false, "x", r#"{"name":"x","a":[1.0,"é"]}"#).unwrap().pin;
        assert_eq!(hex(one.unwrap()), "d2202839a79df440ab4c05143406ee8ecc5b5e3c0dba7ffbb62a7c74da6aa5fc");
        assert_eq!(read(false, "x", "{ \"a\" : [ 1.0 , \"\\u00e9\" ],\n\"name\":\"x\" }").unwrap().pin, one);
        assert_ne!(read(false, "x", r#"{"name":"x","a":[1,"é"]}"#).unwrap().pin, one);
        assert_eq!(read(true, "x", "{"), None);
        // An address is not to be guessed from a digest.
        assert_eq!(read(false, "file:///home/ada", r#"{"uri":"file:///home/ada"}"#).unwrap().pin, None);
    }
}
