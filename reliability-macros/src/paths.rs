//! The names that generated code uses.
//!
//! Everything is reached by a path that begins with `::reliability_core` or with what `crate = ...` says, so that nothing a
//! user imports or defines can stand in the way. Items that the macro itself makes (items have no hygiene) begin with
//! `__RELIABILITY_`, locals with `__reliability_` and with the span of the macro's own definition.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};

/// Where the library is found.
#[derive(Clone)]
pub(crate) struct Paths {
    root: TokenStream,
}

impl Paths {
    /// The path of `crate = ...`, or the crate's own name.
    pub(crate) fn new(given: Option<&syn::Path>) -> Self {
        Self { root: given.map_or_else(|| quote!(::reliability_core), ToTokens::to_token_stream) }
    }

    pub(crate) const fn root(&self) -> &TokenStream {
        &self.root
    }

    pub(crate) fn private(&self) -> TokenStream {
        let root = &self.root;
        quote!(#root::__private)
    }
}

/// The static of a function.
pub(crate) const SLI: &str = "__RELIABILITY_SLI";
/// Its name, computed from its path.
pub(crate) const NAME: &str = "__RELIABILITY_NAME";
/// The table of its label's values.
pub(crate) const LABELS: &str = "__RELIABILITY_LABELS";
/// The places of that table.
pub(crate) const PLACES: &str = "__RELIABILITY_PLACES";

/// A name that no name of the user's can meet.
pub(crate) fn own(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// The same tokens, but what the compiler says about them is said at another place. What they mean does not change.
pub(crate) fn blame(tokens: TokenStream, at: Span) -> TokenStream {
    let moved = tokens.into_iter().map(|token| {
        let mut token = match token {
            TokenTree::Group(group) => TokenTree::Group(Group::new(group.delimiter(), blame(group.stream(), at))),
            token => token,
        };
        token.set_span(token.span().located_at(at));
        token
    });
    moved.collect()
}

/// Braces inside the macro's own: as the user's they would be reported as unnecessary.
pub(crate) fn nested(content: TokenStream, braces: Span) -> Group {
    let mut group = Group::new(Delimiter::Brace, content);
    group.set_span(Span::mixed_site().located_at(braces));
    group
}
