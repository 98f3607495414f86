//! What was written between the parentheses, nothing judged yet.
//!
//! Every argument stands once in [`KEYS`], with its form and whether it may be repeated; the list in "unknown argument", the
//! check for doubles and the hint about the form are all read off that table, so they cannot disagree.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, LitInt, LitStr, Path, Token, parenthesized};

use crate::diag::Diag;

/// How an argument's value is written.
#[derive(Clone, Copy)]
enum Shape {
    Text,
    Number,
    Path,
    Depends,
    Labels,
}

struct Key {
    name: &'static str,
    form: &'static str,
    shape: Shape,
    repeats: bool,
}

const fn key(name: &'static str, form: &'static str, shape: Shape) -> Key {
    Key { name, form, shape, repeats: false }
}

const KEYS: [Key; 16] = [
    key("name", "name = \"checkout\"", Shape::Text),
    key("objective", "objective = \"99.9%\"", Shape::Text),
    Key { repeats: true, ..key("latency", "latency = \"99% < 250ms\"", Shape::Text) },
    key("window", "window = \"30d\"", Shape::Text),
    key("method", "method = \"timeslices 1m 99%\"", Shape::Text),
    Key { repeats: true, ..key("feature", "feature = \"purchase\"", Shape::Text) },
    key("owner", "owner = \"payments\"", Shape::Text),
    key("tier", "tier = 1", Shape::Number),
    key("depends_on", "depends_on(PAYMENT, \"stock\")", Shape::Depends),
    key("outcome", "outcome = path::to::classifier", Shape::Path),
    key("cancelled", "cancelled = \"bad\" or cancelled = \"ignored\"", Shape::Text),
    key("cancelled_after", "cancelled_after = \"1s\"", Shape::Text),
    key("was", "was = \"old-name\"", Shape::Text),
    key("labels", "labels(tenant = tenant.id(), max = 50)", Shape::Labels),
    key("timing", "timing = \"precise\", timing = \"coarse\" or timing = \"off\"", Shape::Text),
    key("crate", "crate = path::to::reliability_core", Shape::Path),
];

/// One argument.
pub(crate) struct Arg {
    pub(crate) key: &'static str,
    pub(crate) at: Span,
    pub(crate) value: Value,
}

/// Its value.
pub(crate) enum Value {
    Text(LitStr),
    Number(LitInt),
    Path(Path),
    Depends(Vec<Dependency>),
    Labels(Labels),
}

/// What an SLI depends on.
pub(crate) enum Dependency {
    Static(Path),
    Name(LitStr),
}

/// `labels(tenant = expr, max = 50)`; a static has no `expr`.
pub(crate) struct Labels {
    pub(crate) label: Ident,
    pub(crate) value: Option<Expr>,
    pub(crate) max: LitInt,
}

/// Reads all arguments; those that cannot be read are reported and left out.
pub(crate) fn arguments(tokens: TokenStream, diag: &Diag) -> Vec<Arg> {
    let parser = |input: ParseStream<'_>| Ok(list(input, diag));
    parser.parse2(tokens).unwrap_or_else(|error| {
        diag.push(error);
        Vec::new()
    })
}

/// Reads arguments up to the end or a `;`.
pub(crate) fn list(input: ParseStream<'_>, diag: &Diag) -> Vec<Arg> {
    let mut args: Vec<Arg> = Vec::new();
    while !input.is_empty() && !input.peek(Token![;]) {
        let read = argument(input, diag);
        let reported = !matches!(read, Ok(Some(_)));
        match read {
            Ok(Some(arg)) if !repeats(arg.key) && args.iter().any(|other| other.key == arg.key) => {
                diag.error(arg.at, doubled(arg.key));
            }
            Ok(Some(arg)) => args.push(arg),
            Ok(None) => {}
            Err(error) => diag.push(error),
        }
        skip_to_comma(input, reported, diag);
    }
    args
}

fn doubled(name: &str) -> String {
    let several: Vec<_> = KEYS.iter().filter(|key| key.repeats).map(|key| format!("`{}`", key.name)).collect();
    format!("`{name}` is given twice: only {} may be repeated", several.join(" and "))
}

