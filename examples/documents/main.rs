//! Documents of objectives without a service: checked, formatted, told in plain words, linted.
//!
//! `cargo run -p reliability-examples --example documents -- check examples/storefront/reliability.yaml`
//!
//! For editors, pipelines and people who agree on an objective before anybody writes code. What only the code can know, such as
//! whether an SLI exists, is found where a service starts from the documents.

mod arguments;

use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use reliability_core::document::{Documents, Source, explain, format, schema};
use reliability_core::watch::read_files;
use reliability_core::{Finding, Timestamp};

use arguments::{Arguments, Question};

fn main() -> ExitCode {
    match answer(Arguments::parse().question) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // whoever reads the output has seen enough
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all is well.
fn answer(question: Question) -> io::Result<bool> {
    let mut out = io::stdout().lock();
    match question {
        Question::Check { path } => {
            let (documents, findings) = Documents::read(read_files(path)?);
            let errors = tell(&mut out, &findings)?;
            writeln!(out, "{} documents, {errors} errors, {} warnings", documents.len(), findings.len() - errors)?;
            Ok(errors == 0)
        }
        Question::Fmt { path, write, check } => {
            let mut well = true;
            for source in read_files(path)? {
                well &= formatted(&mut out, &source, write, check)?;
            }
            Ok(well)
        }
        Question::Words { path } => {
            let (documents, findings) = Documents::read(read_files(path)?);
            let errors: Vec<_> = findings.into_iter().filter(Finding::is_error).collect();
            tell(&mut out, &errors)?;
            write!(out, "{}", documents.words())?;
            Ok(errors.is_empty())
        }
        Question::Schema => {
            writeln!(out, "{}", serde_json::to_string_pretty(&schema())?)?;
            Ok(true)
        }
        Question::Lint { path, why } => {
            let (documents, mut findings) = Documents::read(read_files(path)?);
            let now = jiff::Timestamp::now();
            let more = documents.lint(&[], Timestamp::from_unix_seconds(now.as_second()), &[]);
            // no code is known here, so none of its names is
            findings.extend(more.into_iter().filter(|finding| !finding.code.starts_with("unknown-s")));
            tell(&mut out, &findings)?;
            if why {
                let mut codes: Vec<_> = findings.iter().map(|finding| finding.code).collect();
                codes.sort_unstable();
                codes.dedup();
                for code in codes {
                    writeln!(out, "{code}: {}", explain(code).unwrap_or_default())?;
                }
            }
            Ok(findings.is_empty())
        }
    }
}

/// Writes findings, and says how many are errors.
fn tell(out: &mut impl Write, findings: &[Finding]) -> io::Result<usize> {
    for finding in findings {
        writeln!(out, "{finding}\n")?;
    }
    Ok(findings.iter().filter(|finding| finding.is_error()).count())
}

/// Formats one file; false if it cannot be, or `check` finds that it is not.
fn formatted(out: &mut impl Write, source: &Source, write: bool, check: bool) -> io::Result<bool> {
    let text = match format(source) {
        Ok(text) => text,
        Err(findings) => {
            tell(out, &findings)?;
            return Ok(false);
        }
    };
    if check {
        if text != source.text() {
            writeln!(out, "{} is not formatted", source.name())?;
        }
        return Ok(text == source.text());
    }
    if !write {
        write!(out, "{text}")?;
    } else if text != source.text() {
        // a reader sees the old file or the new one
        let half = format!("{}.part", source.name());
        fs::write(&half, text)?;
        fs::rename(&half, source.name())?;
        writeln!(out, "{} formatted", source.name())?;
    }
    Ok(true)
}
