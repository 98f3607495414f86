//! `#[sli]` and `slis!`: parse what was written, lower it to what it means, emit tokens.
//!
//! Whatever is wrong, the item itself is kept: one mistake gives one message, and editors go on understanding the rest.

mod body;
mod declare;
mod expand;
mod model;
mod parse;

pub(crate) use declare::several;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Attribute, Type};

use crate::diag::Diag;
use body::{Function, Kind, Shape};
use model::{Model, Target};

/// `#[sli(...)]` on a function or on a static.
pub(crate) fn attribute(args: TokenStream, item: TokenStream) -> TokenStream {
    if declare::is_static(&item) {
        return declare::one(args, item);
    }
    let diag = Diag::new();
    let function: Function = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            diag.push(refusal(&item, error));
            let errors = diag.finish();
            return quote!(#item #errors);
        }
    };
    let shape = function.shape();
    let target = if matches!(shape.kind, Kind::Sync) { Target::Sync } else { Target::Future };
    let model = model::lower(parse::arguments(args, &diag), target, &diag);
    check(&function, &shape, &model, &diag);
    let expanded = if diag.is_clean() { expand::function(&function, &shape, &model) } else { item };
    let errors = diag.finish();
    quote!(#expanded #errors)
}

/// What is no function is refused by what it is; a function that cannot be read, by what the parser says.
fn refusal(item: &TokenStream, error: syn::Error) -> syn::Error {
    match syn::parse2::<syn::Item>(item.clone()) {
        Ok(syn::Item::Fn(_) | syn::Item::Verbatim(_)) | Err(_) => error,
        Ok(_) => syn::Error::new(
            Span::call_site(),
            "`#[sli]` goes on a function with a body, or on a static as in `#[sli(name = \"checkout\")] static CHECKOUT: Sli;`",
        ),
    }
}

/// What is wrong with the function itself.
fn check(function: &Function, shape: &Shape, model: &Model, diag: &Diag) {
    let sig = &function.sig;
    if let Some(constness) = sig.constness {
        diag.error(
            constness.span,
            "a `const fn` cannot be measured: it may run in the compiler, where nothing is counted",
        );
    }
    if let Some(attr) = again(&function.attrs) {
        diag.spanned(attr, "a function takes `#[sli]` once: put all arguments into one");
    }
    if model.name.is_none() && !sig.ident.to_string().is_ascii() {
        let message = format!("`{}` gives no name: say `name = \"...\"`, 1 to 63 of a-z, 0-9 and -", sig.ident);
        diag.error(sig.ident.span(), message);
    }
    match &shape.output {
        Some(Type::Never(never)) => {
            diag.spanned(never, "a function that never returns has no outcome: measure what it calls");
        }
        Some(output) if model.outcome.is_none() => {
            if let Some((at, what)) = function.hidden(output) {
                diag.spanned(at, format!(
                    "this return type hides its outcome behind {what}: say `outcome = path::to::classifier`, for a `Result` `outcome = reliability_core::Outcome::of_result`"
                ));
            }
        }
        _ => {}
    }
}

/// A second attribute of this kind.
fn again(attrs: &[Attribute]) -> Option<&Attribute> {
    attrs.iter().find(|attr| is_sli(attr))
}

fn is_sli(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|last| last.ident == "sli")
}
