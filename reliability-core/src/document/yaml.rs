//! YAML into trees, one for each document of a file.
//!
//! Read by `granit-parser`, the parser of `serde-saphyr`, whose events carry line and column and hold the comments. Its reader
//! into types is not used, because it stops at the first thing that is wrong.
//!
//! Bounds, so that no file can hang or fell the service: 4 MiB of text, 64 levels, 200,000 nodes after aliases are written
//! out (which is where a small file becomes a huge one). A file that passes them is refused with a finding.

use std::collections::{BTreeMap, VecDeque};

use granit_parser::{Event, Parser, Placement, ScalarStyle, Span};

use super::desk::Desk;
use super::node::{At, Content, Entry, Item, Node};

const LARGEST: usize = 4 << 20;
const DEEPEST: usize = 64;
const MOST_NODES: usize = 200_000;

/// What a file holds.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    /// The documents that are not empty.
    pub(super) documents: Vec<Node>,
    /// The comments after the last of them.
    pub(super) after: Vec<String>,
}

struct Comment {
    line: u32,
    text: String,
    beside: bool,
}

/// Reads all documents of a file; of one that cannot be parsed what stands before the error is left out, what follows is read.
pub(super) fn parse(text: &str, desk: &mut Desk<'_>) -> Parsed {
    if text.len() > LARGEST {
        let message = format!("the file is {} bytes long; {LARGEST} are the most", text.len());
        desk.error("too-large", At::default(), "", message);
        return Parsed::default();
    }
    let options = granit_parser::options! {
        flow_nesting_limit: DEEPEST,
        block_nesting_limit: DEEPEST,
        max_buffered_comment_events: 10_000,
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut parsed = Parsed::default();
    let mut comments = VecDeque::new();
    let mut nodes = 0;
    loop {
        let mut tree = Tree { comments: &mut comments, nodes: &mut nodes, anchors: BTreeMap::new(), failed: None };
        let mut events = Events { parser: &mut parser, error: None };
        let document = tree.document(&mut events);
        let failed = tree.failed.take();
        drop(tree);
        match (document, failed) {
            (Some(Ok(Some(node))), None) => parsed.documents.push(node),
            (Some(Ok(None)), None) => {}
            (_, Some((at, message))) => {
                desk.error("too-large", at, "", message);
                break;
            }
            (Some(Err(Broken { at, message })), None) => {
                desk.error("syntax", at, "", message);
                if !matches!(parser.proceed_next_document(), Ok(true)) {
                    break;
                }
            }
            (None, None) => break,
        }
    }
    comments.make_contiguous().sort_by_key(|comment| comment.line);
    for document in &mut parsed.documents {
        attach(document, &mut comments);
    }
    parsed.after = comments.into_iter().map(|comment| comment.text).collect();
    parsed
}

struct Broken {
    at: At,
    message: String,
}

struct Events<'p, 'a> {
    parser: &'p mut Parser<'a, granit_parser::StrInput<'a>>,
    error: Option<()>,
}

impl<'a> Iterator for Events<'_, 'a> {
    type Item = Result<(Event<'a>, Span), Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.error.is_some() {
            return None;
        }
        match self.parser.next_event()? {
            Ok(event) => Some(Ok(event)),
            Err(error) => {
                self.error = Some(());
                let mark = error.marker();
                let at = At { line: mark.line() as u32, column: mark.col() as u32 + 1, width: 1 };
                Some(Err(Broken { at, message: format!("this is not YAML: {}", error.kind()) }))
            }
        }
    }
}

struct Tree<'c> {
    comments: &'c mut VecDeque<Comment>,
    nodes: &'c mut usize,
    anchors: BTreeMap<usize, Node>,
    failed: Option<(At, String)>,
}

type Next = Result<Option<Node>, Broken>;

