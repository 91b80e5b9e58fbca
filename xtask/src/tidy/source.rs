//! A Rust file as tokens: comments and the insides of literals are gone, and so is every item marked `#[cfg(test)]`.

/// One word or sign of a file, with its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

impl Token {
    pub(crate) fn is(&self, text: &str) -> bool {
        self.text == text
    }

    pub(crate) fn is_word(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

pub(crate) struct Source {
    /// Where it stands, from the root.
    pub(crate) file: String,
    pub(crate) tokens: Vec<Token>,
}

impl Source {
    pub(crate) fn read(file: String, text: &str) -> Self {
        Self { file, tokens: without_tests(tokens(text)) }
    }

    /// The token so many places from this one, if there is one.
    pub(crate) fn at(&self, index: usize) -> Option<&Token> {
        self.tokens.get(index)
    }

    pub(crate) fn is(&self, index: usize, text: &str) -> bool {
        self.at(index).is_some_and(|token| token.is(text))
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut reader = Reader { chars: &chars, at: 0, line: 1 };
    let mut tokens = Vec::new();
    while let Some(c) = reader.peek(0) {
        let line = reader.line;
        if c.is_whitespace() {
            reader.step();
        } else if c == '/' && reader.peek(1) == Some('/') {
            reader.skip_while(|c| c != '\n');
        } else if c == '/' && reader.peek(1) == Some('*') {
            reader.block_comment();
        } else if c == '"' {
            reader.quoted('"');
        } else if c == '\'' {
            reader.quote_or_lifetime();
        } else if c.is_alphanumeric() || c == '_' {
            let word = reader.word();
            if !reader.literal_after(&word) {
                tokens.push(Token { text: word, line });
            }
        } else if c == ':' && reader.peek(1) == Some(':') {
            reader.step();
            reader.step();
            tokens.push(Token { text: "::".to_owned(), line });
        } else {
            reader.step();
            tokens.push(Token { text: c.to_string(), line });
        }
    }
    tokens
}

struct Reader<'a> {
    chars: &'a [char],
    at: usize,
    line: usize,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn step(&mut self) -> Option<char> {
        let c = self.peek(0)?;
        self.at += 1;
        self.line += usize::from(c == '\n');
        Some(c)
    }

    fn skip_while(&mut self, keep: impl Fn(char) -> bool) {
        while self.peek(0).is_some_and(&keep) {
            self.step();
        }
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(c) = self.peek(0).filter(|c| c.is_alphanumeric() || *c == '_') {
            word.push(c);
            self.step();
        }
        word
    }

    /// Block comments nest.
    fn block_comment(&mut self) {
        let mut depth = 0usize;
        while let Some(c) = self.step() {
            match (c, self.peek(0)) {
                ('/', Some('*')) => {
                    self.step();
                    depth += 1;
                }
                ('*', Some('/')) => {
                    self.step();
                    depth -= 1;
                    if depth == 0 {
                        return;
                    }
                }
                _ => {}
            }
        }
    }

    /// From the opening sign to the closing one.
    fn quoted(&mut self, sign: char) {
        self.step();
        while let Some(c) = self.step() {
            if c == '\\' {
                self.step();
            } else if c == sign {
                return;
            }
        }
    }

    /// `'a'` and `'\n'` are literals, `'a` is a lifetime: neither is of interest.
    fn quote_or_lifetime(&mut self) {
        if self.peek(1) == Some('\\') || self.peek(2) == Some('\'') {
            self.quoted('\'');
        } else {
            self.step();
            self.word();
        }
    }

    /// `b"…"`, `c"…"`, `r"…"`, `br#"…"#`: the word was the literal's prefix, and the rest of it is skipped.
    fn literal_after(&mut self, word: &str) -> bool {
        match (word, self.peek(0)) {
            ("b" | "c", Some('"')) => self.quoted('"'),
            ("b", Some('\'')) => self.quoted('\''),
            ("r" | "br" | "cr", Some('"')) => self.raw(0),
            ("r" | "br" | "cr", Some('#')) => {
                let hashes = self.chars.iter().skip(self.at).take_while(|c| **c == '#').count();
                if self.peek(hashes) != Some('"') {
                    return false;
                }
                self.raw(hashes);
            }
            _ => return false,
        }
        true
    }

    fn raw(&mut self, hashes: usize) {
        for _ in 0..=hashes {
            self.step();
        }
        while let Some(c) = self.step() {
            if c == '"' && (0..hashes).all(|ahead| self.peek(ahead) == Some('#')) {
                for _ in 0..hashes {
                    self.step();
                }
                return;
            }
        }
    }
}

/// Drops each item that an attribute `#[cfg(test)]` stands on, and all of a file that says `#![cfg(test)]`.
fn without_tests(tokens: Vec<Token>) -> Vec<Token> {
    let is = |index: usize, text: &str| tokens.get(index).is_some_and(|token: &Token| token.is(text));
    let marked = |at: usize| is(at, "cfg") && is(at + 1, "(") && is(at + 2, "test") && is(at + 3, ")");
    let mut kept = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if is(at, "#") && is(at + 1, "!") && is(at + 2, "[") && marked(at + 3) {
            return Vec::new();
        }
        if is(at, "#") && is(at + 1, "[") && marked(at + 2) {
            at = after_item(&tokens, at);
        } else {
            kept.push(token.clone());
            at += 1;
        }
    }
    kept
}

/// The place after the item that begins here: past its attributes, then to its `;` or the end of its braces.
fn after_item(tokens: &[Token], mut at: usize) -> usize {
    let is = |index: usize, text: &str| tokens.get(index).is_some_and(|token: &Token| token.is(text));
    while is(at, "#") && is(at + 1, "[") {
        at = after_group(tokens, at + 1);
    }
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "{" => return after_group(tokens, at),
            "(" | "[" => at = after_group(tokens, at),
            ";" | "," => return at + 1,
            "}" => return at,
            _ => at += 1,
        }
    }
    at
}

/// The place after the bracket that closes the one here.
fn after_group(tokens: &[Token], mut at: usize) -> usize {
    let mut depth = 0usize;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    at
}
