//! The rules of the house, each a function from sources to violations.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use syn::visit::Visit;

use crate::source::{Source, attributes, find, flat};

/// Where a rule is broken, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

fn at(source: &Source, line: usize, what: impl Into<String>) -> Violation {
    Violation { file: format!("reliability-core/src/{}", source.path), line, what: what.into() }
}

/// The rooms from the ground up, and what each may import. A room that is not here may import nothing and is a violation
/// by itself, so that whoever builds one writes it down.
pub(crate) const ROOMS: &[(&str, &[&str])] = &[
    // ground
    ("sync", &[]),
    ("clock", &[]),
    ("name", &[]),
    ("spec", &["name"]),
    ("table", &[]),
    ("calendar", &["clock", "spec"]),
    // the request path
    ("sli", &["sync", "clock", "name", "spec", "table"]),
    ("admission", &["sync", "clock", "name", "spec", "sli", "table"]),
    // judgement
    ("slo", &["calendar", "clock", "name", "spec"]),
    ("document", &["clock", "name", "spec", "slo"]),
    // the loop
    ("engine", &["sync", "clock", "name", "spec", "sli", "admission", "slo"]),
    // response
    ("compensate", &["sync", "clock", "name", "spec", "sli", "admission", "slo", "engine"]),
    // edges
    ("export", &["clock", "document", "spec", "sli", "admission", "slo", "engine"]),
    ("tower", &["admission", "clock", "http", "name", "spec", "sli", "support", "table"]),
    ("axum", &["admission", "http", "sli", "tower"]),
    ("fleet", &["clock", "spec", "slo", "engine", "reliability"]),
    ("hook", &["clock", "compensate", "engine"]),
    ("http", &["admission", "sli"]),
    ("stream", &["sli"]),
    ("tonic", &["admission", "sli"]),
    // what generated code calls
    ("support", &["admission", "clock", "sli", "spec"]),
    // the front door; the status page hangs on its handle
    ("reliability", &["clock", "name", "spec", "sli", "admission", "slo", "engine", "compensate", "export"]),
    ("openfeature", &["admission", "clock", "engine", "reliability"]),
    ("fleet", &["clock", "spec", "slo", "engine", "reliability"]),
    ("store", &["clock", "spec", "slo", "engine", "reliability"]),
    ("status", &["clock", "spec", "admission", "slo", "engine", "compensate", "reliability"]),
    ("watch", &["admission", "clock", "compensate", "document", "engine", "reliability", "slo", "spec"]),
    // beside
    ("guide", &[]),
    (
        "testkit",
        &["admission", "sync", "clock", "name", "spec", "sli", "slo", "engine", "compensate", "export", "reliability"],
    ),
];

/// Rooms that touch the world.
pub(crate) const EDGES: &[&str] =
    &["axum", "export", "fleet", "hook", "http", "openfeature", "status", "store", "stream", "tonic", "tower", "watch"];
/// Rooms that a request runs through.
pub(crate) const REQUEST_PATH: &[&str] = &["sync", "table", "clock", "sli", "admission"];
/// What edges never see of the engine.
const INSIDES: &[&str] = &["driver", "tick", "shared", "loop_thread", "outbox"];

/// What a path of the crate leads to: `[room, item, ...]`, with the names that `lib.rs` re-exports resolved to their rooms.
fn imports(source: &Source, front: &BTreeMap<String, Vec<String>>) -> Vec<(usize, Vec<String>)> {
    struct Walk<'a> {
        source: &'a Source,
        found: Vec<(usize, Vec<String>)>,
    }
    impl<'ast> Visit<'ast> for Walk<'_> {
        fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
            let line = item.use_token.span.start().line;
            use_paths(&item.tree, &mut Vec::new(), &mut |path| self.found.push((line, path)));
        }
    }
    let mut walk = Walk { source, found: Vec::new() };
    walk.visit_file(&source.file);
    let mut found = walk.found;
    found.retain(|(line, _)| !walk.source.is_test(*line));
    // paths in code and in macros' bodies
    let tokens = source.tokens();
    for (i, token) in tokens.iter().enumerate() {
        let begins = matches!(token.text.as_str(), "crate" | "super") && (i == 0 || tokens[i - 1].text != ":");
        // `$crate::x` is a path of the user's crate, `pub(crate)` is none
        if !begins || i > 0 && tokens[i - 1].text == "$" {
            continue;
        }
        let mut path = vec![token.text.clone()];
        let mut rest = &tokens[i + 1..];
        while let [a, b, name, tail @ ..] = rest {
            if a.text != ":" || b.text != ":" || !name.text.starts_with(|c: char| c.is_alphabetic() || c == '_') {
                break;
            }
            path.push(name.text.clone());
            rest = tail;
        }
        if path.len() > 1 {
            found.push((token.line, path));
        }
    }
    let module = source.module();
    found.into_iter().filter_map(|(line, path)| Some((line, resolve(&module, path, front)?))).collect()
}

