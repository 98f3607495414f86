//! The branches of a guarded function: a gate outside, a flag in it, a ladder in that, and the body innermost.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{Expr, Path};

use super::bind::Bound;
use super::model::{Degrade, Flag, Guards, Priority, Shed};
use crate::paths::{Paths, blame, own};

/// Entries in the table of switches, one for each static that is named.
pub(crate) fn registered(guards: &Guards, paths: &Paths) -> TokenStream {
    let private = paths.private();
    let entry = |kind: TokenStream, path: &Path, more: TokenStream| {
        let of = blame(quote!(&#path), path.span());
        quote!(#private::inventory::submit! { #private::RegisteredSwitch::#kind(#of #more) })
    };
    let shed = guards.shed.as_ref().map(|shed| entry(quote!(gate), &shed.gate, TokenStream::new()));
    let flag = guards.flag.as_ref().map(|flag| entry(quote!(flag), &flag.asked, TokenStream::new()));
    let degrade = guards.degrade.as_ref().map(|degrade| {
        let rungs = degrade.rungs.iter().map(|(from, _)| from);
        entry(quote!(ladder), &degrade.ladder, quote!(, &[#(#rungs),*]))
    });
    quote!(#shed #flag #degrade)
}

/// What a guarded function may do.
pub(crate) struct Branches<'a> {
    pub(crate) guards: &'a Guards,
    pub(crate) bound: &'a Bound,
    pub(crate) paths: &'a Paths,
    /// The call that has read the clock already.
    pub(crate) call: Option<Ident>,
    /// The type of the value.
    pub(crate) output: TokenStream,
}

/// How a branch's value is written: the body's as it is, a fallback's and a refusal's as told.
type Write<'a> = &'a dyn Fn(TokenStream) -> TokenStream;

impl Branches<'_> {
    /// As one expression that gives the value.
    pub(crate) fn value(&self, body: &TokenStream, fallback: Write<'_>) -> TokenStream {
        self.decide(body.clone(), &mut |call| fallback(call), &mut |refused| refused)
    }

    /// As one expression that gives a future, of one type for all branches.
    pub(crate) fn futures(&self, body: &TokenStream, settle: Write<'_>) -> TokenStream {
        let private = self.paths.private();
        let (mut at, last) = (0, self.leaves() - 1);
        let mut leaf = |future: TokenStream| {
            let inner = if at == last { future } else { quote!(#private::Either::First(#future)) };
            let leaf = (0..at).fold(inner, |inner, _| quote!(#private::Either::Second(#inner)));
            at += 1;
            leaf
        };
        let body = leaf(body.clone());
        let leaf = std::cell::RefCell::new(leaf);
        self.decide(body, &mut |call| (leaf.borrow_mut())(settle(call)), &mut |refused| {
            (leaf.borrow_mut())(quote!(::core::future::ready(#refused)))
        })
    }

    /// How many ends there are, the body included.
    fn leaves(&self) -> usize {
        let Guards { shed, flag, degrade, .. } = self.guards;
        let rungs = degrade.as_ref().map_or(0, |degrade| degrade.rungs.len() + 1);
        1 + usize::from(shed.is_some()) + usize::from(flag.is_some()) + rungs
    }

    fn decide(
        &self,
        body: TokenStream,
        fallback: &mut dyn FnMut(TokenStream) -> TokenStream,
        refused: &mut dyn FnMut(TokenStream) -> TokenStream,
    ) -> TokenStream {
        let Guards { shed, flag, degrade, .. } = self.guards;
        let mut inner = body;
        if let Some(degrade) = degrade {
            inner = self.degrade(degrade, &inner, fallback, refused);
        }
        if let Some(flag) = flag {
            inner = self.flag(flag, &inner, fallback);
        }
        if let Some(shed) = shed {
            inner = self.shed(shed, &inner, refused);
        }
        inner
    }

    fn shed(
        &self,
        guard: &Shed,
        inner: &TokenStream,
        refused: &mut dyn FnMut(TokenStream) -> TokenStream,
    ) -> TokenStream {
        let (passage, shed) = (own("__reliability_passage"), own("__reliability_shed"));
        let gate = blame(guard.gate.to_token_stream(), guard.gate.span());
        let gate = blame(quote!(&#gate), guard.gate.span());
        let ask = self.ask(guard);
        let stamp =
            self.call.as_ref().map_or_else(|| quote!(::core::option::Option::None), |call| quote!(#call.stamp()));
        let instead = refused(self.refusal(guard.otherwise.as_ref(), &shed));
        let admit =
            Ident::new(if self.guards.travels() { "admit_as" } else { "admit" }, proc_macro2::Span::mixed_site());
        quote! {
            match #passage.#admit(#gate, #ask, #stamp) {
                ::core::result::Result::Ok(()) => #inner,
                ::core::result::Result::Err(#shed) => #instead,
            }
        }
    }

    /// What is asked of a gate.
    fn ask(&self, guard: &Shed) -> TokenStream {
        let (root, private) = (self.paths.root(), self.paths.private());
        let ask = match &guard.priority {
            None => quote!(#root::Ask::current()),
            Some(Priority::Known(class)) => {
                let class = Ident::new(class, guard.at);
                quote!(#root::Ask::new(#root::Priority::#class))
            }
            Some(Priority::Asked(expr)) => {
                let into = blame(quote!(::core::convert::Into::<#root::Ask>::into), expr.span());
                quote!(#into(#expr))
            }
        };
        let ask = guard.more.iter().fold(ask, |ask, (method, expr)| match *method {
            "key" => {
                let text = blame(quote!(::core::convert::AsRef::<str>::as_ref), expr.span());
                let and = blame(quote!(&), expr.span());
                quote!(#ask.key(#text(#and #expr)))
            }
            "deadline" => {
                let within = blame(quote!(#private::within), expr.span());
                quote!(#within(#ask, #expr))
            }
            method => {
                let method = Ident::new(method, expr.span());
                quote!(#ask.#method(#expr))
            }
        });
        self.bound.seeing(&ask)
    }

    fn flag(
        &self,
        guard: &Flag,
        inner: &TokenStream,
        fallback: &mut dyn FnMut(TokenStream) -> TokenStream,
    ) -> TokenStream {
        let passage = own("__reliability_passage");
        let flag = blame(guard.asked.to_token_stream(), guard.asked.span());
        let flag = blame(quote!(&#flag), guard.asked.span());
        let on = guard.key.as_ref().map_or_else(
            || quote!(#passage.flag(#flag)),
            |key| {
                let bytes = blame(quote!(::core::convert::AsRef::<[u8]>::as_ref), key.span());
                let and = blame(quote!(&), key.span());
                let key = self.bound.seeing(&quote!(#passage.flag_for(#flag, #bytes(#and #key))));
                quote!(#key)
            },
        );
        let instead = fallback(self.bound.call(&guard.otherwise));
        quote!(if #on { #inner } else { #instead })
    }

    fn degrade(
        &self,
        guard: &Degrade,
        inner: &TokenStream,
        fallback: &mut dyn FnMut(TokenStream) -> TokenStream,
        refused: &mut dyn FnMut(TokenStream) -> TokenStream,
    ) -> TokenStream {
        let private = self.paths.private();
        let (passage, shed) = (own("__reliability_passage"), own("__reliability_shed"));
        let ladder = blame(guard.ladder.to_token_stream(), guard.ladder.span());
        let ladder = blame(quote!(&#ladder), guard.ladder.span());
        let names = guard.rungs.iter().map(|(from, _)| from);
        let last = guard.rungs.len() - 1;
        let arms = guard.rungs.iter().enumerate().map(|(i, (_, function))| {
            let instead = fallback(self.bound.call(function));
            let i = if i == last { quote!(_) } else { i.to_token_stream() };
            quote!(#private::Way::Fallback(#i) => #instead,)
        });
        let arms: TokenStream = arms.collect();
        let instead = refused(self.refusal(guard.otherwise.as_ref(), &shed));
        quote! {
            match #passage.degrade(#ladder, &[#(#names),*]) {
                #private::Way::Straight => #inner,
                #arms
                #private::Way::Refused(#shed) => #instead,
            }
        }
    }

    /// What is given instead of an answer.
    fn refusal(&self, otherwise: Option<&Expr>, shed: &Ident) -> TokenStream {
        let (private, output) = (self.paths.private(), &self.output);
        match otherwise {
            None => quote!(#private::refuse::<#output>(#shed)),
            Some(closure @ Expr::Closure(_)) => {
                let given = self.bound.seeing(&quote!(#private::instead(#closure, #shed)));
                quote!(#given)
            }
            Some(expr) => {
                let given = self.bound.seeing(&expr.to_token_stream());
                quote!({ let _ = #shed; #given })
            }
        }
    }
}