impl Tree<'_> {
    /// The next document; `None` at the end, `Some(Ok(None))` for an empty one.
    fn document(&mut self, events: &mut Events<'_, '_>) -> Option<Next> {
        loop {
            match self.next(events)? {
                Ok((Event::DocumentStart(..) | Event::StreamStart, _)) => {}
                Ok((Event::StreamEnd, _)) => return None,
                Ok((Event::DocumentEnd, _)) => return Some(Ok(None)),
                Ok((event, span)) => {
                    let node = match self.node(event, span, events, 0) {
                        Ok(node) => node,
                        Err(broken) => return Some(Err(broken)),
                    };
                    // up to its end, comments included
                    loop {
                        match self.next(events) {
                            Some(Ok((Event::DocumentEnd | Event::StreamEnd, _))) | None => break,
                            Some(Ok(_)) => {}
                            Some(Err(broken)) => return Some(Err(broken)),
                        }
                    }
                    let empty = matches!(&node.content, Content::Scalar { text, plain: true } if text.is_empty());
                    return Some(Ok((!empty).then_some(node)));
                }
                Err(broken) => return Some(Err(broken)),
            }
        }
    }

    /// The next event that is no comment.
    fn next<'a>(&mut self, events: &mut Events<'_, 'a>) -> Option<Result<(Event<'a>, Span), Broken>> {
        loop {
            match events.next()? {
                Ok((Event::Comment(text, placement), span)) => self.comments.push_back(Comment {
                    line: span.start.line() as u32,
                    text: text.trim_end().to_owned(),
                    beside: placement == Placement::Right,
                }),
                other => return Some(other),
            }
        }
    }

    fn node<'a>(
        &mut self,
        event: Event<'a>,
        span: Span,
        events: &mut Events<'_, 'a>,
        depth: usize,
    ) -> Result<Node, Broken> {
        let at = place(&span);
        self.count(1, at);
        let (anchor, content) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tagged = tag.as_ref().and_then(|tag| tag.core_suffix()).is_some_and(|tag| tag == "str");
                let plain = style == ScalarStyle::Plain && !tagged;
                (anchor, Content::Scalar { text: text.into_owned(), plain })
            }
            Event::Alias(id) => {
                let Some(known) = self.anchors.get(&id) else {
                    return Err(Broken { at, message: "this alias is part of what it stands for".into() });
                };
                let size = size(known);
                if self.count(size, at) {
                    return Ok(Node::plain(at, ""));
                }
                return Ok(self.anchors.get(&id).map_or_else(|| Node::plain(at, ""), |known| moved(known, at)));
            }
            Event::SequenceStart(_, anchor, _) => (anchor, Content::List(self.items(events, depth)?)),
            Event::MappingStart(_, anchor, _) => (anchor, Content::Map(self.entries(events, depth)?)),
            _ => (0, Content::Scalar { text: String::new(), plain: true }),
        };
        let node = Node::new(at, content);
        if anchor > 0 && self.failed.is_none() {
            // a copy for each anchor is counted too, else anchors in anchors would multiply unseen
            self.count(size(&node), at);
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn items(&mut self, events: &mut Events<'_, '_>, depth: usize) -> Result<Vec<Item>, Broken> {
        let mut items = Vec::new();
        while let Some(event) = self.next(events) {
            match event? {
                (Event::SequenceEnd, _) => break,
                (event, span) => {
                    let node = self.node(event, span, events, depth + 1)?;
                    items.push(Item { before: Vec::new(), node });
                }
            }
            if self.failed.is_some() {
                break;
            }
        }
        Ok(items)
    }

    fn entries(&mut self, events: &mut Events<'_, '_>, depth: usize) -> Result<Vec<Entry>, Broken> {
        let mut entries: Vec<Entry> = Vec::new();
        while let Some(event) = self.next(events) {
            let (event, span) = event?;
            if matches!(event, Event::MappingEnd) || self.failed.is_some() {
                break;
            }
            let key = self.node(event, span, events, depth + 1)?;
            let Content::Scalar { text, .. } = key.content else {
                return Err(Broken { at: key.at, message: "a key is a text, no list and no map".into() });
            };
            let Some(value) = self.next(events) else { break };
            let (event, span) = value?;
            let node = self.node(event, span, events, depth + 1)?;
            if let Some(known) = entries.iter().find(|known| known.key == text) {
                let message =
                    format!("the key {text:?} stands here a second time; the first is in line {}", known.at.line);
                return Err(Broken { at: key.at, message });
            }
            entries.push(Entry { before: Vec::new(), beside: None, key: text, at: key.at, node });
        }
        Ok(entries)
    }

    /// Counts nodes; true when there are too many.
    fn count(&mut self, more: usize, at: At) -> bool {
        *self.nodes += more;
        if *self.nodes > MOST_NODES && self.failed.is_none() {
            self.failed = Some((at, format!("the file holds more than {MOST_NODES} nodes, aliases written out")));
        }
        self.failed.is_some()
    }
}

fn place(span: &Span) -> At {
    let (start, end) = (&span.start, &span.end);
    let width = if start.line() == end.line() { end.col().saturating_sub(start.col()) } else { 1 };
    At { line: start.line() as u32, column: start.col() as u32 + 1, width: width.max(1) as u32 }
}

fn size(node: &Node) -> usize {
    1 + match &node.content {
        Content::Scalar { .. } => 0,
        Content::List(items) => items.iter().map(|item| size(&item.node)).sum(),
        Content::Map(entries) => entries.iter().map(|entry| 1 + size(&entry.node)).sum(),
    }
}

/// What an alias stands for, all of it at the alias's place: that is where a reader looks, and where comments belong.
fn moved(node: &Node, at: At) -> Node {
    let content = match &node.content {
        Content::Scalar { .. } => node.content.clone(),
        Content::List(items) => {
            Content::List(items.iter().map(|item| Item { before: Vec::new(), node: moved(&item.node, at) }).collect())
        }
        Content::Map(entries) => Content::Map(
            entries.iter().map(|entry| Entry { at, ..Entry::of(&*entry.key, moved(&entry.node, at)) }).collect(),
        ),
    };
    Node::new(at, content)
}

/// Gives each comment to what it stands above or beside.
fn attach(node: &mut Node, comments: &mut VecDeque<Comment>) {
    match &mut node.content {
        Content::Scalar { .. } => node.beside = beside(node.at.line, comments).or(node.beside.take()),
        Content::List(items) => {
            for item in items {
                item.before = before(item.node.at.line, comments);
                attach(&mut item.node, comments);
            }
        }
        Content::Map(entries) => {
            for entry in entries {
                entry.before = before(entry.at.line, comments);
                if entry.node.scalar().is_none() || entry.node.at.line > entry.at.line {
                    entry.beside = beside(entry.at.line, comments);
                }
                attach(&mut entry.node, comments);
            }
        }
    }
}

fn before(line: u32, comments: &mut VecDeque<Comment>) -> Vec<String> {
    let mut before = Vec::new();
    while comments.front().is_some_and(|comment| comment.line < line) {
        before.extend(comments.pop_front().map(|comment| comment.text));
    }
    before
}

fn beside(line: u32, comments: &mut VecDeque<Comment>) -> Option<String> {
    let is_beside = comments.front().is_some_and(|comment| comment.beside && comment.line == line);
    if is_beside { comments.pop_front().map(|comment| comment.text) } else { None }
}
