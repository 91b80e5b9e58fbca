//! How much a secret says, guessed: what is short, or a word, would be found in texts that have nothing to do with it.
//! The guess is a count, not a proof: whoever picks `correct-horse-battery` passes.

/// Less than this many bits can be met by chance, or be guessed by asking.
const ENOUGH: f64 = 40.0;
/// Shorter ones are weak whatever they hold.
const SHORTEST: usize = 8;
/// Of a letter in a word: English has between one and a half and three.
const BITS_OF_A_LETTER: f64 = 2.5;

/// Why a secret is looked for only as a whole string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    #[error("it is shorter than {SHORTEST} bytes")]
    Short,
    #[error("it is easy to guess")]
    Guessable,
}

pub(super) fn weak(secret: &[u8]) -> Option<Weak> {
    if secret.len() < SHORTEST {
        return Some(Weak::Short);
    }
    (bits(secret) < ENOUGH).then_some(Weak::Guessable)
}

/// The bits of a guess: the size of the alphabet for each byte that goes on in no pattern, but no more than the
/// alphabet and the order of its bytes can tell.
fn bits(secret: &[u8]) -> f64 {
    let each = alphabet(secret).log2();
    let (distinct, order) = spread(secret);
    let told = if looks_like_words(secret) {
        let letters = secret.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
        BITS_OF_A_LETTER * count(letters) + count(secret.len() - letters)
    } else {
        going_on(secret, each)
    };
    f64::min(told, distinct * each + order)
}

/// Less for a byte that goes on as the ones before it.
fn going_on(secret: &[u8], each: f64) -> f64 {
    let mut sum = 0.0;
    let (mut before, mut step) = (None, None);
    for byte in secret {
        let next = before.map(|before: u8| i16::from(*byte) - i16::from(before));
        let goes_on = next.is_some_and(|next| next == 0 || (next.abs() == 1 && step == Some(next)));
        sum += if goes_on { 1.0 } else { each };
        (before, step) = (Some(*byte), next);
    }
    sum
}

/// Lower-case letters with separators, capitals only where a word begins.
fn looks_like_words(secret: &[u8]) -> bool {
    let mut inside = false;
    secret.iter().all(|byte| match byte {
        b'a'..=b'z' => {
            inside = true;
            true
        }
        b'A'..=b'Z' => !std::mem::replace(&mut inside, true),
        b'-' | b'_' | b'.' | b' ' | b'/' | b':' => {
            inside = false;
            true
        }
        _ => false,
    })
}

/// How many characters there are of the kinds that it has.
fn alphabet(secret: &[u8]) -> f64 {
    let has = |is: fn(&u8) -> bool| secret.iter().any(is);
    let kinds = [
        (has(u8::is_ascii_lowercase), 26.0),
        (has(u8::is_ascii_uppercase), 26.0),
        (has(u8::is_ascii_digit), 10.0),
        (has(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric()), 33.0),
        (has(|byte| !byte.is_ascii()), 128.0),
    ];
    kinds.into_iter().filter(|(has, _)| *has).map(|(_, size)| size).sum()
}

/// How many different bytes there are, and the bits in their order.
fn spread(secret: &[u8]) -> (f64, f64) {
    let mut counts = [0_u32; 256];
    for byte in secret {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let (length, mut distinct, mut order) = (count(secret.len()), 0.0, 0.0);
    for times in counts.into_iter().filter(|times| *times > 0).map(f64::from) {
        distinct += 1.0;
        order += times * (length / times).log2();
    }
    (distinct, order)
}

/// Secrets are far shorter than where this would lose something.
fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}
