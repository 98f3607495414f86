//! Mistakes, collected until the end.
//!
//! A macro that stops at its first mistake makes people compile once for each. So every step reports here and goes on with
//! what it has, and the entry point emits all messages together, beside the item as it was written. A collector that is
//! dropped with unread mistakes panics: a step cannot lose a message by forgetting to ask (after `serde_derive`'s `Ctxt`).

use std::cell::RefCell;
use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// A collector. Must be emptied by [`finish`](Self::finish).
pub(crate) struct Diag {
    errors: RefCell<Option<Vec<syn::Error>>>,
}

impl Diag {
    pub(crate) const fn new() -> Self {
        Self { errors: RefCell::new(Some(Vec::new())) }
    }

    /// Reports a mistake at a place.
    pub(crate) fn error(&self, at: Span, message: impl Display) {
        self.push(syn::Error::new(at, message));
    }

    /// Reports a mistake about all of some tokens: their spans cannot be joined into one.
    pub(crate) fn spanned(&self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// Reports what a parser found.
    pub(crate) fn push(&self, error: syn::Error) {
        if let Some(errors) = self.errors.borrow_mut().as_mut() {
            errors.push(error);
        }
    }

    /// The value of a reading, or its mistake reported at the literal.
    pub(crate) fn read<T>(&self, at: Span, reading: Result<T, impl Display>) -> Option<T> {
        reading.map_err(|message| self.error(at, message)).ok()
    }

    /// Whether nothing was reported.
    pub(crate) fn is_clean(&self) -> bool {
        self.errors.borrow().as_ref().is_none_or(Vec::is_empty)
    }

    /// Gives all that was reported to another collector.
    pub(crate) fn hand_over(self, to: &Self) {
        self.errors.borrow_mut().take().into_iter().flatten().for_each(|error| to.push(error));
    }

    /// All messages as tokens; none if nothing was reported.
    pub(crate) fn finish(self) -> TokenStream {
        let errors = self.errors.borrow_mut().take().unwrap_or_default();
        errors.iter().map(syn::Error::to_compile_error).collect()
    }
}

impl Drop for Diag {
    fn drop(&mut self) {
        let unread = self.errors.borrow().is_some();
        assert!(!unread || std::thread::panicking(), "mistakes were collected and not emitted");
    }
}
