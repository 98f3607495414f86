//! The tokens of a function.
//!
//! A synchronous body becomes a closure with the declared return type, run by `Sli::measure`: it looks the counters up once,
//! and the closure keeps `return` and `?` inside and the user's spans in type errors. An asynchronous one becomes an inner
//! `async move` block that is awaited under a `Call`, whose `Drop` counts a future that nobody finished; its return type is
//! stated by an edge that is never taken (`if let Some(r) = None::<R> { return r }`), because a block cannot name it.
//! A function that returns a future is wrapped the same way after its own body has run.
//!
//! With guards the body is one branch among others: what a flag or a ladder puts in its place gets the same arguments, and what a
//! gate refuses is made from the refusal. Where all of them are futures that begin at the call, the branches are put into
//! one type.

use proc_macro2::{Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{ReturnType, Type};

use super::body::Tail;
use super::{Function, Kind, Shape};
use crate::admission::{Bound, Branches, Guards, bind, registered};
use crate::paths::{Paths, SLI, blame, nested, own};
use crate::sli::{self, Model};

/// The whole function.
pub(super) fn function(
    mut function: Function,
    shape: &Shape,
    model: Option<&Model>,
    guards: &Guards,
    paths: &Paths,
    imported: &[Ident],
) -> TokenStream {
    let bound = if guards.is_empty() { None } else { Some(bind(&mut function.sig)) };
    let Function { attrs, vis, defaultness, sig, body } = &function;
    let name = own(SLI);
    let item = model.map(|model| sli::function_item(&name, &sig.ident, model));
    let switches = registered(guards, paths);
    let at = match &sig.output {
        ReturnType::Default => sig.paren_token.span.close(),
        ReturnType::Type(_, ty) => ty.span(),
    };
    let sli = model.map(|model| (model, &name));
    let code = Code {
        paths,
        sli,
        guards: bound.as_ref().map(|bound| (guards, bound)),
        output: shape.output.as_ref(),
        at,
        body,
    };
    let run = match shape.kind {
        Kind::Sync => code.sync(),
        Kind::Async => code.asynchronous(),
        Kind::Opaque => code.opaque(&function),
        Kind::Boxed => code.boxed(&function),
    };
    quote! {
        #(#attrs)* #vis #defaultness #sig {
            #(#[allow(unused_imports)] use #imported as _;)*
            #item
            #switches
            #run
        }
    }
}

/// What the four kinds have in common.
struct Code<'a> {
    paths: &'a Paths,
    sli: Option<(&'a Model, &'a Ident)>,
    guards: Option<(&'a Guards, &'a Bound)>,
    output: Option<&'a Type>,
    /// Where the type stands: there is said what is wrong with it.
    at: Span,
    body: &'a Group,
}

