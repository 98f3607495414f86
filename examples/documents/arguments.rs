//! What may be asked on the command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

const CODES: &str = "\
Exit codes:
  0  all is well
  1  something was found, or a file could not be read
  2  wrong arguments

PATH is a file, or a folder of which all that ends in .yaml or .yml is read.";

/// Documents of objectives: OpenSLO and the kinds of reliability/v1.
#[derive(Debug, Parser)]
#[command(name = "documents", after_help = CODES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) question: Question,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Question {
    /// Tell all that is wrong, and what is disputed
    Check {
        /// A file or a folder
        path: PathBuf,
    },
    /// Print in canonical form, comments kept
    Fmt {
        /// A file or a folder
        path: PathBuf,
        /// Write the files instead of printing
        #[arg(long, conflicts_with = "check")]
        write: bool,
        /// Only say which files are not formatted
        #[arg(long)]
        check: bool,
    },
    /// Say in plain words what is promised
    Words {
        /// A file or a folder
        path: PathBuf,
    },
    /// Print the JSON Schema of the kinds of reliability/v1, for editors
    Schema,
    /// Tell what is allowed and hardly meant
    Lint {
        /// A file or a folder
        path: PathBuf,
        /// Explain each code
        #[arg(long)]
        why: bool,
    },
}
