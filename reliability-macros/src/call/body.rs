//! What kind of function it is, and whether its type lets its outcome be read.
//!
//! The body itself stays a heap of tokens: parsing it would cost compile time and lose it to editors whenever it is half
//! written. The exception is a function that returns a future. If its body ends in an `async` block, that block is told its type;
//! if it ends in `Box::pin(async move { .. })`, the shape `async_trait` emits, the wrapping goes inside the box, so that a call
//! costs no second allocation.
//!
//! Limits, both because an attribute sees one function only: a parameter of the surrounding `impl` is recognised by its
//! conventional name (one capital letter), and `Self` in a trait's default method is taken for a known type.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::{
    Attribute, Expr, GenericArgument, GenericParam, PathArguments, ReturnType, Signature, Stmt, Token, Type,
    TypeParamBound, TypePath, Visibility, braced, token,
};

/// A function as it was written.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) defaultness: Option<Token![default]>,
    pub(crate) sig: Signature,
    /// With the braces of the user's, so that what is said about the body's end points there.
    pub(crate) body: Group,
}

/// How the value comes out of it.
pub(crate) enum Kind {
    Sync,
    Async,
    /// `-> impl Future<Output = ..>`.
    Opaque,
    /// `-> Pin<Box<dyn Future<Output = ..>>>`.
    Boxed,
}

/// A function's kind and the type of its value; `None` is `()`.
pub(crate) struct Shape {
    pub(crate) kind: Kind,
    pub(crate) output: Option<Type>,
}

impl Function {
    /// Reads a function; `no_body` is said of one that has none.
    pub(crate) fn read(input: ParseStream<'_>, no_body: &str) -> syn::Result<Self> {
        let mut attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let defaultness = input.parse()?;
        let sig: Signature = input.parse()?;
        if input.peek(Token![;]) {
            return Err(syn::Error::new(sig.ident.span(), no_body));
        }
        let content;
        let brace: token::Brace = braced!(content in input);
        for mut attr in content.call(Attribute::parse_inner)? {
            attr.style = syn::AttrStyle::Outer;
            attrs.push(attr);
        }
        let mut body = Group::new(Delimiter::Brace, content.parse()?);
        body.set_span(brace.span.join());
        Ok(Self { attrs, vis, defaultness, sig, body })
    }

    pub(crate) fn shape(&self) -> Shape {
        let declared = match &self.sig.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some(plain(ty)),
        };
        if self.sig.asyncness.is_some() {
            return Shape { kind: Kind::Async, output: declared.cloned() };
        }
        let opaque = declared.and_then(|ty| match ty {
            Type::ImplTrait(ty) => future_output(&ty.bounds),
            _ => None,
        });
        if let Some(output) = opaque {
            return Shape { kind: Kind::Opaque, output: Some(output) };
        }
        let boxed = declared.and_then(|ty| only_argument(ty, "Pin")).and_then(|ty| only_argument(ty, "Box"));
        let boxed = boxed.and_then(|ty| match ty {
            Type::TraitObject(object) => future_output(&object.bounds),
            _ => None,
        });
        match boxed {
            Some(output) => Shape { kind: Kind::Boxed, output: Some(output) },
            None => Shape { kind: Kind::Sync, output: declared.cloned() },
        }
    }

    /// The part of a type that hides the outcome from the compiler, with a word for it.
    pub(crate) fn hidden(&self, output: &Type) -> Option<(TokenStream, String)> {
        let mut declared = Parameters { types: Vec::new(), constants: Vec::new() };
        for param in &self.sig.generics.params {
            match param {
                GenericParam::Type(param) => declared.types.push(param.ident.to_string()),
                GenericParam::Const(param) => declared.constants.push(param.ident.to_string()),
                GenericParam::Lifetime(_) => {}
            }
        }
        declared.hides(output)
    }

    /// The body's last expression, if that is an `async` block or `Box::pin` of one.
    pub(crate) fn tail(&self) -> Option<Tail> {
        let mut block: syn::Block = syn::parse2(TokenTree::Group(self.body.clone()).into()).ok()?;
        let Some(Stmt::Expr(last, None)) = block.stmts.pop() else {
            return None;
        };
        let (pin, last) = match last {
            Expr::Call(mut call) if call.args.len() == 1 => {
                let Expr::Path(callee) = &*call.func else { return None };
                let mut segments = callee.path.segments.iter().rev();
                let named = segments.next()?.ident == "pin" && segments.next()?.ident == "Box";
                (Some(call.func.to_token_stream()).filter(|_| named)?.into(), call.args.pop()?.into_value())
            }
            last => (None, last),
        };
        let Expr::Async(last) = last else { return None };
        let head = last.async_token.into_token_stream().into_iter().chain(last.capture.into_token_stream());
        let head = head.collect();
        last.attrs.is_empty().then_some(Tail { before: block.stmts, pin, head, block: last.block })
    }
}

