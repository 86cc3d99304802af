//! Lines out of chunks, with a bound on their length.

/// Collects chunks and hands out whole lines.
#[derive(Debug, Default)]
pub(crate) struct LineBuffer {
    bytes: Vec<u8>,
    /// Where the next line starts.
    start: usize,
    /// Up to where no line break was found.
    searched: usize,
    number: u64,
    finished: bool,
}

/// A line without its line break.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    /// Counted from 1.
    pub(crate) number: u64,
    pub(crate) bytes: &'a [u8],
    /// False for what stands behind the last line break of a finished file.
    pub(crate) terminated: bool,
}

/// The next line is longer than the limit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

impl LineBuffer {
    pub(crate) fn push(&mut self, chunk: &[u8]) {
        // Lines already handed out are dropped only when more comes in, so that each byte is moved at most once or
        // twice however the file is cut into chunks.
        if self.start > 0 {
            self.bytes.drain(..self.start);
            self.searched -= self.start;
            self.start = 0;
        }
        self.bytes.extend_from_slice(chunk);
    }

    pub(crate) const fn finish(&mut self) {
        self.finished = true;
    }

    pub(crate) const fn is_finished(&self) -> bool {
        self.finished
    }

    /// Number of the line that comes next.
    pub(crate) const fn next_number(&self) -> u64 {
        self.number + 1
    }

    /// The next line; none if more input is needed or, in a finished file, if there is none.
    pub(crate) fn next_line(&mut self, limit: usize) -> Result<Option<Line<'_>>, TooLong> {
        let found = memchr::memchr(b'\n', &self.bytes[self.searched..]);
        let (end, next, terminated) = match found {
            Some(offset) => (self.searched + offset, self.searched + offset + 1, true),
            None if self.finished && self.start < self.bytes.len() => {
                (self.bytes.len(), self.bytes.len(), false)
            }
            None => {
                self.searched = self.bytes.len();
                let pending = self.bytes.len() - self.start;
                return if pending > limit {
                    Err(TooLong)
                } else {
                    Ok(None)
                };
            }
        };
        let start = self.start;
        if end - start > limit {
            return Err(TooLong);
        }
        self.number += 1;
        self.start = next;
        self.searched = next;
        let mut bytes = &self.bytes[start..end];
        if self.number == 1 {
            bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        }
        bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        Ok(Some(Line {
            number: self.number,
            bytes,
            terminated,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines read, and whether one was too long.
    fn lines(chunks: &[&str], limit: usize) -> (Vec<(u64, String, bool)>, bool) {
        let mut buffer = LineBuffer::default();
        let mut read = Vec::new();
        for (index, chunk) in chunks.iter().enumerate() {
            buffer.push(chunk.as_bytes());
            if index + 1 == chunks.len() {
                buffer.finish();
            }
            loop {
                match buffer.next_line(limit) {
                    Ok(Some(line)) => {
                        let text = String::from_utf8_lossy(line.bytes).into_owned();
                        read.push((line.number, text, line.terminated));
                    }
                    Ok(None) => break,
                    Err(TooLong) => return (read, true),
                }
            }
        }
        (read, false)
    }

    fn line(number: u64, text: &str, terminated: bool) -> (u64, String, bool) {
        (number, text.to_owned(), terminated)
    }

    #[test]
    fn lines_are_whole_however_the_chunks_are_cut() {
        let expected = vec![
            line(1, "ab", true),
            line(2, "", true),
            line(3, "cd", true),
            line(4, "e", false),
        ];
        assert_eq!(lines(&["ab\n\ncd\r\ne"], 10), (expected.clone(), false));
        assert_eq!(
            lines(&["a", "b", "\n", "\nc", "d\r", "\n", "e"], 10),
            (expected, false)
        );
    }

    #[test]
    fn one_byte_order_mark_is_stripped_and_only_at_the_start() {
        let expected = vec![line(1, "a", true), line(2, "\u{feff}b", true)];
        assert_eq!(lines(&["\u{feff}a\n\u{feff}b\n"], 10), (expected, false));
    }

    #[test]
    fn a_line_over_the_limit_is_refused_before_it_is_complete() {
        assert_eq!(lines(&["abcd\n"], 4), (vec![line(1, "abcd", true)], false));
        assert_eq!(lines(&["abcde\n"], 4), (vec![], true));
        assert_eq!(
            lines(&["a\nabc", "de", "f\n"], 4),
            (vec![line(1, "a", true)], true)
        );
    }
}
