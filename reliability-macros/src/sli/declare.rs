//! SLIs declared by hand: `#[sli(name = "checkout")] static CHECKOUT: Sli;` and `slis! { static CHECKOUT = "checkout"; }`.
//!
//! One word for both would be `sli!`, but an attribute and a function-like macro share one namespace: the compiler refuses
//! a crate that exports both under one name (E0255). So the attribute is also taken by a static, and the list form has the
//! plural.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Ident, LitStr, Token, TypePath, Visibility};

use super::model::{self, Target};
use super::parse::{self, Arg, Value};
use super::{again, expand};
use crate::diag::Diag;

/// A static before its value.
pub(super) struct Head {
    pub(super) attrs: Vec<Attribute>,
    pub(super) vis: Visibility,
    pub(super) ident: Ident,
    /// As written, where it is written.
    pub(super) ty: Option<TypePath>,
}

fn head(input: ParseStream<'_>) -> syn::Result<Head> {
    let attrs = input.call(Attribute::parse_outer)?;
    let vis = input.parse()?;
    input.parse::<Token![static]>()?;
    Ok(Head { attrs, vis, ident: input.parse()?, ty: None })
}

/// Whether the attribute stands on a static.
pub(super) fn is_static(item: &TokenStream) -> bool {
    let peek = |input: ParseStream<'_>| {
        input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        let found = input.peek(Token![static]) && !input.peek2(Token![||]) && !input.peek2(Token![|]);
        input.parse::<TokenStream>()?;
        Ok(found)
    };
    peek.parse2(item.clone()).unwrap_or(false)
}

/// `#[sli(...)] static CHECKOUT: Sli;`
pub(super) fn one(args: TokenStream, item: TokenStream) -> TokenStream {
    let diag = Diag::new();
    let parser = |input: ParseStream<'_>| {
        let mut head = head(input)?;
        let rest: TokenStream = input.parse()?;
        let form = |input: ParseStream<'_>| {
            input.parse::<Token![:]>()?;
            let ty: TypePath = input.parse()?;
            let rest: TokenStream = input.parse()?;
            Ok((ty, rest.to_string() == ";"))
        };
        let read =
            form.parse2(rest).ok().filter(|(ty, _)| ty.path.segments.last().is_some_and(|last| last.ident == "Sli"));
        let fits = read.as_ref().is_some_and(|(_, fits)| *fits);
        head.ty = read.map(|(ty, _)| ty);
        if !fits {
            diag.error(
                head.ident.span(),
                format!("the attribute makes the value: write `static {}: Sli;`", head.ident),
            );
        }
        Ok(head)
    };
    let head = match parser.parse2(item) {
        Ok(head) => head,
        Err(error) => {
            diag.push(error);
            return diag.finish();
        }
    };
    let args = parse::arguments(args, &diag);
    let declared = declare(&head, args, &diag);
    let errors = diag.finish();
    quote!(#declared #errors)
}

/// `slis! { static CHECKOUT = "checkout"; .. }`
pub(crate) fn several(tokens: TokenStream) -> TokenStream {
    let diag = Diag::new();
    let parser = |input: ParseStream<'_>| {
        let mut items = TokenStream::new();
        while !input.is_empty() {
            match entry(input, &diag) {
                Ok(item) => items.extend(item),
                Err(error) => {
                    let form = "expected `static CHECKOUT = \"checkout\", objective = \"99.9%\";`";
                    diag.error(error.span(), format!("{form}: {error}"));
                    skip_entry(input)?;
                }
            }
        }
        Ok(items)
    };
    let items = parser.parse2(tokens).unwrap_or_else(|error| {
        diag.push(error);
        TokenStream::new()
    });
    let errors = diag.finish();
    quote!(#items #errors)
}

/// Goes on after the next `;`, so that one bad entry hides no other.
fn skip_entry(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && input.parse::<Option<Token![;]>>()?.is_none() {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

fn entry(input: ParseStream<'_>, diag: &Diag) -> syn::Result<TokenStream> {
    let head = head(input)?;
    let equals: Token![=] = input.parse()?;
    let name: LitStr = input.parse()?;
    let mut args = vec![Arg { key: "name", at: equals.span, value: Value::Text(name) }];
    if input.parse::<Option<Token![,]>>()?.is_some() {
        for arg in parse::list(input, diag) {
            if arg.key == "name" {
                diag.error(arg.at, "the name stands after the `=` already");
            } else {
                args.push(arg);
            }
        }
    }
    if input.is_empty() {
        return Err(syn::Error::new(head.ident.span(), "expected `;` at its end"));
    }
    input.parse::<Token![;]>()?;
    Ok(declare(&head, args, diag))
}

fn declare(head: &Head, args: Vec<Arg>, diag: &Diag) -> TokenStream {
    let Head { attrs, ident, .. } = head;
    let here = Diag::new();
    let model = model::lower(args, Target::Static, &here);
    if let Some(attr) = again(attrs) {
        here.spanned(attr, "a static takes `#[sli]` once: put all arguments into one");
    }
    if model.name.is_none() && here.is_clean() && !ident.unraw().to_string().is_ascii() {
        here.error(ident.span(), format!("`{ident}` gives no name: say `name = \"...\"`, 1 to 63 of a-z, 0-9 and -"));
    }
    let clean = here.is_clean() && diag.is_clean();
    here.hand_over(diag);
    if clean { expand::declared(head, &model) } else { expand::stand_in(head, &model) }
}
