//! What each variant says it is.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Fields, Ident, Path, Token, Type};

use crate::diag::Diag;
use crate::paths::Paths;

const ACCEPTED: &str =
    "`#[outcome(good)]`, `#[outcome(ignored)]`, `#[outcome(shed)]`, `#[outcome(bad)]` or `#[outcome(inner)]`";

/// A type that is to classify its values.
pub(super) struct Model<'a> {
    pub(super) paths: Paths,
    pub(super) variants: Vec<Variant<'a>>,
}

/// One variant, or the whole of a struct.
pub(super) struct Variant<'a> {
    /// `None` for a struct.
    pub(super) ident: Option<&'a Ident>,
    pub(super) is: Is,
    /// The only field, if there is one.
    pub(super) field: Option<(Option<&'a Ident>, &'a Type)>,
}

/// What a variant is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    Good,
    Bad,
    Ignored,
    Shed,
    Inner,
}

pub(super) fn model<'a>(input: &'a DeriveInput, diag: &Diag) -> Model<'a> {
    let (mut krate, mut is) = (None, None);
    read(&input.attrs, &mut is, Some(&mut krate), diag);
    let paths = Paths::new(krate.as_ref());
    let variants = match &input.data {
        Data::Struct(data) => {
            no_fields(&data.fields, diag);
            vec![variant(None, &data.fields, is, diag)]
        }
        Data::Enum(data) => {
            if let Some((_, at)) = is {
                diag.error(
                    at,
                    "on an enum each variant says its outcome: put it on the variants; those that say nothing are bad",
                );
            }
            let variants = data.variants.iter().map(|one| {
                let mut is = None;
                read(&one.attrs, &mut is, None, diag);
                no_fields(&one.fields, diag);
                variant(Some(&one.ident), &one.fields, is, diag)
            });
            variants.collect()
        }
        Data::Union(data) => {
            diag.error(
                data.union_token.span,
                "a union does not know what it holds: `#[derive(Outcome)]` is for enums and structs",
            );
            Vec::new()
        }
    };
    Model { paths, variants }
}

fn variant<'a>(ident: Option<&'a Ident>, fields: &'a Fields, is: Option<(Is, Span)>, diag: &Diag) -> Variant<'a> {
    let mut all = fields.iter();
    let field = all.next().filter(|_| all.next().is_none()).map(|field| (field.ident.as_ref(), &field.ty));
    if let (Some((Is::Inner, at)), None) = (is, field) {
        diag.error(at, "`inner` hands the question to the only field: there must be exactly one");
    }
    Variant { ident, is: is.map_or(Is::Bad, |(is, _)| is), field }
}

fn no_fields(fields: &Fields, diag: &Diag) {
    for attr in fields.iter().flat_map(|field| &field.attrs).filter(|attr| attr.path().is_ident("outcome")) {
        diag.spanned(attr, "`#[outcome]` goes on a variant or a struct, not on a field: `#[outcome(inner)]` hands the question to the only one");
    }
}

/// Reads `#[outcome(..)]` of a variant or, where `krate` can be given, of a type.
fn read(attrs: &[Attribute], is: &mut Option<(Is, Span)>, mut krate: Option<&mut Option<Path>>, diag: &Diag) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("outcome")) {
        let mut any = false;
        let read = attr.parse_nested_meta(|meta| {
            any = true;
            let at = meta.path.span();
            if meta.path.is_ident("crate") {
                let path = meta.value()?.parse::<Path>()?;
                match &mut krate {
                    Some(krate) if krate.is_none() => **krate = Some(path),
                    Some(_) => diag.error(at, "`crate` is given twice"),
                    None => diag.error(at, "`crate = path` goes on the type"),
                }
                return Ok(());
            }
            let found = [
                ("good", Is::Good),
                ("bad", Is::Bad),
                ("ignored", Is::Ignored),
                ("shed", Is::Shed),
                ("inner", Is::Inner),
            ];
            match found.iter().find(|(name, _)| meta.path.is_ident(name)) {
                Some(_) if is.is_some() => diag.error(at, format!("one outcome only: {ACCEPTED} is accepted")),
                Some((_, found)) => *is = Some((*found, at)),
                None => {
                    diag.error(at, format!("unknown outcome: {ACCEPTED} is accepted"));
                    if meta.input.peek(Token![=]) {
                        meta.value()?.parse::<syn::Expr>()?;
                    }
                }
            }
            Ok(())
        });
        if read.is_err() || !any {
            diag.spanned(attr, format!("expected {ACCEPTED}"));
        }
    }
}
