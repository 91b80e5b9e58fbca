//! The one form of a page, as far as a browser without script needs to know it.

/// Where it leads, and what is to be sent there.
pub(crate) struct Form {
    /// Empty for the page itself.
    pub(crate) action: String,
    inputs: Vec<Input>,
}

struct Input {
    name: String,
    kind: String,
    value: String,
}

impl Form {
    /// The first form of a page.
    pub(crate) fn find(html: &str) -> Option<Self> {
        let (_, rest) = html.split_once("<form")?;
        let (form, _) = rest.split_once("</form>")?;
        let (head, body) = form.split_once('>')?;
        let inputs = body.split("<input").skip(1).filter_map(|rest| {
            let (tag, _) = rest.split_once('>')?;
            let of = |name| attribute(tag, name);
            Some(Input {
                name: of("name")?,
                kind: of("type").unwrap_or_default(),
                value: of("value").unwrap_or_default(),
            })
        });
        Some(Self { action: attribute(head, "action").unwrap_or_default(), inputs: inputs.collect() })
    }

    /// Its fields: what is hidden as it stands there, and a person's name in all others.
    pub(crate) fn filled(&self, who: &str) -> String {
        let pair = |input: &Input| {
            let value = if input.kind == "hidden" { &input.value } else { who };
            format!("{}={}", escape(&input.name), escape(value))
        };
        self.inputs.iter().map(pair).collect::<Vec<_>>().join("&")
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(value.replace("&quot;", "\"").replace("&#39;", "'").replace("&lt;", "<").replace("&amp;", "&"))
}

fn escape(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_found_and_filled() {
        let page = r#"<p><form method="post" action="/a?b=1&amp;c=2"><input type="hidden" name="x" value="1 &amp; 2"/>
            <input required type="text" name="login" ><button type="submit">Go</button></form>"#;
        let form = Form::find(page).unwrap();
        assert_eq!((form.action.as_str(), form.filled("ada")), ("/a?b=1&c=2", "x=1%20%26%202&login=ada".to_owned()));
        assert!(Form::find("<p>no form</p>").is_none());
        assert_eq!(Form::find("<form method=\"post\"><button>Go</button></form>").unwrap().action, "");
    }
}
