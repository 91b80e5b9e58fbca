//! Reading a body up to a bound: whole, or first its beginning.

use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    #[error("the body is larger than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the body broke off")]
    Broken,
}

/// What was read of a body, in the pieces that it came in.
#[derive(Debug, Default)]
pub struct Pieces {
    pieces: Vec<Bytes>,
    length: usize,
}

/// The whole body.
pub async fn read<B>(mut body: B, limit: usize) -> Result<Bytes, BodyError>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut pieces = Pieces::default();
    pieces.read(&mut body, usize::MAX, limit).await?;
    Ok(pieces.join())
}

impl Pieces {
    /// Reads on until there are more bytes than `enough`; true at the body's end.
    pub async fn read<B>(&mut self, body: &mut B, enough: usize, limit: usize) -> Result<bool, BodyError>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        while self.length <= enough {
            let Some(frame) = body.frame().await else { return Ok(true) };
            let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() else { continue };
            self.length += data.len();
            if self.length > limit {
                return Err(BodyError::TooLarge { limit });
            }
            self.pieces.push(data);
        }
        Ok(false)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Bytes> {
        self.pieces.iter()
    }

    /// All in one. Most bodies are one piece, which is not copied.
    pub fn join(mut self) -> Bytes {
        if self.pieces.len() <= 1 {
            return self.pieces.pop().unwrap_or_default();
        }
        let mut whole = BytesMut::with_capacity(self.length);
        self.pieces.iter().for_each(|piece| whole.extend_from_slice(piece));
        whole.freeze()
    }
}
