//! `#[derive(Outcome)]`: parse the attributes, lower each variant to what it is, emit the impl.
//!
//! A struct is one variant without a name. After a mistake an impl that says "bad" stands in, so that the uses of the type
//! are not reported too.

mod expand;
mod parse;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::diag::Diag;

pub(crate) fn derive(item: TokenStream) -> TokenStream {
    let diag = Diag::new();
    let input: DeriveInput = match syn::parse2(item) {
        Ok(input) => input,
        Err(error) => {
            diag.push(error);
            return diag.finish();
        }
    };
    let model = parse::model(&input, &diag);
    let expanded = if diag.is_clean() { expand::derive(&input, &model) } else { expand::stand_in(&input, &model) };
    let errors = diag.finish();
    quote!(#expanded #errors)
}
