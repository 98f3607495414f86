//! The page's pictures: a bar of what is left, a curve of how it was spent, a bar of how near a pair is to firing.
//!
//! Written by hand: three shapes need no library, a plot library of 50 KB would be most of the page, and shapes from the
//! server are there without a script and escaped like everything else. A gap in the data is a gap in the line and a hatched
//! stretch; nothing is drawn through it.

use std::time::Duration;

use super::html::Html;
use super::words::good_share;
use crate::clock::Timestamp;
use crate::slo::{Curve, CurvePoint};

/// The width and the height of a curve in its own units; the page stretches it.
const WIDE: f64 = 1500.0;
const HIGH: f64 = 300.0;
/// What is left free above and below, for the line has a width.
const EDGE: f64 = 10.0;
/// What a curve shows below zero: overspent by the whole budget, or by more.
const DEEPEST: f64 = -1.0;

/// The budget left as a bar with a mark at zero.
pub(super) fn budget_bar(html: &mut Html, left: f64) {
    let tone = if left <= 0.0 {
        "bad"
    } else if left < 0.25 {
        "warn"
    } else {
        "good"
    };
    html.raw("<svg class=\"bar ").raw(tone);
    html.raw("\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"rest\" width=\"100\" height=\"8\"/>");
    if left > 0.0 {
        html.raw("<rect class=\"fill\" width=\"").text(format_args!("{:.1}", left.min(1.0) * 100.0));
        html.raw("\" height=\"8\"/>");
    } else {
        // overspent: the whole bar says so
        html.raw("<rect class=\"fill spent\" width=\"100\" height=\"8\"/>");
    }
    html.raw("</svg>");
}

/// How near both windows of a pair are to its factor: full to the mark is firing.
pub(super) fn nearness_bar(html: &mut Html, share: f64, firing: bool) {
    html.raw("<svg class=\"near ").raw(if firing { "bad" } else { "good" });
    html.raw("\" viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"rest\" width=\"100\" height=\"6\"/>");
    // the mark stands at two thirds, so that one sees how far beyond it a burn is
    html.raw("<rect class=\"fill\" width=\"").text(format_args!("{:.1}", (share * 66.7).clamp(0.0, 100.0)));
    html.raw("\" height=\"6\"/><rect class=\"mark\" x=\"66\" width=\"1.4\" height=\"6\"/></svg>");
}

/// A curve as it is shown.
#[derive(Debug, Default)]
pub(super) struct Picture {
    pub(super) svg: Html,
    /// How far back it reaches.
    pub(super) reach: Duration,
}

/// How the budget was spent. Nothing is drawn of fewer than two points.
pub(super) fn picture(curve: &Curve) -> Picture {
    let (Some(first), Some(last)) = (curve.points.first(), curve.points.last()) else { return Picture::default() };
    let reach = last.at.since(first.at);
    let mut html = Html::default();
    if !reach.is_zero() {
        draw(&mut html, &curve.points, first, last);
    }
    Picture { svg: html, reach }
}

fn draw(html: &mut Html, points: &[CurvePoint], first: &CurvePoint, last: &CurvePoint) {
    let spread = last.at.since(first.at).as_secs_f64();
    let lowest = points.iter().map(|point| point.remaining).fold(f64::INFINITY, f64::min);
    let floor = if lowest < 0.0 { lowest.max(DEEPEST) } else { 0.0 };
    // whole units: a thousandth of the width is less than a pixel, and whole numbers are written faster
    let x = |at: Timestamp| (at.since(first.at).as_secs_f64() / spread * WIDE).round() as i64;
    let y = |left: f64| ((1.0 - left.clamp(floor, 1.0)) / (1.0 - floor) * (HIGH - 2.0 * EDGE) + EDGE).round() as i64;
    let gaps = points.windows(2).any(|pair| !pair[1].observed);

    html.raw("<svg class=\"curve\" viewBox=\"0 0 1500 300\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Budget left: from ");
    html.text(good_share(first.remaining)).raw(" to ").text(good_share(last.remaining));
    html.raw(", lowest ").text(good_share(lowest));
    if gaps {
        html.raw(", with stretches that nobody observed");
    }
    html.raw("\">");
    for run in points.windows(2).collect::<Vec<_>>().chunk_by(|a, b| a[1].observed == b[1].observed) {
        let (from, to) = (&run[0][0], &run[run.len() - 1][1]);
        if !to.observed {
            html.raw("<rect class=\"gap\" x=\"").text(x(from.at)).raw("\" width=\"").text(x(to.at) - x(from.at));
            html.raw("\" height=\"300\"/>");
        }
    }
    html.raw("<path class=\"zero\" d=\"M0 ").text(y(0.0)).raw("H1500\"/>");
    for run in points.chunk_by(|_, next| next.observed).filter(|run| run.len() > 1) {
        let corners = corners(run);
        html.raw("<path class=\"area\" d=\"M").text(x(run[0].at)).raw(" ").text(y(0.0));
        for point in &corners {
            html.raw("L").text(x(point.at)).raw(" ").text(y(point.remaining));
        }
        html.raw("V").text(y(0.0)).raw("Z\"/><path class=\"line\" d=\"");
        for (i, point) in corners.iter().enumerate() {
            html.raw(if i == 0 { "M" } else { "L" }).text(x(point.at)).raw(" ").text(y(point.remaining));
        }
        html.raw("\"/>");
    }
    html.raw("</svg>");
}

/// The points at which a line turns: what lies between two equal ones says nothing.
fn corners(run: &[CurvePoint]) -> Vec<CurvePoint> {
    let same = |a: usize, b: usize| run[a].remaining.to_bits() == run[b].remaining.to_bits();
    let flat = |i: usize| i > 0 && i + 1 < run.len() && same(i - 1, i) && same(i, i + 1);
    run.iter().enumerate().filter(|(i, _)| !flat(*i)).map(|(_, point)| *point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(points: &[(i64, f64, bool)]) -> String {
        let at = Timestamp::from_unix_seconds;
        let points = points.iter().map(|(s, remaining, observed)| CurvePoint {
            at: at(*s),
            remaining: *remaining,
            observed: *observed,
        });
        picture(&Curve { points: points.collect() }).svg.finish().0
    }

    #[test]
    fn a_gap_is_no_line_but_a_stretch_of_its_own() {
        let svg = drawn(&[
            (0, 1.0, true),
            (10, 1.0, true),
            (20, 0.9, false),
            (30, 0.8, false),
            (40, 0.8, true),
            (50, 0.7, true),
        ]);
        assert_eq!(svg.matches("class=\"line\"").count(), 2, "{svg}");
        assert!(svg.contains("<rect class=\"gap\" x=\"300\" width=\"600\""), "{svg}");
        assert!(svg.contains("\"M0 10L300 10\"") && svg.contains("nobody observed"), "{svg}");
    }

    #[test]
    fn a_flat_stretch_has_two_ends_and_an_overspent_budget_a_line_at_zero() {
        let svg = drawn(&[(0, 1.0, true), (1, 1.0, true), (2, 1.0, true), (3, 1.0, true), (10, -1.0, true)]);
        assert!(svg.contains("d=\"M0 10L450 10L1500 290\""), "{svg}");
        assert!(svg.contains("class=\"zero\" d=\"M0 150H1500\""), "{svg}");
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert_eq!(drawn(&[]), "");
        assert_eq!(drawn(&[(10, 1.0, true)]), "");
    }
}
