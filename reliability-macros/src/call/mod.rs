//! What `#[sli]`, `#[shed]`, `#[flag]` and `#[degrade]` make of a function, together.
//!
//! Whichever of them the compiler expands first takes the others off the function and expands all at once: so they may be
//! written in any order, they look at the clock once for all, and a refusal is counted as what it is. Each also works alone.
//!
//! Limit: they know each other by name. One that was imported under another name expands by itself inside the others, which
//! means the same but reads the clock again.

mod body;
mod expand;

pub(crate) use body::{Function, Kind, Shape};

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::Parser;
use syn::{Attribute, Ident, Type};

use crate::admission::{Guards, Which, Written, lower, sibling, written};
use crate::diag::Diag;
use crate::paths::Paths;
use crate::sli::{self, is_sli};

/// The attribute that the compiler expands first.
#[derive(Clone, Copy)]
pub(crate) enum First {
    Sli,
    Guard(Which),
}

impl First {
    /// What is said of a function that has no body.
    fn no_body(self) -> String {
        match self {
            Self::Sli => "`#[sli]` measures a body, and this function has none: put it on the implementations".into(),
            Self::Guard(which) => {
                format!(
                    "`#[{}]` runs a body or not, and this function has none: put it on the implementations",
                    which.name()
                )
            }
        }
    }

    /// What is said of something that is no function.
    fn no_function(self) -> String {
        match self {
            Self::Sli => "`#[sli]` goes on a function with a body, or on a static as in `#[sli(name = \"checkout\")] static CHECKOUT: Sli;`".into(),
            Self::Guard(which) => format!("`#[{}]` goes on a function with a body", which.name()),
        }
    }
}

/// Expands an attribute on a function, and with it the others that stand there.
pub(crate) fn attribute(first: First, args: TokenStream, item: &TokenStream) -> TokenStream {
    let diag = Diag::new();
    let read = |input: syn::parse::ParseStream<'_>| Function::read(input, &first.no_body());
    let mut function = match read.parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            diag.push(refusal(first, item, error));
            let errors = diag.finish();
            return quote!(#item #errors);
        }
    };
    let mut together = Together::new(first, args, &diag);
    together.take(&mut function.attrs, &diag);
    let shape = function.shape();
    let target = if matches!(shape.kind, Kind::Sync) { sli::Target::Sync } else { sli::Target::Future };
    let model = together.sli.take().map(|args| sli::lowered(args, target, &diag));
    let guards = lower(together.guards, &diag);
    check(first, &function, &shape, model.as_ref(), &guards, &diag);
    let expanded = if diag.is_clean() {
        let paths = model.as_ref().map_or_else(|| Paths::new(guards.root.as_ref()), |model| model.paths.clone());
        expand::function(function, &shape, model.as_ref(), &guards, &paths, &together.imported)
    } else {
        function.to_token_stream()
    };
    let errors = diag.finish();
    quote!(#expanded #errors)
}

/// The attributes of one function.
struct Together {
    sli: Option<TokenStream>,
    guards: Vec<Written>,
    /// Names under which the others were imported: they are taken off before the compiler sees that they are used.
    imported: Vec<Ident>,
}

impl Together {
    fn new(first: First, args: TokenStream, diag: &Diag) -> Self {
        match first {
            First::Sli => Self { sli: Some(args), guards: Vec::new(), imported: Vec::new() },
            First::Guard(which) => {
                Self { sli: None, guards: vec![written(which, Span::call_site(), args, diag)], imported: Vec::new() }
            }
        }
    }

    /// Takes the others off.
    fn take(&mut self, attrs: &mut Vec<Attribute>, diag: &Diag) {
        attrs.retain(|attr| {
            let which = Which::ALL.into_iter().find(|which| which.is(attr));
            if which.is_some() || is_sli(attr) {
                self.imported.extend(attr.path().get_ident().cloned());
            }
            if is_sli(attr) {
                if self.sli.is_some() {
                    diag.spanned(attr, "a function takes `#[sli]` once: put all arguments into one");
                }
                self.sli.get_or_insert_with(|| match &attr.meta {
                    syn::Meta::List(list) => list.tokens.clone(),
                    _ => TokenStream::new(),
                });
                return false;
            }
            let Some(which) = which else { return true };
            self.guards.push(sibling(which, attr, diag));
            false
        });
    }
}

/// What is no function is refused by what it is; a function that cannot be read, by what the parser says.
fn refusal(first: First, item: &TokenStream, error: syn::Error) -> syn::Error {
    match syn::parse2::<syn::Item>(item.clone()) {
        Ok(syn::Item::Fn(_) | syn::Item::Verbatim(_)) | Err(_) => error,
        Ok(_) => syn::Error::new(Span::call_site(), first.no_function()),
    }
}

/// What is wrong with the function itself.
fn check(first: First, function: &Function, shape: &Shape, model: Option<&sli::Model>, guards: &Guards, diag: &Diag) {
    let sig = &function.sig;
    if let Some(constness) = sig.constness {
        diag.error(
            constness.span,
            match first {
                First::Sli => "a `const fn` cannot be measured: it may run in the compiler, where nothing is counted",
                First::Guard(_) => "a `const fn` cannot ask: it may run in the compiler, where there is no switch",
            },
        );
    }
    if let Some(model) = model {
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
    if let Some((at, which)) = guards.refuses_without_a_value()
        && !can_refuse(shape.output.as_ref())
    {
        diag.error(at, format!(
            "`#[{}]` may refuse, and this return type cannot say so: return a `Result` whose error is made by `From<Shed>`, or say what is given instead with `otherwise = ...`",
            which.name()
        ));
    }
}

/// Whether a type may turn out to be a `Result`, as far as tokens tell.
fn can_refuse(output: Option<&Type>) -> bool {
    match output.map(body::plain) {
        Some(Type::Path(_) | Type::Macro(_)) => output.is_some_and(|ty| !expand::erased(ty).1),
        _ => false,
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attrs, vis, defaultness, sig, body } = self;
        tokens.extend(quote!(#(#attrs)* #vis #defaultness #sig #body));
    }
}
