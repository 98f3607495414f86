//! `#[sli]` and `slis!`: parse what was written, lower it to what it means, emit tokens.
//!
//! Whatever is wrong, the item itself is kept: one mistake gives one message, and editors go on understanding the rest. What the
//! attribute makes of a function stands in `call`, because it is made together with the other attributes there.

mod declare;
mod expand;
mod model;
mod parse;

pub(crate) use declare::several;
pub(crate) use expand::{function_item, watch};
pub(crate) use model::{Model, Target};

use proc_macro2::TokenStream;
use syn::Attribute;

use crate::call::{self, First};
use crate::diag::Diag;

/// `#[sli(...)]` on a function or on a static.
pub(crate) fn attribute(args: TokenStream, item: TokenStream) -> TokenStream {
    if declare::is_static(&item) { declare::one(args, item) } else { call::attribute(First::Sli, args, &item) }
}

/// What the arguments mean.
pub(crate) fn lowered(args: TokenStream, target: Target, diag: &Diag) -> Model {
    model::lower(parse::arguments(args, diag), target, diag)
}

/// A second attribute of this kind.
fn again(attrs: &[Attribute]) -> Option<&Attribute> {
    attrs.iter().find(|attr| is_sli(attr))
}

pub(crate) fn is_sli(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|last| last.ident == "sli")
}
