//! The macros of `reliability-core`. Depend on that crate, which re-exports them; this one has no interface of its own.
#![warn(missing_docs)]

mod diag;
mod outcome;
mod paths;
mod sli;
mod text;

use proc_macro::TokenStream;

/// Measures a function, or declares an SLI by hand.
#[proc_macro_attribute]
pub fn sli(args: TokenStream, item: TokenStream) -> TokenStream {
    sli::attribute(args.into(), item.into()).into()
}

/// Declares SLIs by hand.
#[proc_macro]
pub fn slis(items: TokenStream) -> TokenStream {
    sli::several(items.into()).into()
}

/// Classifies the values of a type.
#[proc_macro_derive(Outcome, attributes(outcome))]
pub fn outcome(item: TokenStream) -> TokenStream {
    outcome::derive(item.into()).into()
}
