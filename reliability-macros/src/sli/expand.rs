//! The tokens of a static: its specification, and its entry in the catalogue.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Ident, TypePath, Visibility};

use super::declare::Head;
use super::is_sli;
use super::model::{Cancelled, Model, Timing};
use super::parse::Dependency;
use crate::paths::{LABELS, NAME, PLACES, blame, own};

/// The static of a function, for its body.
pub(crate) fn function_item(sli: &Ident, named_after: &Ident, model: &Model) -> TokenStream {
    let head = Head { attrs: Vec::new(), vis: Visibility::Inherited, ident: sli.clone(), ty: None };
    item(&head, named_after, model)
}

/// A static of its own.
pub(crate) fn declared(head: &Head, model: &Model) -> TokenStream {
    item(head, &head.ident, model)
}

/// A static that stands in for one that could not be read, so that its uses are not reported too.
pub(crate) fn stand_in(Head { attrs, vis, ident, ty }: &Head, model: &Model) -> TokenStream {
    let (root, ty) = (model.paths.root(), sli_type(ty.as_ref(), model));
    let attrs = attrs.iter().filter(|attr| !is_sli(attr));
    quote!(#(#attrs)* #vis static #ident: #ty = #root::Sli::new("unread");)
}

/// The type as the user wrote it, so that an import of it is used.
fn sli_type(written: Option<&TypePath>, model: &Model) -> TokenStream {
    let root = model.paths.root();
    written.map_or_else(|| quote!(#root::Sli), ToTokens::to_token_stream)
}

/// The static and its entry in the catalogue.
fn item(Head { attrs, vis, ident, ty }: &Head, named_after: &Ident, model: &Model) -> TokenStream {
    let ty = sli_type(ty.as_ref(), model);
    let (root, private) = (model.paths.root(), model.paths.private());
    let spec = spec(model, named_after);
    let (labels, with_labels) = labels(model);
    quote! {
        #(#attrs)*
        #vis static #ident: #ty = {
            #labels
            #root::Sli::from_spec(#spec) #with_labels
        };
        #private::inventory::submit! { #private::Registered(&#ident) }
    }
}

fn labels(model: &Model) -> (TokenStream, TokenStream) {
    let Some(labels) = &model.labels else {
        return (TokenStream::new(), TokenStream::new());
    };
    let root = model.paths.root();
    let (table, places) = (own(LABELS), own(PLACES));
    let (max, twice) = (labels.max, labels.max * 2);
    let statics = quote! {
        static #places: [::std::sync::OnceLock<#root::Sli>; #twice] = [const { ::std::sync::OnceLock::new() }; #twice];
        static #table: #root::Labels = #root::Labels::new(#max, &#places);
    };
    (statics, quote!(.with_labels(&#table)))
}

fn spec(model: &Model, named_after: &Ident) -> TokenStream {
    let (root, private) = (model.paths.root(), model.paths.private());
    let name = model.name.as_ref().map_or_else(|| path_name(model, named_after), ToTokens::to_token_stream);
    let objective = model.objective.map(|ppb| quote!(.objective(#private::objective(#ppb))));
    let latencies = model.latencies.iter().map(|(ppb, nanos)| quote!(.latency(#private::latency(#ppb, #nanos))));
    let window = model.window.as_ref().map(|text| quote!(.window(#private::window(#text))));
    let method = model.method.as_ref().map(|text| quote!(.method(#private::method(#text))));
    let features = &model.features;
    let features = (!features.is_empty()).then(|| quote!(.features(&[#(#features),*])));
    let owner = model.owner.as_ref().map(|owner| quote!(.owner(#owner)));
    let tier = model.tier.map(|tier| quote!(.tier(#tier)));
    let needs = model.depends_on.iter().map(|dependency| match dependency {
        Dependency::Static(path) => {
            let name = blame(quote!(#root::Sli::name(&#path)), path.span());
            quote!(|| #name)
        }
        Dependency::Name(name) => quote!(|| #name),
    });
    let needs = (!model.depends_on.is_empty()).then(|| quote!(.depends_on(&[#(#needs),*])));
    let cancelled = model.cancelled.map(|cancelled| match cancelled {
        Cancelled::Bad => quote!(.cancelled(#root::Cancelled::Bad)),
        Cancelled::Ignored => quote!(.cancelled(#root::Cancelled::Ignored)),
    });
    let after = model.cancelled_after.map(|nanos| quote!(.cancelled_after(::core::time::Duration::from_nanos(#nanos))));
    let was = model.was.as_ref().map(|was| quote!(.was(#was)));
    let label = model.labels.as_ref().map(|labels| &labels.label).map(|label| quote!(.label(#label)));
    let timing = match model.timing {
        Timing::Precise => None,
        Timing::Coarse => Some(quote!(.timing(#root::Timing::Coarse))),
        Timing::Off => Some(quote!(.timing(#root::Timing::Off))),
    };
    quote! {
        #root::SliSpec::new(#name)
            .place(::core::module_path!(), ::core::file!(), ::core::line!())
            #objective #(#latencies)* #window #method #features #owner #tier #needs #cancelled #after #was #label #timing
    }
}

/// The name that the compiler computes from the path; what is wrong with it is said at the function's name.
fn path_name(model: &Model, ident: &Ident) -> TokenStream {
    let (private, constant) = (model.paths.private(), own(NAME));
    let text = ident.unraw().to_string();
    let of = quote!(&#private::PathName::of(::core::concat!(::core::module_path!(), "::", #text)));
    let of = blame(of, ident.span());
    quote!({ const #constant: &#private::PathName = #of; #constant.as_str() })
}

/// How calls are timed.
pub(crate) fn watch(model: &Model) -> TokenStream {
    let private = model.paths.private();
    match model.timing {
        Timing::Precise => quote!(#private::Precise),
        Timing::Coarse => quote!(#private::ToMillis),
        Timing::Off => quote!(#private::Untimed),
    }
}