fn use_paths(tree: &syn::UseTree, prefix: &mut Vec<String>, emit: &mut impl FnMut(Vec<String>)) {
    let with = |name: String, emit: &mut dyn FnMut(Vec<String>)| {
        let mut path = prefix.clone();
        path.push(name);
        emit(path);
    };
    match tree {
        syn::UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            use_paths(&path.tree, prefix, emit);
            prefix.pop();
        }
        syn::UseTree::Name(name) => with(name.ident.to_string(), emit),
        syn::UseTree::Rename(rename) => with(rename.ident.to_string(), emit),
        syn::UseTree::Glob(_) => with("*".into(), emit),
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| use_paths(tree, prefix, emit)),
    }
}

/// `None` for paths of other crates and of the module itself.
fn resolve(module: &[String], path: Vec<String>, front: &BTreeMap<String, Vec<String>>) -> Option<Vec<String>> {
    let mut path = path.into_iter().peekable();
    let mut base = match path.peek()?.as_str() {
        "crate" => {
            path.next();
            Vec::new()
        }
        "super" => module.to_vec(),
        _ => return None,
    };
    while path.next_if(|segment| segment == "super").is_some() {
        base.pop();
    }
    base.extend(path.filter(|segment| segment != "self"));
    let first = base.first()?.clone();
    match front.get(&first) {
        Some(real) if !ROOMS.iter().any(|(room, _)| *room == first) => {
            Some(real.iter().cloned().chain(base.into_iter().skip(1)).collect())
        }
        _ => Some(base),
    }
}

/// What `lib.rs` gives out: name to path.
fn front(sources: &[Source]) -> BTreeMap<String, Vec<String>> {
    let mut front = BTreeMap::new();
    for source in sources.iter().filter(|source| source.path == "lib.rs") {
        for item in &source.file.items {
            if let syn::Item::Use(item) = item {
                use_paths(&item.tree, &mut Vec::new(), &mut |path| {
                    let path: Vec<_> = path.into_iter().filter(|segment| segment != "crate").collect();
                    if let Some(last) = path.last() {
                        front.insert(last.clone(), path.clone());
                    }
                });
            }
        }
    }
    front
}

/// Imports lead to rooms of the table only.
pub(crate) fn imports_go_downward(sources: &[Source]) -> Vec<Violation> {
    let front = front(sources);
    let mut violations = Vec::new();
    for source in sources.iter().filter(|source| source.room() != "lib") {
        let room = source.room();
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            violations.push(at(source, 1, format!("`{room}` is in no line of the table of rooms")));
            continue;
        };
        for (line, path) in imports(source, &front) {
            let to = path[0].as_str();
            // macros that `#[macro_export]` puts at the root, and the private door of generated code
            if to == room || to == "__private" || to.starts_with("__") {
                continue;
            }
            if !allowed.contains(&to) {
                violations.push(at(source, line, format!("`{room}` must not import `{}`", path.join("::"))));
            }
        }
    }
    once_a_line(violations)
}

/// A path in a `use` is seen twice, as a tree and as tokens.
fn once_a_line(mut violations: Vec<Violation>) -> Vec<Violation> {
    violations.sort_by(|a, b| (&a.file, a.line, b.what.len()).cmp(&(&b.file, b.line, a.what.len())));
    violations.dedup_by(|a, b| (&a.file, a.line) == (&b.file, b.line));
    violations
}

/// A room may only import rooms, and the table leads nowhere in a circle.
pub(crate) fn circle(rooms: &[(&str, &[&str])]) -> Option<String> {
    // a table without a circle can be taken apart from the ground up
    let mut left: BTreeMap<&str, BTreeSet<&str>> =
        rooms.iter().map(|(room, to)| (*room, to.iter().copied().collect())).collect();
    while !left.is_empty() {
        let free: Vec<&str> =
            left.iter().filter(|(_, to)| !to.iter().any(|to| left.contains_key(to))).map(|(room, _)| *room).collect();
        if free.is_empty() {
            return Some(left.keys().copied().collect::<Vec<_>>().join(", "));
        }
        free.iter().for_each(|room| drop(left.remove(room)));
    }
    None
}

