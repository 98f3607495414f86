//! Reading the library's source: files, their rooms, and what of them is not a test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;

/// A file of the library.
pub(crate) struct Source {
    /// Below `src`, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) file: syn::File,
    /// Lines of items that only tests see, half-open from 1.
    tests: Vec<(usize, usize)>,
}

/// One token, flattened: groups become their brackets and what is between.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

impl Source {
    pub(crate) fn parse(path: &str, text: &str) -> Self {
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let tests = file
            .items
            .iter()
            .filter(|item| attributes(item).iter().any(is_for_tests))
            .map(|item| (item.span().start().line, item.span().end().line + 1))
            .collect();
        Self { path: path.into(), text: text.into(), file, tests }
    }

    /// The first segment of the module's path: `lib` for the root.
    pub(crate) fn room(&self) -> &str {
        self.path.split(['/', '.']).next().unwrap_or("lib")
    }

    /// The module's path below the crate: `sli/record/mod.rs` is `[sli, record]`.
    pub(crate) fn module(&self) -> Vec<String> {
        let mut parts: Vec<String> = self.path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        if parts.last().is_some_and(|last| last == "mod" || last == "lib") {
            parts.pop();
        }
        parts
    }

    pub(crate) fn is_test(&self, line: usize) -> bool {
        self.tests.iter().any(|(from, to)| (*from..*to).contains(&line))
    }

    pub(crate) fn lines_without_tests(&self) -> usize {
        (1..=self.text.lines().count()).filter(|line| !self.is_test(*line)).count()
    }

    /// All tokens that are not a test's.
    pub(crate) fn tokens(&self) -> Vec<Token> {
        let mut tokens = flat(&self.text, &self.path);
        tokens.retain(|token| !self.is_test(token.line));
        tokens
    }
}

/// The tokens of a text.
pub(crate) fn flat(text: &str, path: &str) -> Vec<Token> {
    let stream: TokenStream = text.parse().unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut tokens = Vec::new();
    flatten(stream, &mut tokens);
    tokens
}

fn flatten(stream: TokenStream, to: &mut Vec<Token>) {
    for tree in stream {
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    proc_macro2::Delimiter::Parenthesis => ("(", ")"),
                    proc_macro2::Delimiter::Brace => ("{", "}"),
                    proc_macro2::Delimiter::Bracket => ("[", "]"),
                    proc_macro2::Delimiter::None => ("", ""),
                };
                to.push(Token { text: open.into(), line: group.span_open().start().line });
                flatten(group.stream(), to);
                to.push(Token { text: close.into(), line: group.span_close().start().line });
            }
            other => to.push(Token { text: other.to_string(), line: other.span().start().line }),
        }
    }
}

/// Where a sequence of tokens occurs.
pub(crate) fn find(tokens: &[Token], pattern: &[&str]) -> Vec<usize> {
    let matches = |window: &&[Token]| window.iter().zip(pattern).all(|(token, text)| token.text == *text);
    tokens.windows(pattern.len()).filter(matches).map(|window| window[0].line).collect()
}

pub(crate) fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(it) => &it.attrs,
        syn::Item::Enum(it) => &it.attrs,
        syn::Item::ExternCrate(it) => &it.attrs,
        syn::Item::Fn(it) => &it.attrs,
        syn::Item::Impl(it) => &it.attrs,
        syn::Item::Macro(it) => &it.attrs,
        syn::Item::Mod(it) => &it.attrs,
        syn::Item::Static(it) => &it.attrs,
        syn::Item::Struct(it) => &it.attrs,
        syn::Item::Trait(it) => &it.attrs,
        syn::Item::Type(it) => &it.attrs,
        syn::Item::Use(it) => &it.attrs,
        _ => &[],
    }
}

/// `cfg(test)`, alone or in `all(...)`.
fn is_for_tests(attribute: &syn::Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else { return false };
    if !list.path.is_ident("cfg") {
        return false;
    }
    let text = list.tokens.to_string().replace(' ', "");
    text == "test" || (text.starts_with("all(") && text.split(['(', ')', ',']).any(|part| part == "test"))
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests lie below the root").to_owned()
}

/// The library, without its files of models.
pub(crate) fn library() -> Vec<Source> {
    let src = root().join("reliability-core/src");
    let mut paths = Vec::new();
    collect(&src, &mut paths);
    paths.sort();
    let sources: Vec<_> = paths
        .iter()
        .map(|path| {
            let below = path.strip_prefix(&src).expect("it was found there").to_string_lossy().replace('\\', "/");
            (below, fs::read_to_string(path).expect("source files are readable"))
        })
        .filter(|(below, _)| !below.ends_with("tests.rs"))
        .map(|(below, text)| Source::parse(&below, &text))
        .collect();
    assert!(sources.len() > 30, "the library was not found below {}", src.display());
    sources
}

fn collect(folder: &Path, to: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("folders are readable") {
        let path = entry.expect("entries are readable").path();
        if path.is_dir() {
            collect(&path, to);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            to.push(path);
        }
    }
}

/// Every file that git tracks or would track, with its text; binary ones are left out.
pub(crate) fn tracked() -> Vec<(String, String)> {
    let root = root();
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(&root)
        .output()
        .expect("git lists the files");
    assert!(listed.status.success(), "git lists the files: {}", String::from_utf8_lossy(&listed.stderr));
    let names = String::from_utf8_lossy(&listed.stdout).into_owned();
    names.lines().filter_map(|name| Some((name.to_owned(), fs::read_to_string(root.join(name)).ok()?))).collect()
}