fn repeats(name: &str) -> bool {
    KEYS.iter().any(|key| key.name == name && key.repeats)
}

fn argument(input: ParseStream<'_>, diag: &Diag) -> syn::Result<Option<Arg>> {
    let ident = match input.call(Ident::parse_any) {
        Ok(ident) => ident,
        Err(error) => {
            return Err(syn::Error::new(error.span(), format!("expected an argument: {}", accepted())));
        }
    };
    let Some(key) = KEYS.iter().find(|key| ident == key.name) else {
        diag.error(ident.span(), format!("unknown argument `{ident}`: {}", accepted()));
        return Ok(None);
    };
    let value = value(input, key, ident.span(), diag).map_err(|error| {
        syn::Error::new(at_or(error.span(), input, ident.span()), format!("expected `{}`", key.form))
    })?;
    Ok(value.map(|value| Arg { key: key.name, at: ident.span(), value }))
}

/// At the end of the input an error would stand at the whole attribute; the argument's name is the better place.
fn at_or(span: Span, input: ParseStream<'_>, name: Span) -> Span {
    if input.is_empty() { name } else { span }
}

fn accepted() -> String {
    let names: Vec<_> = KEYS.iter().map(|key| key.name).collect();
    format!("the accepted ones are {}", names.join(", "))
}

fn value(input: ParseStream<'_>, key: &Key, at: Span, diag: &Diag) -> syn::Result<Option<Value>> {
    if matches!(key.shape, Shape::Text | Shape::Number | Shape::Path) {
        input.parse::<Token![=]>()?;
    }
    Ok(Some(match key.shape {
        Shape::Text => Value::Text(input.parse()?),
        Shape::Number => Value::Number(input.parse()?),
        Shape::Path => Value::Path(input.parse()?),
        Shape::Depends => {
            let content;
            parenthesized!(content in input);
            let names = Punctuated::<_, Token![,]>::parse_terminated_with(&content, dependency);
            drain(&content)?;
            Value::Depends(names?.into_iter().collect())
        }
        Shape::Labels => {
            let content;
            parenthesized!(content in input);
            let labels = labels(&content, at, diag);
            drain(&content)?;
            return Ok(labels?.map(Value::Labels));
        }
    }))
}

/// Takes the rest of a group: what is left in it would be reported a second time.
fn drain(content: ParseStream<'_>) -> syn::Result<()> {
    content.parse::<TokenStream>().map(drop)
}

fn dependency(input: ParseStream<'_>) -> syn::Result<Dependency> {
    if input.peek(LitStr) { input.parse().map(Dependency::Name) } else { input.parse().map(Dependency::Static) }
}

fn labels(input: ParseStream<'_>, at: Span, diag: &Diag) -> syn::Result<Option<Labels>> {
    let label: Ident = input.parse()?;
    let value = if input.parse::<Option<Token![=]>>()?.is_some() { Some(input.parse()?) } else { None };
    let mut max = None;
    while input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
        let ident: Ident = input.parse()?;
        if ident == "max" && max.is_none() {
            input.parse::<Token![=]>()?;
            max = Some(input.parse()?);
        } else {
            diag.error(ident.span(), format!("`{ident}` cannot follow: an SLI has one label and one `max`, as in `labels(tenant = tenant.id(), max = 50)`"));
            return Ok(None);
        }
    }
    if max.is_none() && input.is_empty() {
        diag.error(at, "`labels` wants a `max`: how many values are counted apart before the rest is `other`, as in `labels(tenant = tenant.id(), max = 50)`");
        return Ok(None);
    }
    Ok(max.map(|max| Labels { label, value, max }))
}

/// Goes on after the next comma, so that one bad argument hides no other.
fn skip_to_comma(input: ParseStream<'_>, mut reported: bool, diag: &Diag) {
    while !input.is_empty() && !input.peek(Token![;]) {
        if input.parse::<Option<Token![,]>>().is_ok_and(|comma| comma.is_some()) {
            return;
        }
        if !reported {
            diag.error(input.span(), "expected `,`");
            reported = true;
        }
        if input.parse::<proc_macro2::TokenTree>().is_err() {
            return;
        }
    }
}