/// Edges see events, reports, specs and the port, never how the loop works.
pub(crate) fn edges_see_plain_data(sources: &[Source]) -> Vec<Violation> {
    let front = front(sources);
    let mut violations = Vec::new();
    for source in sources.iter().filter(|source| EDGES.contains(&source.room())) {
        for (line, path) in imports(source, &front) {
            if path[0] == "engine" && path.get(1).is_some_and(|inside| INSIDES.contains(&inside.as_str())) {
                violations.push(at(source, line, format!("an edge must not import `{}`", path.join("::"))));
            }
        }
    }
    once_a_line(violations)
}

/// `cfg(feature)` stands in `lib.rs` and an edge's `mod.rs` only, on items that declare a module or give names out, and in the
/// one list of sinks.
pub(crate) fn features_only_where_modules_are_declared(sources: &[Source]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for source in sources {
        let tokens = source.tokens();
        let edge_door = EDGES.iter().any(|edge| source.path == format!("{edge}/mod.rs"));
        let mut allowed = Vec::new();
        if source.path == "lib.rs" || edge_door {
            for item in &source.file.items {
                let declares = matches!(item, syn::Item::Mod(_) | syn::Item::Use(_));
                let is_list =
                    matches!(item, syn::Item::Fn(it) if source.path == "export/mod.rs" && it.sig.ident == "sinks");
                if declares || is_list {
                    use syn::spanned::Spanned;
                    allowed.push((item.span().start().line, item.span().end().line));
                    let first = attributes(item).first().map_or(0, |first| first.span().start().line);
                    allowed.push((first, item.span().end().line));
                }
            }
        }
        for (i, token) in tokens.iter().enumerate() {
            let is_cfg = matches!(token.text.as_str(), "cfg" | "cfg_attr");
            let until = tokens[i..].iter().take_while(|token| token.text != "]" && token.text != ";");
            if is_cfg
                && until.clone().any(|token| token.text == "feature")
                && !allowed.iter().any(|(from, to)| (*from..=*to).contains(&token.line))
            {
                violations.push(at(source, token.line, "`cfg(feature)` belongs where a module is declared"));
            }
        }
    }
    violations
}

/// Only `clock` reads a clock.
pub(crate) fn only_clock_reads_a_clock(sources: &[Source]) -> Vec<Violation> {
    let patterns: &[&[&str]] = &[
        &["Instant", ":", ":", "now"],
        &["SystemTime", ":", ":", "now"],
        &["quanta"],
        &[".", "elapsed", "("],
        &["UNIX_EPOCH"],
    ];
    named(sources, |source| source.room() != "clock", patterns, "only `clock` reads a clock")
}

/// Judgement and the pure step are given the time.
pub(crate) fn judgement_is_given_the_time(sources: &[Source]) -> Vec<Violation> {
    let judges = |source: &Source| {
        source.room() == "slo"
            || matches!(source.path.as_str(), "engine/tick.rs" | "engine/driver.rs" | "engine/report.rs")
    };
    let patterns: &[&[&str]] = &[&["Reading", ":", ":", "now"], &["monotonic_nanos"], &["Ticks"], &["Coarse"]];
    let mut violations = named(sources, judges, patterns, "judgement is given the time, it asks nobody");
    violations.retain(|violation| !is_timing_variant(sources, violation));
    violations
}

/// `Timing::Coarse` is a word of a promise, not a clock.
fn is_timing_variant(sources: &[Source], violation: &Violation) -> bool {
    let Some(source) = sources.iter().find(|source| violation.file.ends_with(&source.path)) else { return false };
    find(&source.tokens(), &["Timing", ":", ":", "Coarse"]).contains(&violation.line)
}

/// Nothing on the request path can panic by its own word.
pub(crate) fn the_request_path_does_not_panic(sources: &[Source]) -> Vec<Violation> {
    let on_path = |source: &Source| REQUEST_PATH.contains(&source.room());
    let patterns: &[&[&str]] = &[
        &[".", "unwrap", "("],
        &[".", "expect", "("],
        &["panic", "!"],
        &["todo", "!"],
        &["unimplemented", "!"],
        &["assert", "!"],
        &["assert_eq", "!"],
    ];
    named(sources, on_path, patterns, "the request path never panics")
}

