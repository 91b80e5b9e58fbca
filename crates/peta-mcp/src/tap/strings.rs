//! Tells keys from texts, byte by byte, and counts the characters of texts.

/// What a byte belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// A number, a word, a brace, a comma, a colon.
    Plain,
    Space,
    /// A member's name, with its quotes.
    Key,
    /// A text, but for the quote that ends it.
    Text,
    /// The end of a text of so many characters.
    TextEnds(u64),
}

/// Where in a text the next byte is. A member's name stands where an object expects one.
#[derive(Debug, Default)]
pub(super) struct Strings {
    /// One for each container that is open: whether it is an object.
    open: Vec<bool>,
    /// The next text is a member's name.
    names: bool,
    inside: Option<Inside>,
}

#[derive(Debug)]
struct Inside {
    key: bool,
    characters: u64,
    escape: Escape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escape {
    No,
    Begun,
    /// Of `\uXXXX`: how many digits came, and what they say.
    Digits(u8, u16),
}

impl Strings {
    pub(super) fn read(&mut self, byte: u8) -> Said {
        if let Some(inside) = &mut self.inside {
            let (key, ended) = (inside.key, inside.read(byte));
            let characters = inside.characters;
            if ended {
                self.inside = None;
            }
            return match (key, ended) {
                (true, _) => Said::Key,
                (false, true) => Said::TextEnds(characters),
                (false, false) => Said::Text,
            };
        }
        match byte {
            b'"' => {
                let key = self.names;
                self.inside = Some(Inside { key, characters: 0, escape: Escape::No });
                self.names = false;
                return if key { Said::Key } else { Said::Text };
            }
            b' ' | b'\t' | b'\n' | b'\r' => return Said::Space,
            b'{' | b'[' => {
                self.open.push(byte == b'{');
                self.names = byte == b'{';
            }
            b'}' | b']' => {
                self.open.pop();
                self.names = false;
            }
            b',' => self.names = self.open.last() == Some(&true),
            _ => {}
        }
        Said::Plain
    }
}

impl Inside {
    /// Whether the text ends with this byte.
    fn read(&mut self, byte: u8) -> bool {
        match self.escape {
            Escape::Begun if byte == b'u' => self.escape = Escape::Digits(0, 0),
            Escape::Begun => {
                self.escape = Escape::No;
                self.characters += 1;
            }
            Escape::Digits(count, number) => {
                let digit = char::from(byte).to_digit(16).and_then(|digit| u16::try_from(digit).ok()).unwrap_or(0);
                let number = number << 4 | digit;
                self.escape = if count < 3 { Escape::Digits(count + 1, number) } else { Escape::No };
                // The second half of a character is none of its own.
                if count == 3 && !(0xDC00..=0xDFFF).contains(&number) {
                    self.characters += 1;
                }
            }
            Escape::No => match byte {
                b'"' => return true,
                b'\\' => self.escape = Escape::Begun,
                // A byte that goes on with a character.
                0x80..=0xBF => {}
                _ => self.characters += 1,
            },
        }
        false
    }
}
