//! What was written between the parentheses of `#[flag]`, `#[degrade]` and `#[shed]`, nothing judged yet.
//!
//! All three begin with the static that is asked; what follows stands once in a table for each, off which the messages are read too.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Expr, Ident, LitStr, Path, Token};

use crate::diag::Diag;

/// Which of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Shed,
    Flag,
    Degrade,
}

impl Which {
    pub(crate) const ALL: [Self; 3] = [Self::Shed, Self::Flag, Self::Degrade];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Shed => "shed",
            Self::Flag => "flag",
            Self::Degrade => "degrade",
        }
    }

    /// The whole, as an example.
    pub(crate) const fn form(self) -> &'static str {
        match self {
            Self::Shed => "#[shed(FRONT_DOOR, priority = \"critical\")]",
            Self::Flag => "#[flag(NEW_CHECKOUT, otherwise = old_checkout)]",
            Self::Degrade => "#[degrade(HOME, from = \"cached\", fallback = cached_home)]",
        }
    }

    /// What its first argument is.
    const fn asked(self) -> &'static str {
        match self {
            Self::Shed => "gate",
            Self::Flag => "flag",
            Self::Degrade => "ladder",
        }
    }

    const fn keys(self) -> &'static [Key] {
        match self {
            Self::Shed => &SHED,
            Self::Flag => &FLAG,
            Self::Degrade => &DEGRADE,
        }
    }

    /// Whether an attribute is this one, by the last part of its path.
    pub(crate) fn is(self, attr: &Attribute) -> bool {
        attr.path().segments.last().is_some_and(|last| last.ident == self.name())
    }
}

#[derive(Clone, Copy)]
enum Shape {
    Text,
    Path,
    Expr,
}

struct Key {
    name: &'static str,
    form: &'static str,
    shape: Shape,
}

const fn key(name: &'static str, form: &'static str, shape: Shape) -> Key {
    Key { name, form, shape }
}

const CRATE: Key = key("crate", "crate = path::to::reliability_core", Shape::Path);

const SHED: [Key; 8] = [
    key("priority", "priority = \"critical\" or priority = request.priority()", Shape::Expr),
    key("level", "level = tier", Shape::Expr),
    key("key", "key = customer.id()", Shape::Expr),
    key("deadline", "deadline = request.time_left()", Shape::Expr),
    key("attempt", "attempt = request.attempt()", Shape::Expr),
    key("cost", "cost = 3", Shape::Expr),
    key("otherwise", "otherwise = Reply::busy() or otherwise = |shed| Reply::busy(shed)", Shape::Expr),
    CRATE,
];

const FLAG: [Key; 3] =
    [key("otherwise", "otherwise = old_checkout", Shape::Path), key("key", "key = customer.id()", Shape::Expr), CRATE];

const DEGRADE: [Key; 4] = [
    key("from", "from = \"cached\"", Shape::Text),
    key("fallback", "fallback = cached_home", Shape::Path),
    key("otherwise", "otherwise = Page::busy() or otherwise = |shed| Page::busy(shed)", Shape::Expr),
    CRATE,
];

/// An attribute's arguments.
pub(crate) struct Written {
    pub(crate) which: Which,
    /// Where the attribute stands.
    pub(crate) at: Span,
    pub(crate) asked: Option<Path>,
    pub(crate) args: Vec<Arg>,
}

/// One of them.
pub(crate) struct Arg {
    pub(crate) key: &'static str,
    pub(crate) at: Span,
    pub(crate) value: Value,
}

/// Its value.
pub(crate) enum Value {
    Text(LitStr),
    Path(Path),
    Expr(Box<Expr>),
}

/// Reads an attribute that stands on a function.
pub(crate) fn sibling(which: Which, attr: &Attribute, diag: &Diag) -> Written {
    let at = attr.path().segments.last().map_or_else(Span::call_site, |last| last.ident.span());
    let tokens = match &attr.meta {
        syn::Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    };
    written(which, at, tokens, diag)
}

/// Reads all arguments; those that cannot be read are reported and left out.
pub(crate) fn written(which: Which, at: Span, tokens: TokenStream, diag: &Diag) -> Written {
    let mut written = Written { which, at, asked: None, args: Vec::new() };
    let parser = |input: ParseStream<'_>| {
        read(&mut written, input, diag);
        Ok(())
    };
    if let Err(error) = parser.parse2(tokens) {
        diag.push(error);
    }
    written
}

fn read(written: &mut Written, input: ParseStream<'_>, diag: &Diag) {
    let which = written.which;
    // a path that is followed by `=` is an argument, and the first one is missing
    let named = input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==]);
    if input.is_empty() || named {
        let at = if input.is_empty() { written.at } else { input.span() };
        diag.error(at, format!("the {} comes first, as in `{}`", which.asked(), which.form()));
    } else {
        let path = input.call(Path::parse_mod_style);
        let reported = path.is_err();
        match path {
            Ok(path) => written.asked = Some(path),
            Err(error) => {
                diag.error(error.span(), format!("expected the path of a {}, as in `{}`", which.asked(), which.form()));
            }
        }
        skip_to_comma(input, reported, diag);
    }
    while !input.is_empty() {
        let read = argument(which, input, diag);
        let reported = !matches!(read, Ok(Some(_)));
        match read {
            Ok(Some(arg)) if written.args.iter().any(|other| other.key == arg.key) => {
                diag.error(arg.at, format!("`{}` is given twice", arg.key));
            }
            Ok(Some(arg)) => written.args.push(arg),
            Ok(None) => {}
            Err(error) => diag.push(error),
        }
        skip_to_comma(input, reported, diag);
    }
}

fn argument(which: Which, input: ParseStream<'_>, diag: &Diag) -> syn::Result<Option<Arg>> {
    let accepted = || {
        let names: Vec<_> = which.keys().iter().map(|key| key.name).collect();
        format!("after the {} `#[{}]` accepts {}", which.asked(), which.name(), names.join(", "))
    };
    let ident = match input.call(Ident::parse_any) {
        Ok(ident) => ident,
        Err(error) => return Err(syn::Error::new(error.span(), format!("expected an argument: {}", accepted()))),
    };
    let Some(key) = which.keys().iter().find(|key| ident == key.name) else {
        diag.error(ident.span(), format!("unknown argument `{ident}`: {}", accepted()));
        return Ok(None);
    };
    let value = value(input, key).map_err(|error| {
        // at the end of the input an error would stand at the whole attribute
        let at = if input.is_empty() { ident.span() } else { error.span() };
        syn::Error::new(at, format!("expected `{}`", key.form))
    })?;
    Ok(Some(Arg { key: key.name, at: ident.span(), value }))
}

fn value(input: ParseStream<'_>, key: &Key) -> syn::Result<Value> {
    input.parse::<Token![=]>()?;
    Ok(match key.shape {
        Shape::Text => Value::Text(input.parse()?),
        Shape::Path => Value::Path(input.parse()?),
        Shape::Expr => Value::Expr(input.parse()?),
    })
}

/// Goes on after the next comma, so that one bad argument hides no other.
fn skip_to_comma(input: ParseStream<'_>, mut reported: bool, diag: &Diag) {
    while !input.is_empty() {
        if input.parse::<Option<Token![,]>>().is_ok_and(|comma| comma.is_some()) {
            return;
        }
        if !reported {
            diag.error(input.span(), "expected `,`");
            reported = true;
        }
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}
