//! Writing HTML so that what comes from elsewhere cannot become markup.
//!
//! [`Html::raw`] takes literals of this program (`&'static str`); everything else goes through [`Html::text`], which escapes.
//! So what was put together at run time does not compile there; a declared name, which may be `'static`, is for [`Html::name`]. A [part](Html::part) is an element whose inside may change from second to second;
//! its place is kept, so that a viewer is sent the parts that changed and nothing else.

use std::fmt::{self, Display, Write};
use std::ops::Range;

use crate::clock::Timestamp;

/// A document in the making.
#[derive(Debug, Default)]
pub(super) struct Html {
    html: String,
    parts: Vec<Range<usize>>,
}

impl Html {
    /// An empty one with room for so many bytes: a page is about as long as the one before.
    pub(super) fn with_room(bytes: usize) -> Self {
        Self { html: String::with_capacity(bytes), parts: Vec::new() }
    }

    /// What is written so far.
    pub(super) fn so_far(&self) -> (&str, &[Range<usize>]) {
        (&self.html, &self.parts)
    }

    /// Markup of this program.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.html.push_str(markup);
        self
    }

    /// Text from anywhere, in an element or between the quotes of an attribute.
    pub(super) fn text(&mut self, text: impl Display) -> &mut Self {
        // writing to a String cannot fail
        let _ = write!(Escaping(&mut self.html), "{text}");
        self
    }

    /// What was written elsewhere in this way; it must have no parts.
    pub(super) fn add(&mut self, other: &Self) -> &mut Self {
        self.html.push_str(&other.html);
        self
    }

    /// A name from elsewhere, which may be written from right to left without turning its surroundings.
    pub(super) fn name(&mut self, name: impl Display) -> &mut Self {
        self.raw("<bdi>").text(name).raw("</bdi>")
    }

    /// An instant: the time of day, and the date where it is another day than now.
    pub(super) fn time(&mut self, at: Timestamp, now: Timestamp) -> &mut Self {
        let full = at.to_string();
        // 2026-03-01T00:15:19.250Z
        let (day, time) = (full.get(..10).unwrap_or(&full), full.get(11..19).unwrap_or_default());
        self.raw("<time datetime=\"").text(&full).raw("\">");
        if now.to_string().starts_with(day) {
            self.text(time).raw(" UTC</time>")
        } else {
            self.text(day).raw(" ").text(time.get(..5).unwrap_or(time)).raw(" UTC</time>")
        }
    }

    /// An element whose inside may change: `open` is its tag with attributes, without the brackets.
    pub(super) fn part(&mut self, open: &'static str, inside: impl FnOnce(&mut Self)) -> &mut Self {
        let tag = open.split(' ').next().unwrap_or(open);
        let number = self.parts.len();
        self.raw("<").raw(open).raw(" id=\"p").text(number).raw("\">");
        let from = self.html.len();
        // its number is taken now, although it ends later: parts do not lie in one another
        self.parts.push(from..from);
        inside(self);
        self.parts[number].end = self.html.len();
        self.raw("</").raw(tag).raw(">")
    }

    pub(super) fn finish(self) -> (String, Vec<Range<usize>>) {
        (self.html, self.parts)
    }
}

/// Escapes what is written into it.
struct Escaping<'a>(&'a mut String);

impl Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(|c| instead(c).is_some()) {
            let (plain, from) = rest.split_at(at);
            self.0.push_str(plain);
            let mut chars = from.chars();
            self.0.push_str(chars.next().and_then(instead).unwrap_or_default());
            rest = chars.as_str();
        }
        self.0.push_str(rest);
        Ok(())
    }
}

/// What stands in a document for a character that would mean something there.
fn instead(c: char) -> Option<&'static str> {
    match c {
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '&' => Some("&amp;"),
        '"' => Some("&quot;"),
        '\'' => Some("&#39;"),
        // what turns the direction of its surroundings, and what a terminal or a parser might take for its own
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => {
            Some("\u{fffd}")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_text_stays_a_text() {
        let mut html = Html::default();
        html.raw("<p title=\"").text("\" onload='x'").raw("\">").name("</p><script>\u{202e}&\u{0}").raw("</p>");
        assert_eq!(
            html.finish().0,
            "<p title=\"&quot; onload=&#39;x&#39;\"><bdi>&lt;/p&gt;&lt;script&gt;\u{fffd}&amp;\u{fffd}</bdi></p>"
        );
    }

    #[test]
    fn an_instant_tells_its_date_where_that_is_not_today() {
        let at = Timestamp::from_unix_seconds;
        let mut html = Html::default();
        html.time(at(86_399), at(86_399)).time(at(86_399), at(86_400));
        let html = html.finish().0;
        assert!(html.contains("Z\">23:59:59 UTC</time>") && html.contains("Z\">1970-01-01 23:59 UTC</time>"), "{html}");
    }

    #[test]
    fn a_part_is_the_inside_of_its_element() {
        let mut html = Html::default();
        html.raw("a").part("p class=\"x\"", |html| _ = html.text("b")).part("b", |html| _ = html.text(7));
        let (html, parts) = html.finish();
        assert_eq!(html, "a<p class=\"x\" id=\"p0\">b</p><b id=\"p1\">7</b>");
        assert_eq!(parts.iter().map(|part| &html[part.clone()]).collect::<Vec<_>>(), ["b", "7"]);
    }
}
