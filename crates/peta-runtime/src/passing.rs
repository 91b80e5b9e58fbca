//! An answer that is too large to be held: it is read as it is passed on, piece by piece.

use std::fmt;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use peta_dial::{Answer, BodyError, Pieces};
use peta_mcp::{Fault, Limits, Message, Part, Passage, Side};
use peta_model::Code;

use crate::{
    custody::{Echoed, Sieve},
    fault::{Executed, LostWhy},
};

/// An answer of more bytes than this is passed on as it comes, where nothing in it has to be found first.
pub(crate) const LARGE: usize = 64 << 10;

pub struct Passing {
    id: u64,
    limits: Limits,
    passage: Passage,
    body: Answer,
    failed: bool,
    ended: bool,
    /// Takes secrets out, if the server was handed any.
    sieve: Option<Box<dyn Sieve>>,
}

impl Passing {
    /// The answer, if what was read of it shows that it can be passed on: its result has begun. Else the rest of it back.
    pub(crate) fn begin(
        id: u64,
        limits: &Limits,
        (begun, body): (&Pieces, Answer),
        sieve: Option<Box<dyn Sieve>>,
    ) -> Result<Self, Answer> {
        let passage = Passage::new(id, limits);
        let mut this = Self { id, limits: *limits, passage, body, failed: false, ended: false, sieve };
        let read = begun.iter().try_for_each(|piece| this.push(piece.clone()));
        if read.is_err() || !this.passage.is_in_result() {
            return Err(this.body);
        }
        Ok(this)
    }

    fn push(&mut self, piece: Bytes) -> Result<(), LostWhy> {
        let Some(sieve) = &mut self.sieve else { return self.passage.push(piece).map_err(garbage) };
        sieve.push(piece).map_err(echoed)?;
        self.sifted()
    }

    fn end(&mut self) -> Result<(), LostWhy> {
        if let Some(sieve) = &mut self.sieve {
            let ended = sieve.end();
            if ended != Ok(false) {
                self.body.let_go();
            }
            ended.map_err(echoed)?;
        }
        self.sifted()?;
        self.failed = self.passage.end().map_err(garbage)?;
        self.ended = true;
        Ok(())
    }

    fn sifted(&mut self) -> Result<(), LostWhy> {
        while let Some(part) = self.sieve.as_mut().and_then(|sieve| sieve.next_part()) {
            self.passage.push(part).map_err(garbage)?;
        }
        Ok(())
    }

    /// The next part; `None` at the end of a whole answer.
    pub async fn next(&mut self) -> Result<Option<Part>, LostWhy> {
        loop {
            if let Some(part) = self.passage.next_part() {
                return Ok(Some(part));
            }
            if self.ended {
                return Ok(None);
            }
            match self.body.frame().await {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.push(data)?,
                    Err(_trailers) => {}
                },
                Some(Err(_)) => return Err(BodyError::Broken.into()),
                None => self.end()?,
            }
        }
    }

    /// At the end: whether it is a tool's, and says that the tool failed.
    pub const fn has_failed(&self) -> bool {
        self.failed
    }

    /// All of it, after all.
    pub async fn whole(mut self) -> Result<Message, LostWhy> {
        let mut text = BytesMut::new();
        while let Some(part) = self.next().await? {
            self.put_back(part, &mut text);
        }
        self.message(text)
    }

    /// Appends a part as the server wrote it.
    pub fn put_back(&self, part: Part, text: &mut BytesMut) {
        match part {
            Part::Text(part) => text.extend_from_slice(&part),
            Part::Id => text.extend_from_slice(self.id.to_string().as_bytes()),
        }
    }

    /// The message that all parts make together.
    pub fn message(&self, text: BytesMut) -> Result<Message, LostWhy> {
        Message::parse(text.freeze(), Side::Server, &self.limits).map_err(|malformed| garbage(malformed.fault))
    }
}

impl fmt::Debug for Passing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passing").field("id", &self.id).finish_non_exhaustive()
    }
}

fn echoed(echoed: Echoed) -> LostWhy {
    match echoed {
        Echoed::Uncut => LostWhy::new(Code::SECRET_ECHOED, Executed::Maybe, echoed.to_string()),
        Echoed::NotJson => LostWhy::new(Code::SERVER_GARBAGE, Executed::Maybe, "the server's answer broke off"),
    }
}

fn garbage(fault: Fault) -> LostWhy {
    let why = match fault {
        Fault::TooLarge { limit } => return BodyError::TooLarge { limit }.into(),
        _ => "the server answered with something that is no message",
    };
    LostWhy::new(Code::SERVER_GARBAGE, Executed::Maybe, why)
}