/// A body that ends in an `async` block.
pub(crate) struct Tail {
    pub(crate) before: Vec<Stmt>,
    /// `Box::pin` around it.
    pub(crate) pin: Option<TokenStream>,
    /// `async move`.
    pub(crate) head: TokenStream,
    pub(crate) block: syn::Block,
}

impl Tail {
    /// Whether a statement before the block may leave with another future.
    pub(crate) fn leaves_early(&self) -> bool {
        fn leaves(tokens: TokenStream) -> bool {
            tokens.into_iter().any(|token| match token {
                TokenTree::Ident(ident) => ident == "return",
                TokenTree::Punct(punct) => punct.as_char() == '?',
                TokenTree::Group(group) => leaves(group.stream()),
                TokenTree::Literal(_) => false,
            })
        }
        self.before.iter().any(|statement| leaves(statement.to_token_stream()))
    }
}

/// What the function declares.
struct Parameters {
    types: Vec<String>,
    constants: Vec<String>,
}

/// Containers that are plain values whatever they hold: they cannot implement the trait that would make them anything else.
const PLAIN: [&str; 18] = [
    "Vec",
    "VecDeque",
    "Option",
    "HashMap",
    "BTreeMap",
    "HashSet",
    "BTreeSet",
    "BinaryHeap",
    "LinkedList",
    "Arc",
    "Rc",
    "Weak",
    "Cow",
    "Cell",
    "RefCell",
    "Mutex",
    "RwLock",
    "PhantomData",
];

impl Parameters {
    fn hides(&self, ty: &Type) -> Option<(TokenStream, String)> {
        if let Some(found) = self.is_hidden(ty) {
            return Some(found);
        }
        let path = match plain(ty) {
            Type::Reference(ty) => return self.hides(&ty.elem),
            Type::Path(path) => path,
            _ => return None,
        };
        let last = path.path.segments.last()?;
        if PLAIN.iter().any(|name| last.ident == name) {
            return None;
        }
        let mut arguments = arguments(&last.arguments);
        if last.ident != "Result" {
            return arguments.find_map(|argument| self.is_hidden(argument));
        }
        // the good side is read as a whole value is; the bad side is bad unless its own type says more
        let good = arguments.next().and_then(|good| match plain(good) {
            Type::Path(boxed) if boxed.path.segments.last().is_some_and(|last| last.ident == "Box") => {
                only_argument(good, "Box")
                    .filter(|ty| !matches!(plain(ty), Type::TraitObject(_)))
                    .and_then(|ty| self.hides(ty))
            }
            _ => self.hides(good),
        });
        good.or_else(|| arguments.find_map(|bad| self.is_hidden(bad)))
    }

    /// Whether a type is itself one that the compiler, or a reader, cannot look into.
    fn is_hidden(&self, ty: &Type) -> Option<(TokenStream, String)> {
        match plain(ty) {
            Type::ImplTrait(ty) => Some((ty.to_token_stream(), "`impl Trait`".into())),
            Type::TraitObject(ty) => Some((ty.to_token_stream(), "`dyn Trait`".into())),
            Type::Path(path) => {
                self.parameter(path).map(|name| (path.to_token_stream(), format!("the type parameter `{name}`")))
            }
            _ => None,
        }
    }

    /// `T`, `T::Item` or `<T as Trait>::Item`.
    fn parameter(&self, path: &TypePath) -> Option<String> {
        if let Some(qself) = &path.qself {
            return match plain(&qself.ty) {
                Type::Path(path) => self.parameter(path),
                _ => None,
            };
        }
        if path.path.leading_colon.is_some() {
            return None;
        }
        let first = path.path.segments.first().filter(|first| first.arguments.is_none())?.ident.to_string();
        let conventional =
            first.len() == 1 && first.as_bytes()[0].is_ascii_uppercase() && !self.constants.contains(&first);
        (conventional || self.types.contains(&first)).then_some(first)
    }
}

fn arguments(arguments: &PathArguments) -> impl Iterator<Item = &Type> {
    let list = match arguments {
        PathArguments::AngleBracketed(list) => Some(list.args.iter()),
        _ => None,
    };
    list.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// The argument of `Pin<..>` or `Box<..>`.
fn only_argument<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = plain(ty) else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == name)?;
    arguments(&last.arguments).next().map(plain)
}

/// `R` of `Future<Output = R>` among bounds.
fn future_output<'a>(bounds: impl IntoIterator<Item = &'a TypeParamBound>) -> Option<Type> {
    bounds.into_iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else {
            return None;
        };
        let last = bound.path.segments.last().filter(|last| last.ident == "Future")?;
        let PathArguments::AngleBracketed(inside) = &last.arguments else {
            return None;
        };
        inside.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(output) if output.ident == "Output" => Some(output.ty.clone()),
            _ => None,
        })
    })
}

/// A type without the parentheses and invisible groups around it.
pub(super) fn plain(ty: &Type) -> &Type {
    match ty {
        Type::Paren(ty) => plain(&ty.elem),
        Type::Group(ty) => plain(&ty.elem),
        ty => ty,
    }
}