impl Code<'_> {
    fn sync(&self) -> TokenStream {
        let (mark, output, body) = (self.mark(), self.annotation(), self.body);
        let Some(branches) = self.branches() else {
            let Some((model, _)) = self.sli else { return body.to_token_stream() };
            let (value, to) = (own("__reliability_value"), own("__reliability_to"));
            let (sli, watch) = (self.child(), sli::watch(model));
            let (outcome, text) = (self.outcome(&quote!(#value)), self.error_text(&quote!(#value), &to));
            return quote! {
                #mark
                #sli.measure::<#watch, _>(move || -> #output #body, |#value| #outcome, |#value, #to| #text)
            };
        };
        let (begin, passage) = (self.begin(&self.child()), self.passage());
        let body = self.unpacked(body.to_token_stream());
        let body = self.run(&quote!(move || -> #output #body));
        let value = branches.value(&body, &|fallback| match self.travels() {
            Some(_) => self.run(&quote!(move || -> #output { #fallback })),
            None => fallback,
        });
        let end = self.finish(&value);
        quote!(#mark #begin #passage #end)
    }

    fn asynchronous(&self) -> TokenStream {
        let (mark, begin, passage, edge) = (self.mark(), self.begin(&self.child()), self.passage(), self.edge());
        let (unpack, body) = (self.unpack(), nested(self.body.stream(), self.body.span()));
        let end = self.finish_after(&quote!(async move { #edge #unpack #body }));
        quote!(#mark #begin #passage #end)
    }

    /// The call begins with the function: its own body may fail too.
    fn opaque(&self, function: &Function) -> TokenStream {
        let body = match function.tail() {
            Some(Tail { before, pin: None, head, block }) => {
                let (edge, block) = (self.edge(), block_of(&block));
                quote!({ #(#before)* #head { #edge #block } })
            }
            _ => self.body.to_token_stream(),
        };
        let body = self.unpacked(body);
        let (begun, end) = self.future(&self.run(&quote!(move || #body)));
        quote!(#begun async move { #end })
    }

    fn boxed(&self, function: &Function) -> TokenStream {
        let (mark, sli) = (self.mark(), own("__reliability_sli"));
        let inside = |tail: &Tail| !tail.leaves_early() && (self.guards.is_none() || tail.before.is_empty());
        if let Some(Tail { before, pin: Some(pin), head, block }) = function.tail().filter(inside) {
            let (begin, passage) = (self.begin(&quote!(#sli)), self.passage());
            let child = self.borrowed().map(|child| quote!(let #sli = #child;));
            let (edge, unpack, block) = (self.edge(), self.unpack(), block_of(&block));
            let end = self.finish_after(&quote!(#head { #edge #unpack #block }));
            return quote! {
                #mark
                #child
                #(#before)*
                #pin(async move { #begin #passage #end })
            };
        }
        let body = self.unpacked(self.body.to_token_stream());
        let ty = match &function.sig.output {
            ReturnType::Type(_, ty) => ty.to_token_stream(),
            ReturnType::Default => quote!(_),
        };
        let (begun, end) = self.future(&self.run(&quote!(move || -> #ty #body)));
        quote!(#begun ::std::boxed::Box::pin(async move { #end }))
    }

    /// A call that begins before its future: what comes before the future's block, and what stands in it.
    fn future(&self, body: &TokenStream) -> (TokenStream, TokenStream) {
        let (mark, begin, passage) = (self.mark(), self.begin(&self.child()), self.passage());
        let (private, future) = (self.paths.private(), own("__reliability_future"));
        let (made, wait) = match self.branches() {
            Some(branches) => {
                let settle = |value| self.settle(&value);
                (branches.futures(body, &settle), quote!(#private::Branch::settle(#future)))
            }
            None => (body.clone(), quote!(#future)),
        };
        let end = self.finish(&self.wait(&wait, self.at));
        (quote!(#mark #begin #passage let #future = #made;), end)
    }

    /// The branches of a guarded function.
    fn branches(&self) -> Option<Branches<'_>> {
        let (guards, bound) = self.guards?;
        let stamp = self.sli.map(|_| own("__reliability_call"));
        Some(Branches { guards, bound, paths: self.paths, call: stamp, output: self.annotation() })
    }

    /// What a gate, a flag and a ladder decide is kept here until the call ends.
    fn passage(&self) -> TokenStream {
        let (private, passage) = (self.paths.private(), own("__reliability_passage"));
        let (judged, call) = (self.sli.is_some(), own("__reliability_call"));
        self.guards.map_or_else(TokenStream::new, |(guards, _)| {
            let new = if judged && guards.flag.is_some() { quote!(of(&#call)) } else { quote!(new(#judged)) };
            quote!(let mut #passage = #private::Passage::#new;)
        })
    }

    fn unpack(&self) -> TokenStream {
        self.guards.map_or_else(TokenStream::new, |(_, bound)| bound.unpack())
    }

    /// A body before which the arguments' patterns are taken apart.
    fn unpacked(&self, body: TokenStream) -> TokenStream {
        let unpack = self.unpack();
        if unpack.is_empty() { body } else { nested(quote!(#unpack #body), Span::mixed_site()).into_token_stream() }
    }

    fn begin(&self, sli: &TokenStream) -> TokenStream {
        let Some((model, _)) = self.sli else { return TokenStream::new() };
        let (call, watch) = (own("__reliability_call"), sli::watch(model));
        quote!(let #call = #sli.begin_as::<#watch>();)
    }

    /// The SLI that counts this call.
    fn child(&self) -> TokenStream {
        let Some((model, sli)) = self.sli else { return TokenStream::new() };
        let value = model.labels.as_ref().and_then(|labels| labels.value.as_ref());
        value.map_or_else(
            || quote!(#sli),
            |value| {
                let (text, and) = (quote!(::core::convert::AsRef::<str>::as_ref), quote!(&));
                let (text, and) = (blame(text, value.span()), blame(and, value.span()));
                let labelled = quote!(#sli.labelled(#text(#and #value)));
                self.guards.map_or(labelled.clone(), |(_, bound)| bound.seeing(&labelled))
            },
        )
    }

    /// The same by reference, for a block that runs later.
    fn borrowed(&self) -> Option<TokenStream> {
        let (model, _) = self.sli?;
        let child = self.child();
        Some(if model.labels.is_some() { child } else { quote!(&#child) })
    }

    /// Awaits a future, or what a guard puts in its place, under the call.
    fn finish_after(&self, future: &TokenStream) -> TokenStream {
        let value = self.wait(future, self.at);
        match self.branches() {
            Some(branches) => {
                let settle = |value| self.wait(&self.settle(&value), Span::mixed_site());
                self.finish(&branches.value(&value, &settle))
            }
            None => self.finish(&value),
        }
    }

    /// Awaits a future, under the ask of the call if it says one.
    fn wait(&self, future: &TokenStream, at: Span) -> TokenStream {
        let root = self.paths.root();
        if let Some(travels) = self.travels() {
            blame(quote!(#root::__travel!), at).into_iter().chain(quote!((#travels, #future))).collect()
        } else {
            let wait = blame(quote!(.await), at);
            quote!(#future #wait)
        }
    }

    /// Runs a closure, under the ask of the call if it says one.
    fn run(&self, closure: &TokenStream) -> TokenStream {
        let private = self.paths.private();
        if let Some(travels) = self.travels() {
            quote!(#private::during(#travels, #closure))
        } else {
            quote!(#private::run(#closure))
        }
    }

    /// The ask of the call, if its gate is told one.
    fn travels(&self) -> Option<TokenStream> {
        let passage = own("__reliability_passage");
        self.guards.filter(|(guards, _)| guards.travels()).map(|_| quote!(#passage.travels()))
    }

    /// What a fallback gives as a future, whether it is one or not.
    fn settle(&self, value: &TokenStream) -> TokenStream {
        let root = self.paths.root();
        let settled = quote!(#root::__settle!(#value));
        match self.travels() {
            Some(_) => self.run(&quote!(move || #settled)),
            None => settled,
        }
    }

    /// Ends the call by a value, and gives it back.
    fn finish(&self, value: &TokenStream) -> TokenStream {
        let (call, result, to) = (own("__reliability_call"), own("__reliability_value"), own("__reliability_to"));
        let (private, passage, output) = (self.paths.private(), own("__reliability_passage"), self.annotation());
        let end = match (self.sli, self.guards) {
            (Some(_), guards) => {
                let (outcome, text) = (self.outcome(&quote!(#result)), self.error_text(&quote!(#result), &to));
                let judge = quote!(|#result| #outcome, |#result, #to| #text);
                if guards.is_some() {
                    quote!(#private::end_passage(#call, #passage, #result, #judge))
                } else {
                    quote!(#call.end_of(#result, #judge))
                }
            }
            (None, Some(_)) => quote!(#private::leave(#passage, #result)),
            (None, None) => quote!(#result),
        };
        quote! {
            let #result: #output = #value;
            #end
        }
    }

    fn outcome(&self, value: &TokenStream) -> TokenStream {
        let root = self.paths.root();
        match self.sli.and_then(|(model, _)| model.outcome.as_ref()) {
            Some(path) => blame(quote!(#path(#value)), path.span()),
            None => blame(quote!(#root::__outcome!(#value)), self.at),
        }
    }

    fn error_text(&self, value: &TokenStream, to: &Ident) -> TokenStream {
        let root = self.paths.root();
        quote!(#root::__error_text!(#value, #to))
    }

    /// Tells a web layer what the function is, as far as its type says.
    fn mark(&self) -> TokenStream {
        let root = self.paths.root();
        let (Some(_), Some(output)) = (self.sli, self.output) else { return TokenStream::new() };
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

/// A type with `_` for each `impl Trait`, and whether there was one.
pub(super) fn erased(ty: &Type) -> (Type, bool) {
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
