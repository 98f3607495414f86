//! The tokens.
//!
//! A synchronous body becomes a closure with the declared return type, run by `Sli::measure`: it looks the counters up once,
//! and the closure keeps `return` and `?` inside and the user's spans in type errors. An asynchronous one becomes an inner
//! `async move` block that is awaited under a `Call`, whose `Drop` counts a future that nobody finished; its return type is
//! stated by an edge that is never taken (`if let Some(r) = None::<R> { return r }`), because a block cannot name it.
//! A function that returns a future is wrapped the same way after its own body has run.

use proc_macro2::{Group, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{Ident, ReturnType, Type, TypePath, Visibility};

use super::body::{Function, Kind, Shape, Tail};
use super::declare::Head;
use super::is_sli;
use super::model::{Cancelled, Model, Timing};
use super::parse::Dependency;
use crate::paths::{LABELS, NAME, PLACES, SLI, blame, nested, own};

/// A measured function.
pub(crate) fn function(function: &Function, shape: &Shape, model: &Model) -> TokenStream {
    let Function { attrs, vis, defaultness, sig, body } = function;
    let sli = own(SLI);
    let head = Head { attrs: Vec::new(), vis: Visibility::Inherited, ident: sli.clone(), ty: None };
    let item = item(&head, &sig.ident, model);
    let at = match &sig.output {
        ReturnType::Default => sig.paren_token.span.close(),
        ReturnType::Type(_, ty) => ty.span(),
    };
    let code = Code { model, sli: &sli, output: shape.output.as_ref(), at, body };
    let run = match shape.kind {
        Kind::Sync => code.sync(),
        Kind::Async => code.asynchronous(),
        Kind::Opaque => code.opaque(function),
        Kind::Boxed => code.boxed(function),
    };
    quote! {
        #(#attrs)* #vis #defaultness #sig {
            #item
            #run
        }
    }
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

/// What the four kinds have in common.
struct Code<'a> {
    model: &'a Model,
    sli: &'a Ident,
    output: Option<&'a Type>,
    /// Where the type stands: there is said what is wrong with it.
    at: Span,
    body: &'a Group,
}