/// Places of the request path's rooms that may take a lock, each with the reason why no good request waits there.
pub(crate) const LOCKS: &[(&str, &[&str], &str)] = &[
    ("admission/lease.rs", &["update"], "a loop that renews what it holds"),
    ("admission/switches.rs", &["list"], "whoever turns a switch"),
    ("sync.rs", &["lock"], "the one way to lock"),
    ("sli/catalogue.rs", &["announce", "announced"], "a route's first request, and the loop"),
    ("sli/failures.rs", &["make_room_for_texts", "latest"], "the engine's start, and a report"),
    ("sli/record/bell.rs", &["listen", "leave"], "the loop's start and end"),
    (
        "sli/record/meter.rs",
        &[
            "open",
            "retire",
            "carry",
            "add_wide",
            "read",
            "read_own",
            "read_cells",
            "read_own_cells",
            "adopt",
            "disown",
            "by_label",
            "live_blocks",
        ],
        "a thread's first call and end, batches, the loop; `carry` waits only where a cell would wrap",
    ),
    ("sli/record/realm.rs", &["meter"], "a thread's first call"),
    ("sli/journey/rule.rs", &["named"], "a feature's first journey, and whoever declares it"),
    (
        "admission/gate/cells.rs",
        &["open", "close", "standing", "sum", "sets"],
        "a thread's first request and end, a thread whose storage is gone, and the one request that looks",
    ),
    ("admission/gate/look.rs", &["remembered"], "a report"),
];

/// A request takes no lock but where the table says, touches no disk and no network, and prints nothing.
pub(crate) fn the_request_path_does_not_wait(sources: &[Source]) -> Vec<Violation> {
    struct Fns<'a>(&'a mut Vec<(String, usize, usize)>);
    impl<'ast> Visit<'ast> for Fns<'_> {
        fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
            use syn::spanned::Spanned;
            self.0.push((item.sig.ident.to_string(), item.span().start().line, item.span().end().line));
            syn::visit::visit_item_fn(self, item);
        }
        fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
            use syn::spanned::Spanned;
            self.0.push((item.sig.ident.to_string(), item.span().start().line, item.span().end().line));
            syn::visit::visit_impl_item_fn(self, item);
        }
    }
    let mut violations = Vec::new();
    for source in sources.iter().filter(|source| matches!(source.room(), "sli" | "sync" | "admission")) {
        let tokens = source.tokens();
        let mut functions = Vec::new();
        Fns(&mut functions).visit_file(&source.file);
        let may = |line: usize| {
            LOCKS.iter().any(|(file, names, _)| {
                *file == source.path
                    && functions
                        .iter()
                        .any(|(name, from, to)| names.contains(&name.as_str()) && (*from..=*to).contains(&line))
            })
        };
        let mut lines = BTreeSet::new();
        for pattern in
            [&[".", "lock", "("][..], &["lock", "(", "&"], &[".", "write", "(", ")"], &[".", "read", "(", ")", "."]]
        {
            lines.extend(find(&tokens, pattern).into_iter().filter(|line| !may(*line)));
        }
        let locks = lines.into_iter().map(|line| at(source, line, "a lock here is in no line of the table of locks"));
        // reading all meters is called `read` too; it takes its lock itself
        violations.extend(locks.filter(|violation| {
            !source.text.lines().nth(violation.line - 1).is_some_and(|line| line.contains("meter.read"))
        }));
    }
    let patterns: &[&[&str]] = &[
        &["std", ":", ":", "fs"],
        &["std", ":", ":", "net"],
        &["std", ":", ":", "process"],
        &["println", "!"],
        &["eprintln", "!"],
        &["dbg", "!"],
        &["thread", ":", ":", "sleep"],
    ];
    let waits = |source: &Source| matches!(source.room(), "sli" | "sync" | "admission");
    violations.extend(named(sources, waits, patterns, "a request touches no disk and no network, and prints nothing"));
    violations
}

/// No `unsafe`, whatever a compiler's flag says.
pub(crate) fn nothing_is_unsafe(sources: &[Source]) -> Vec<Violation> {
    named(sources, |_| true, &[&["unsafe"]], "there is no unsafe code here")
}

/// A library does not print.
pub(crate) fn nothing_prints(sources: &[Source]) -> Vec<Violation> {
    let patterns: &[&[&str]] = &[&["println", "!"], &["eprintln", "!"], &["dbg", "!"], &["print", "!"]];
    named(sources, |_| true, patterns, "a library does not print")
}

