//! What was found in a document: an error or a warning, and exactly where.
//!
//! All that is wrong is told at once: who must run a reader five times to fix five lines stops reading. A finding is
//! plain data with everything in it, the line included, so that it can be shown without the file, in a report for instance.

use std::fmt;
use std::sync::Arc;

/// Whether documents can be used in spite of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// They cannot.
    Error,
    /// They can, and somebody should look at it.
    Warning,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// Something that a person should know about a document.
///
/// ```
/// # #[cfg(feature = "document")] {
/// use reliability_core::document::{Documents, Source};
/// let (_, findings) = Documents::read([Source::new("shop.yaml", "apiVersion: openslo/v1\nkind: Servise\n")]);
/// let first = &findings[0];
/// assert_eq!((first.code, first.line, first.column, first.path.as_str()), ("unknown-kind", 2, 7, "kind"));
/// assert!(first.to_string().contains("2 | kind: Servise"));
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What kind of finding it is, for people and programs to look up: `document::explain` says more.
    pub code: &'static str,
    /// Whether the documents can be used in spite of it.
    pub level: Level,
    /// The file, as it was named to the reader.
    pub file: Arc<str>,
    /// The line, beginning with 1; 0 where the whole file is meant.
    pub line: u32,
    /// The column in characters, beginning with 1.
    pub column: u32,
    /// Where in the document, such as `spec.objectives[0].target`; empty for the whole of it.
    pub path: String,
    /// What stands there.
    pub found: Option<String>,
    /// What may stand there.
    pub accepted: Option<String>,
    /// What is wrong, in a sentence.
    pub message: String,
    /// The line of the file.
    pub text: String,
    /// How many characters of it are meant, from the column on.
    pub width: u32,
}

impl Finding {
    /// One about a whole file.
    #[allow(dead_code)] // only the feature `document` has any
    pub(crate) fn whole(code: &'static str, level: Level, file: &str, message: &str) -> Self {
        Self {
            code,
            level,
            file: file.into(),
            line: 0,
            column: 0,
            path: String::new(),
            found: None,
            accepted: None,
            message: message.to_owned(),
            text: String::new(),
            width: 0,
        }
    }

    /// Whether it forbids using the documents.
    pub fn is_error(&self) -> bool {
        self.level == Level::Error
    }
}

impl fmt::Display for Finding {
    /// As a compiler would say it: the sentence, the place, the line with a mark under it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}[{}]: {}", self.level, self.code, self.message)?;
        if self.line == 0 {
            return write!(f, "  --> {}", self.file);
        }
        let margin = self.line.to_string().len();
        writeln!(f, "{:margin$}--> {}:{}:{}", "", self.file, self.line, self.column)?;
        writeln!(f, "{:margin$} |", "")?;
        writeln!(f, "{} | {}", self.line, self.text)?;
        let before = self.column.saturating_sub(1) as usize;
        write!(f, "{:margin$} | {:before$}{}", "", "", "^".repeat(self.width.max(1) as usize))?;
        if !self.path.is_empty() {
            write!(f, "\n{:margin$} = at {}", "", self.path)?;
        }
        if let Some(found) = &self.found {
            write!(f, "\n{:margin$} = found: {found}", "")?;
        }
        if let Some(accepted) = &self.accepted {
            write!(f, "\n{:margin$} = accepted: {accepted}", "")?;
        }
        Ok(())
    }
}
