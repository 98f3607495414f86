//! The impl.

use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;
use syn::{DeriveInput, GenericParam, Type};

use super::parse::{Is, Model, Variant};
use crate::paths::{blame, own};

pub(super) fn derive(input: &DeriveInput, model: &Model<'_>) -> TokenStream {
    let root = model.paths.root();
    let arms = model.variants.iter().map(|variant| arm(variant, root));
    let body = if model.variants.is_empty() { quote!(match *self {}) } else { quote!(match self { #(#arms)* }) };
    implement(input, model, &body)
}

/// Says "bad" of everything.
pub(super) fn stand_in(input: &DeriveInput, model: &Model<'_>) -> TokenStream {
    let root = model.paths.root();
    implement(input, model, &quote!(#root::Outcome::Bad))
}

fn implement(input: &DeriveInput, model: &Model<'_>, body: &TokenStream) -> TokenStream {
    let (root, ident) = (model.paths.root(), &input.ident);
    let mut generics = input.generics.clone();
    for variant in model.variants.iter().filter(|variant| variant.is == Is::Inner) {
        if let Some((_, ty)) = variant.field.filter(|(_, ty)| is_generic(input, ty)) {
            generics.make_where_clause().predicates.push(syn::parse_quote!(#ty: #root::Classify));
        }
    }
    let (params, arguments, bounds) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        #[allow(deprecated, clippy::match_same_arms, clippy::match_single_binding)]
        impl #params #root::Classify for #ident #arguments #bounds {
            #[inline]
            fn classify(&self) -> #root::Outcome {
                #body
            }
        }
    }
}

fn arm(variant: &Variant<'_>, root: &TokenStream) -> TokenStream {
    let path = variant.ident.map_or_else(|| quote!(Self), |ident| quote!(Self::#ident));
    let outcome = match variant.is {
        Is::Good => quote!(Good),
        Is::Bad => quote!(Bad),
        Is::Ignored => quote!(Ignored),
        Is::Shed => quote!(Shed),
        Is::Inner => {
            let inner = own("__reliability_inner");
            let field = variant.field.and_then(|(name, _)| name).map_or_else(|| quote!(0), |name| quote!(#name));
            let ask = quote!(#root::Classify::classify(#inner));
            let ask = variant.field.map_or_else(TokenStream::new, |(_, ty)| blame(ask, ty.span()));
            return quote!(#path { #field: #inner } => #ask,);
        }
    };
    quote!(#path { .. } => #root::Outcome::#outcome,)
}

/// Whether a type names a parameter, so that the impl needs a bound.
fn is_generic(input: &DeriveInput, ty: &Type) -> bool {
    fn mentions(tokens: TokenStream, names: &[String]) -> bool {
        tokens.into_iter().any(|token| match token {
            proc_macro2::TokenTree::Ident(ident) => names.contains(&ident.to_string()),
            proc_macro2::TokenTree::Group(group) => mentions(group.stream(), names),
            _ => false,
        })
    }
    let names = input.generics.params.iter().filter_map(|param| match param {
        GenericParam::Type(param) => Some(param.ident.to_string()),
        _ => None,
    });
    mentions(quote!(#ty), &names.collect::<Vec<_>>())
}
