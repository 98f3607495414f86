//! Lines of a stream, one at a time and numbered, and the book of those that could not be read.
//!
//! A wrong line is named by its number and counted; it is no event, and above all no good one. Its text is not shown: a log holds
//! what strangers sent, and a terminal obeys what it prints.
//!
//! Limits: a line of more than 64 KiB is wrong as a whole, so that a file without line ends takes no more memory than that;
//! the first ten wrong lines are named, the others only counted.

use std::io::{self, BufRead, Read};

const LONGEST: usize = 64 * 1024;
const NAMED: usize = 10;

/// One line without its end, or what keeps it from being one.
pub(crate) type Line<'a> = Result<&'a [u8], &'static str>;

/// The lines of `reader`, which may begin with a byte order mark and end its lines with CR LF.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    reader: R,
    line: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub(crate) const fn new(reader: R) -> Self {
        Self { reader, line: Vec::new(), number: 0 }
    }

    /// The next line that holds anything, with its number from 1; `None` at the end.
    ///
    /// # Errors
    /// If the stream cannot be read.
    pub(crate) fn next(&mut self) -> io::Result<Option<(u64, Line<'_>)>> {
        loop {
            self.line.clear();
            let most = LONGEST as u64 + 2;
            if self.reader.by_ref().take(most).read_until(b'\n', &mut self.line)? == 0 {
                return Ok(None);
            }
            self.number += 1;
            let whole = self.line.last() == Some(&b'\n');
            if !whole && self.line.len() as u64 == most {
                self.reader.skip_until(b'\n')?;
                return Ok(Some((self.number, Err("it is longer than 64 KiB"))));
            }
            if self.number == 1 && self.line.starts_with(b"\xEF\xBB\xBF") {
                self.line.drain(..3);
            }
            if !self.line.trim_ascii().is_empty() {
                return Ok(Some((self.number, Ok(self.line.trim_ascii_end()))));
            }
        }
    }
}

/// A line that could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) line: u64,
    pub(crate) why: &'static str,
}

/// All lines that could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rejected {
    pub(crate) lines: u64,
    pub(crate) first: Vec<Wrong>,
}

impl Rejected {
    pub(crate) fn add(&mut self, line: u64, why: &'static str) {
        self.lines += 1;
        if self.first.len() < NAMED {
            self.first.push(Wrong { line, why });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8]) -> Vec<(u64, Result<Vec<u8>, &'static str>)> {
        let mut lines = Lines::new(text);
        let mut all = Vec::new();
        while let Some((number, line)) = lines.next().unwrap() {
            all.push((number, line.map(<[u8]>::to_vec)));
        }
        all
    }

    #[test]
    fn lines_are_numbered_as_an_editor_numbers_them() {
        let expected = vec![(1, Ok(b"a".to_vec())), (3, Ok(b"b".to_vec())), (4, Ok(b" c".to_vec()))];
        assert_eq!(all(b"\xEF\xBB\xBFa\r\n\r\nb\n c \n"), expected);
        assert_eq!(all(b"a\n\nb\n c"), expected);
        assert_eq!(all(b""), vec![]);
        assert_eq!(all(b"\n \r\n"), vec![]);
    }

    #[test]
    fn an_overlong_line_is_wrong_and_the_next_one_is_read() {
        for length in [LONGEST + 1, LONGEST + 2, LONGEST + 3, 3 * LONGEST] {
            let mut text = vec![b'x'; length];
            text.extend(b"\nb\n");
            let read = all(&text);
            assert_eq!(read[1], (2, Ok(b"b".to_vec())), "{length}");
            assert_eq!(read[0].1.is_err(), length >= LONGEST + 2, "{length}");
        }
        assert_eq!(all(&vec![0; 10 * LONGEST]).len(), 1);
    }

    #[test]
    fn the_first_ten_wrong_lines_are_named_and_all_are_counted() {
        let mut rejected = Rejected::default();
        (1..=25).for_each(|line| rejected.add(line, "why"));
        assert_eq!((rejected.lines, rejected.first.len(), rejected.first[9].line), (25, 10, 10));
    }
}