fn named(sources: &[Source], where_: impl Fn(&Source) -> bool, patterns: &[&[&str]], rule: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    for source in sources.iter().filter(|source| where_(source)) {
        let tokens = source.tokens();
        for pattern in patterns {
            for line in find(&tokens, pattern) {
                violations.push(at(source, line, format!("{rule}: `{}`", pattern.concat())));
            }
        }
    }
    violations
}

/// Every file begins by saying what it is for.
pub(crate) fn every_file_opens_with_its_purpose(sources: &[Source]) -> Vec<Violation> {
    let silent = sources.iter().filter(|source| !source.text.starts_with("//!"));
    silent.map(|source| at(source, 1, "a file opens with `//!`")).collect()
}

/// A room's head ends with its layer.
pub(crate) fn every_room_names_its_layer(sources: &[Source]) -> Vec<Violation> {
    sources
        .iter()
        .filter(|source| source.path.ends_with("/mod.rs"))
        .filter(|source| {
            let head = source.text.lines().take_while(|line| line.starts_with("//!"));
            !head.clone().any(|line| line.contains("Layer"))
        })
        .map(|source| at(source, 1, "the head of a `mod.rs` names its layer"))
        .collect()
}

/// At most 400 lines that are not tests.
pub(crate) fn files_stay_short(sources: &[Source]) -> Vec<Violation> {
    let long = sources.iter().filter(|source| source.lines_without_tests() > 400);
    long.map(|source| at(source, 400, format!("{} lines, 400 are the most", source.lines_without_tests()))).collect()
}

/// Where whoever reads the documentation of a public item finds an example: the rooms, and the files of others, that a service
/// names to compensate and to test that.
const SHOWN: &[&str] =
    &["admission/", "compensate/", "engine/acted.rs", "engine/response.rs", "hook/", "openfeature/", "testkit/"];

/// Every public item there has an example that runs.
pub(crate) fn public_items_have_examples(sources: &[Source]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for source in sources.iter().filter(|source| SHOWN.iter().any(|shown| source.path.starts_with(shown))) {
        for item in &source.file.items {
            let (visibility, name) = match item {
                syn::Item::Const(it) => (&it.vis, &it.ident),
                syn::Item::Enum(it) => (&it.vis, &it.ident),
                syn::Item::Fn(it) => (&it.vis, &it.sig.ident),
                syn::Item::Struct(it) => (&it.vis, &it.ident),
                syn::Item::Trait(it) => (&it.vis, &it.ident),
                syn::Item::Type(it) => (&it.vis, &it.ident),
                _ => continue,
            };
            let docs = docs(item);
            let runs = docs.iter().any(|line| line.trim() == "```");
            if matches!(visibility, syn::Visibility::Public(_)) && !docs.iter().any(|it| it == "(hidden)") && !runs {
                violations.push(at(source, name.span().start().line, format!("`{name}` has no example that runs")));
            }
        }
    }
    violations
}

/// The lines of an item's documentation; `(hidden)` among them if it has none for readers.
fn docs(item: &syn::Item) -> Vec<String> {
    let docs = super::source::attributes(item).iter().filter(|attribute| attribute.path().is_ident("doc"));
    docs.map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(syn::MetaNameValue {
            value: syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }),
            ..
        }) => text.value(),
        _ => "(hidden)".to_owned(),
    })
    .collect()
}

/// A tracked file names nobody's home folder: it is of no use elsewhere.
pub(crate) fn no_home_folder(files: &[(String, String)]) -> Vec<Violation> {
    // written in parts, so that this file does not break its own rule
    let words = [["/ho", "me/"], ["/Us", "ers/"]].map(|parts| parts.concat());
    let mut violations = Vec::new();
    for (file, text) in files.iter().filter(|(file, _)| !file.ends_with("Cargo.lock")) {
        for (i, line) in text.lines().enumerate() {
            for word in words.iter().filter(|word| line.contains(word.as_str())) {
                violations.push(Violation {
                    file: file.clone(),
                    line: i + 1,
                    what: format!("`{word}` is of no use elsewhere"),
                });
            }
        }
    }
    violations
}

/// No test is switched off.
pub(crate) fn no_test_is_ignored(files: &[(String, String)]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (file, text) in files.iter().filter(|(file, _)| file.ends_with(".rs") && !file.contains("/ui/")) {
        for line in find(&flat(text, file), &["#", "[", "ignore"]) {
            violations.push(Violation {
                file: file.clone(),
                line,
                what: "a test that does not run proves nothing".into(),
            });
        }
    }
    violations
}
