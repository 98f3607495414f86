//! Where findings are made: a file, its lines, and what was found in it so far.

use std::fmt;
use std::sync::Arc;

use super::node::At;
use crate::spec::{Finding, Level};

/// Findings of one file as they are made.
#[derive(Debug)]
pub(crate) struct Desk<'a> {
    pub(super) file: Arc<str>,
    lines: Vec<&'a str>,
    pub(super) findings: Vec<Finding>,
}

impl<'a> Desk<'a> {
    pub(super) fn new(file: &str, text: &'a str) -> Self {
        Self { file: file.into(), lines: text.lines().collect(), findings: Vec::new() }
    }

    pub(super) fn error(&mut self, code: &'static str, at: At, path: &str, message: impl Into<String>) -> Made<'_> {
        self.add(code, Level::Error, at, path, message.into())
    }

    pub(super) fn warning(&mut self, code: &'static str, at: At, path: &str, message: impl Into<String>) -> Made<'_> {
        self.add(code, Level::Warning, at, path, message.into())
    }

    fn add(&mut self, code: &'static str, level: Level, at: At, path: &str, message: String) -> Made<'_> {
        // a line of any length would make the message useless; tabs would shift the mark under it
        let line = self.lines.get((at.line as usize).wrapping_sub(1)).copied().unwrap_or_default();
        let text: String = line.chars().take(200).map(|c| if c.is_control() { ' ' } else { c }).collect();
        let width = at.width.min((text.chars().count() as u32 + 1).saturating_sub(at.column)).max(1);
        self.findings.push(Finding {
            code,
            level,
            file: Arc::clone(&self.file),
            line: at.line,
            column: at.column,
            path: path.to_owned(),
            found: None,
            accepted: None,
            message,
            text,
            width,
        });
        let last = self.findings.len() - 1;
        Made(&mut self.findings[last])
    }
}

/// A finding as it is made: what was found and what is accepted are said where they help.
pub(super) struct Made<'f>(&'f mut Finding);

impl Made<'_> {
    pub(super) fn found(self, found: impl fmt::Display) -> Self {
        let found = found.to_string();
        self.0.found =
            Some(if found.chars().count() > 80 { found.chars().take(79).chain(['…']).collect() } else { found });
        self
    }

    pub(super) fn accepted(self, accepted: impl fmt::Display) -> Self {
        self.0.accepted = Some(accepted.to_string());
        self
    }
}
