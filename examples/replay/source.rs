//! From a file or standard input to minutes, with a progress bar for whoever watches.
//!
//! The bar is drawn on standard error and only when that is a terminal. A stream is read once, so a pipe does as well as a file.
//!
//! **A file that is not what it says** is refused as a whole: a table without its header, a compressed file, or one of which no
//! line can be read (after a thousand such lines the rest is not waited for). A file that holds some wrong lines is judged without
//! them.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::clf;
use crate::csv::{Table, TableError};
use crate::lines::{Lines, Rejected};
use crate::minutes::Minute;
use crate::reorder::{Reorder, Seen};
use crate::time::LogTimes;

const BUFFER: usize = 256 * 1024;
/// So many lines, none of them readable, are not the beginning of a log.
const HOPELESS: u64 = 1_000;
/// First bytes of files that are compressed, and what unpacks them.
const COMPRESSED: [(&[u8], &str); 4] =
    [(b"\x1F\x8B", "zcat"), (b"\x28\xB5\x2F\xFD", "zstdcat"), (b"BZh", "bzcat"), (b"\xFD7zXZ", "xzcat")];

/// How a history is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Table,
    /// A request is good within that long, where that is asked.
    Log {
        within: Option<Duration>,
    },
}

/// Why nothing could be judged.
#[derive(Debug)]
pub(crate) enum SourceError {
    Unreadable(io::Error),
    Compressed(&'static str),
    Table(TableError, Option<&'static str>),
    /// No line is what it should be; how many there were and what is wrong with the first.
    NotTable(Rejected),
    NotLog(Rejected),
}

impl From<io::Error> for SourceError {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = |rejected: &Rejected| rejected.first.first().map_or("", |wrong| wrong.why);
        let line = |rejected: &Rejected| rejected.first.first().map_or(0, |wrong| wrong.line);
        match self {
            Self::Unreadable(error) => error.fmt(f),
            Self::Compressed(with) => write!(f, "it is compressed: `{with} FILE | replay -` unpacks it on the way"),
            Self::Table(error, None) => write!(f, "no table of time, good and bad: {error}"),
            Self::Table(error, Some(hint)) => write!(f, "no table of time, good and bad: {error}; {hint}"),
            Self::NotTable(all) => write!(f, "none of its rows can be read; line {}: {}", line(all), first(all)),
            Self::NotLog(all) => write!(
                f,
                "no log in Common or Combined Log Format: none of its first {} lines can be read; line {}: {}",
                all.lines,
                line(all),
                first(all)
            ),
        }
    }
}

/// Opens a file, or standard input for `-`.
///
/// # Errors
/// If there is no such file, it may not be read, or it is a folder.
pub(crate) fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    let (bar, input): (_, Box<dyn Read>) = if path == Path::new("-") {
        (ProgressBar::no_length(), Box::new(io::stdin().lock()))
    } else {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        // a named pipe has no length worth drawing
        let bar = if metadata.is_file() { ProgressBar::new(metadata.len()) } else { ProgressBar::no_length() };
        (bar, Box::new(file))
    };
    bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
    let form = match bar.length() {
        Some(_) => "{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
        None => "{spinner} {bytes} {bytes_per_sec}",
    };
    bar.set_style(ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar()));
    let input = bar.with_finish(indicatif::ProgressFinish::AndClear).wrap_read(input);
    Ok(Box::new(BufReader::with_capacity(BUFFER, input)))
}

/// Reads all of `input` and hands its minutes on, oldest first; gives the lines that were wrong.
///
/// # Errors
/// If the stream ends in an error, or is not what `form` says.
pub(crate) fn read(
    form: Form,
    mut input: impl BufRead,
    hand_on: &mut impl FnMut(Minute),
) -> Result<Rejected, SourceError> {
    let begin = input.fill_buf()?;
    if let Some((_, with)) = COMPRESSED.into_iter().find(|(magic, _)| begin.starts_with(magic)) {
        return Err(SourceError::Compressed(with));
    }
    match form {
        Form::Table => table(input, hand_on),
        Form::Log { within } => log(within, input, hand_on),
    }
}

fn table(input: impl BufRead, hand_on: &mut impl FnMut(Minute)) -> Result<Rejected, SourceError> {
    let mut lines = Lines::new(input);
    let header = lines.next()?.map_or(Err(""), |(_, line)| line);
    if !Table::is_header(header) {
        let log = clf::request(header, &mut LogTimes::default()).is_ok();
        let hint = log.then_some("it looks like a web server's log, which --format clf reads");
        return Err(SourceError::Table(TableError::Header, hint));
    }
    let (mut table, mut rejected) = (Table::default(), Rejected::default());
    while let Some((number, line)) = lines.next()? {
        if let Err(why) = table.row(number, line) {
            rejected.add(number, why);
        }
    }
    if table.is_empty() && rejected.lines > 0 {
        return Err(SourceError::NotTable(rejected));
    }
    table.minutes().map_err(|error| SourceError::Table(error, None))?.for_each(hand_on);
    Ok(rejected)
}

fn log(
    within: Option<Duration>,
    input: impl BufRead,
    hand_on: &mut impl FnMut(Minute),
) -> Result<Rejected, SourceError> {
    let (mut lines, mut rejected) = (Lines::new(input), Rejected::default());
    let (mut times, mut reorder) = (LogTimes::default(), Reorder::default());
    let mut readable = false;
    while let Some((line, text)) = lines.next()? {
        let seen = clf::request(text, &mut times)
            .and_then(|request| Ok(Seen { line, minute: request.minute, good: request.is_good(within)? }));
        match seen {
            Ok(seen) => {
                readable = true;
                reorder.count(seen, &mut rejected, hand_on);
            }
            Err(why) => rejected.add(line, why),
        }
        if !readable && rejected.lines >= HOPELESS {
            break;
        }
    }
    if !readable && rejected.lines > 0 {
        return Err(SourceError::NotLog(rejected));
    }
    reorder.finish(hand_on);
    Ok(rejected)
}