impl Code<'_> {
    fn sync(&self) -> TokenStream {
        let watch = watch(self.model);
        let (value, to) = (own("__reliability_value"), own("__reliability_to"));
        let (sli, mark, output, body) = (self.child(), self.mark(), self.annotation(), self.body);
        let (outcome, text) = (self.outcome(&quote!(#value)), self.error_text(&quote!(#value), &to));
        quote! {
            #mark
            #sli.measure::<#watch, _>(move || -> #output #body, |#value| #outcome, |#value, #to| #text)
        }
    }

    fn asynchronous(&self) -> TokenStream {
        let (mark, begin, edge) = (self.mark(), begin(self.model, &self.child()), self.edge());
        let body = nested(self.body.stream(), self.body.span());
        let end = self.finish(&quote!(async move { #edge #body }));
        quote!(#mark #begin #end)
    }

    /// The call begins with the function: its own body may fail too.
    fn opaque(&self, function: &Function) -> TokenStream {
        let private = self.model.paths.private();
        let (mark, begin, future) = (self.mark(), begin(self.model, &self.child()), own("__reliability_future"));
        let body = match function.tail() {
            Some(Tail { before, pin: None, head, block }) => {
                let (edge, block) = (self.edge(), block_of(&block));
                quote!({ #(#before)* #head { #edge #block } })
            }
            _ => self.body.to_token_stream(),
        };
        let end = self.finish(&blame(quote!(#future), self.at));
        quote! {
            #mark
            #begin
            let #future = #private::run(move || #body);
            async move { #end }
        }
    }

    fn boxed(&self, function: &Function) -> TokenStream {
        let private = self.model.paths.private();
        let (mark, sli) = (self.mark(), own("__reliability_sli"));
        if let Some(Tail { before, pin: Some(pin), head, block }) = function.tail().filter(|tail| !tail.leaves_early())
        {
            let (child, begin) = (self.borrowed(), begin(self.model, &quote!(#sli)));
            let (edge, block) = (self.edge(), block_of(&block));
            let end = self.finish(&quote!(#head { #edge #block }));
            return quote! {
                #mark
                let #sli = #child;
                #(#before)*
                #pin(async move { #begin #end })
            };
        }
        let (begin, body, future) = (begin(self.model, &self.child()), self.body, own("__reliability_future"));
        let end = self.finish(&blame(quote!(#future), self.at));
        let ty = match &function.sig.output {
            ReturnType::Type(_, ty) => ty.to_token_stream(),
            ReturnType::Default => quote!(_),
        };
        quote! {
            #mark
            #begin
            let #future = #private::run(move || -> #ty #body);
            ::std::boxed::Box::pin(async move { #end })
        }
    }

    /// The SLI that counts this call.
    fn child(&self) -> TokenStream {
        let sli = self.sli;
        let value = self.model.labels.as_ref().and_then(|labels| labels.value.as_ref());
        value.map_or_else(
            || quote!(#sli),
            |value| {
                let (text, and) = (quote!(::core::convert::AsRef::<str>::as_ref), quote!(&));
                let (text, and) = (blame(text, value.span()), blame(and, value.span()));
                quote!(#sli.labelled(#text(#and #value)))
            },
        )
    }

    /// The same by reference, for a block that runs later.
    fn borrowed(&self) -> TokenStream {
        let child = self.child();
        if self.model.labels.is_some() { child } else { quote!(&#child) }
    }

    /// Awaits a future under the call, and gives its value back.
    fn finish(&self, future: &TokenStream) -> TokenStream {
        let (call, value, to) = (own("__reliability_call"), own("__reliability_value"), own("__reliability_to"));
        let output = self.annotation();
        let (outcome, text) = (self.outcome(&quote!(#value)), self.error_text(&quote!(#value), &to));
        let wait = blame(quote!(.await), self.at);
        quote! {
            let #value: #output = #future #wait;
            #call.end_of(#value, |#value| #outcome, |#value, #to| #text)
        }
    }

    fn outcome(&self, value: &TokenStream) -> TokenStream {
        let root = self.model.paths.root();
        match &self.model.outcome {
            Some(path) => blame(quote!(#path(#value)), path.span()),
            None => blame(quote!(#root::__outcome!(#value)), self.at),
        }
    }

    fn error_text(&self, value: &TokenStream, to: &Ident) -> TokenStream {
        let root = self.model.paths.root();
        quote!(#root::__error_text!(#value, #to))
    }

    /// Tells a web layer what the function is, as far as its type says.
    fn mark(&self) -> TokenStream {
        let root = self.model.paths.root();
        let Some(output) = self.output else { return TokenStream::new() };
        let mut opaque = Opaque::default();
        opaque.visit_type(output);
        if opaque.answers {
            quote!(#root::__private::mark_handler();)
        } else if opaque.found {
            TokenStream::new()
        } else {
            let mut output = output.clone();
            Unnamed.visit_type_mut(&mut output);
            quote!(#root::__mark_handler!(#output);)
        }
    }

    /// The value's type, with `_` for what only a signature can say.
    fn annotation(&self) -> TokenStream {
        self.output.map_or_else(|| blame(quote!(()), self.at), |ty| erased(ty).0.to_token_stream())
    }

    /// A return that is never taken: it tells the compiler the type before it reads the body.
    fn edge(&self) -> TokenStream {
        let (output, value) = (self.annotation(), own("__reliability_return"));
        if matches!(self.output.map(erased), Some((Type::Infer(_), _))) {
            return TokenStream::new();
        }
        let edge = quote! {
            if let ::core::option::Option::Some(#value) = ::core::option::Option::None::<#output> {
                return #value;
            }
        };
        blame(edge, self.at)
    }
}

fn block_of(block: &syn::Block) -> Group {
    let content = block.stmts.iter().map(ToTokens::to_token_stream).collect();
    nested(content, block.brace_token.span.join())
}

fn begin(model: &Model, sli: &TokenStream) -> TokenStream {
    let (call, watch) = (own("__reliability_call"), watch(model));
    quote!(let #call = #sli.begin_as::<#watch>();)
}

/// How calls are timed.
fn watch(model: &Model) -> TokenStream {
    let private = model.paths.private();
    match model.timing {
        Timing::Precise => quote!(#private::Precise),
        Timing::Coarse => quote!(#private::ToMillis),
        Timing::Off => quote!(#private::Untimed),
    }
}

/// A type with `_` for each `impl Trait`, and whether there was one.
fn erased(ty: &Type) -> (Type, bool) {
    struct Erase(bool);
    impl VisitMut for Erase {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            if matches!(ty, Type::ImplTrait(_)) {
                *ty = Type::Infer(syn::TypeInfer { underscore_token: <syn::Token![_]>::default() });
                self.0 = true;
            } else {
                visit_mut::visit_type_mut(self, ty);
            }
        }
    }
    let (mut ty, mut erase) = (ty.clone(), Erase(false));
    erase.visit_type_mut(&mut ty);
    (ty, erase.0)
}

/// Whether a type holds `impl Trait`, and whether that is an answer to a request.
#[derive(Default)]
struct Opaque {
    found: bool,
    answers: bool,
}

impl<'ast> Visit<'ast> for Opaque {
    fn visit_type_impl_trait(&mut self, ty: &'ast syn::TypeImplTrait) {
        self.found = true;
        self.answers |= ty.bounds.iter().any(|bound| {
            matches!(bound, syn::TypeParamBound::Trait(bound)
                if bound.path.segments.last().is_some_and(|last| last.ident == "IntoResponse"))
        });
        visit::visit_type_impl_trait(self, ty);
    }
}

/// Gives up the names of lifetimes, so that asking which traits a type has does not ask for `'static`.
struct Unnamed;

impl VisitMut for Unnamed {
    fn visit_lifetime_mut(&mut self, lifetime: &mut syn::Lifetime) {
        if lifetime.ident != "static" {
            lifetime.ident = Ident::new("_", lifetime.ident.span());
        }
    }

    fn visit_bound_lifetimes_mut(&mut self, _: &mut syn::BoundLifetimes) {}
}
