//! A request body that is read while it is sent.

use std::fmt;
use std::io::{self, Read};

use bytes::Bytes;
use tokio::sync::mpsc;

/// How much is read at once. Two such pieces are held at most.
pub(crate) const PIECE_BYTES: usize = 64 * 1024;

/// A request body that is read while it is sent.
pub struct Streamed {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
}

impl Streamed {
    /// The next piece; `None` behind the last. An error must break the request off.
    pub async fn piece(&mut self) -> Option<io::Result<Bytes>> {
        self.pieces.recv().await
    }

    /// Head, what was read already, the rest of the file, tail. A file that is shorter or longer than
    /// was told ends in an error.
    pub(crate) fn start(around: (Bytes, Bytes), first: Bytes, rest: Source, left: u64) -> Self {
        let (sender, pieces) = mpsc::channel(1);
        tokio::task::spawn_blocking(move || {
            // A closed channel means that nobody sends any more: there is nothing left to do.
            let _ = feed(&sender, around, first, rest, left);
        });
        Self { pieces }
    }
}

impl fmt::Debug for Streamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streamed").finish_non_exhaustive()
    }
}

pub(crate) type Source = Box<dyn Read + Send>;
type Pieces = mpsc::Sender<io::Result<Bytes>>;

/// Reads one piece, as full as the source allows.
pub(crate) fn read_piece(source: &mut Source) -> io::Result<Bytes> {
    let mut piece = Vec::with_capacity(PIECE_BYTES);
    let limit = u64::try_from(PIECE_BYTES).unwrap_or(u64::MAX);
    source.take(limit).read_to_end(&mut piece)?;
    Ok(piece.into())
}

fn feed(
    to: &Pieces,
    (head, tail): (Bytes, Bytes),
    first: Bytes,
    mut rest: Source,
    mut left: u64,
) -> Result<(), mpsc::error::SendError<io::Result<Bytes>>> {
    to.blocking_send(Ok(head))?;
    to.blocking_send(Ok(first))?;
    loop {
        let piece = match read_piece(&mut rest) {
            Ok(piece) => piece,
            Err(error) => return to.blocking_send(Err(error)),
        };
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        if length > left || (piece.is_empty() && left > 0) {
            let wrong = "the file is not as long as was told";
            return to.blocking_send(Err(io::Error::new(io::ErrorKind::InvalidData, wrong)));
        }
        if piece.is_empty() {
            return to.blocking_send(Ok(tail));
        }
        left -= length;
        to.blocking_send(Ok(piece))?;
    }
}
