//! The function's arguments, so that they can be handed on to another function.
//!
//! An argument that is a plain name is handed on by it. One that is a pattern gets a name of the macro's own in the signature, and the
//! pattern is taken apart where the body begins, so that the whole value is still there for a fallback. Expressions of the attributes
//! (a key, a deadline) see the names of the pattern by reference.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{FnArg, Ident, Pat, Path, Signature};

/// What replaces the arguments' patterns.
pub(crate) struct Bound {
    /// All arguments, to be moved.
    names: Vec<TokenStream>,
    /// The patterns that were taken off, with their names.
    patterns: Vec<(Pat, Ident)>,
}

/// Gives every argument a name.
pub(crate) fn bind(sig: &mut Signature) -> Bound {
    let mut bound = Bound { names: Vec::new(), patterns: Vec::new() };
    for (i, input) in sig.inputs.iter_mut().enumerate() {
        let argument = match input {
            FnArg::Receiver(receiver) => {
                bound.names.push(receiver.self_token.to_token_stream());
                continue;
            }
            FnArg::Typed(argument) => argument,
        };
        if let Pat::Ident(pat) = &*argument.pat
            && pat.by_ref.is_none()
            && pat.subpat.is_none()
        {
            bound.names.push(pat.ident.to_token_stream());
            continue;
        }
        let name = Ident::new(&format_ident!("__reliability_argument_{i}").to_string(), mixed(argument.pat.span()));
        bound.names.push(name.to_token_stream());
        let pattern = std::mem::replace(&mut *argument.pat, syn::parse_quote!(#name));
        bound.patterns.push((pattern, name));
    }
    bound
}

fn mixed(at: proc_macro2::Span) -> proc_macro2::Span {
    proc_macro2::Span::mixed_site().located_at(at)
}

impl Bound {
    /// A call of another function with the same arguments.
    pub(crate) fn call(&self, function: &Path) -> TokenStream {
        let names = &self.names;
        quote!(#function(#(#names),*))
    }

    /// The patterns, taken apart.
    pub(crate) fn unpack(&self) -> TokenStream {
        self.patterns.iter().map(|(pattern, name)| quote!(let #pattern = #name;)).collect()
    }

    /// An expression that sees the patterns' names, by reference.
    pub(crate) fn seeing(&self, expr: &TokenStream) -> TokenStream {
        if self.patterns.is_empty() {
            return expr.clone();
        }
        let views = self.patterns.iter().map(|(pattern, name)| {
            let mut pattern = pattern.clone();
            Plain.visit_pat_mut(&mut pattern);
            quote!(#[allow(unused_variables)] let #pattern = &#name;)
        });
        quote!({ #(#views)* #expr })
    }
}

/// Takes `mut` and `ref` off: what is seen by reference is seen as it is.
struct Plain;

impl VisitMut for Plain {
    fn visit_pat_ident_mut(&mut self, pat: &mut syn::PatIdent) {
        (pat.mutability, pat.by_ref) = (None, None);
        visit_mut::visit_pat_ident_mut(self, pat);
    }
}
