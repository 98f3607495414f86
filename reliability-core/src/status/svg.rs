//! The page's pictures: a bar of what is left, a curve of how it was spent, a bar of how near a pair is to firing.
//!
//! Written by hand: three shapes need no library, a plot library of 50 KB would be most of the page, and shapes from the
//! server are there without a script and escaped like everything else. A gap in the data is a gap in the line and a hatched
//! stretch; nothing is drawn through it.

use super::html::Html;
use super::words::good_share;
use crate::clock::Timestamp;
use crate::slo::{Curve, CurvePoint};

/// The width and the height of a curve in its own units; the page stretches it.
const WIDE: f64 = 300.0;
const HIGH: f64 = 60.0;
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

/// How the budget was spent, to now. Nothing is drawn of fewer than two points.
pub(super) fn curve(html: &mut Html, curve: &Curve, now: Timestamp, left: f64) {
    let points = ended(curve, now, left);
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
    let spread = last.at.since(first.at).as_secs_f64();
    if spread <= 0.0 {
        return;
    }
    let lowest = points.iter().map(|point| point.remaining).fold(f64::INFINITY, f64::min);
    let floor = if lowest < 0.0 { lowest.max(DEEPEST) } else { 0.0 };
    let x = |at: Timestamp| at.since(first.at).as_secs_f64() / spread * WIDE;
    let y = |left: f64| (1.0 - left.clamp(floor, 1.0)) / (1.0 - floor) * (HIGH - 4.0) + 2.0;
    let gaps = points.windows(2).filter(|pair| !pair[1].observed).count();

    html.raw("<svg class=\"curve\" viewBox=\"0 0 300 60\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Budget left: from ");
    html.text(good_share(first.remaining)).raw(" to ").text(good_share(last.remaining));
    html.raw(", lowest ").text(good_share(lowest));
    if gaps > 0 {
        html.raw(", with stretches that nobody observed");
    }
    html.raw("\">");
    for (i, pair) in points.windows(2).enumerate().filter(|(_, pair)| !pair[1].observed) {
        // neighbouring gaps are one
        if i > 0 && !points[i].observed {
            continue;
        }
        let to = points[i + 1..].iter().take_while(|point| !point.observed).last().unwrap_or(&pair[1]);
        html.raw("<rect class=\"gap\" x=\"").text(format_args!("{:.1}", x(pair[0].at)));
        html.raw("\" width=\"").text(format_args!("{:.1}", x(to.at) - x(pair[0].at)));
        html.raw("\" height=\"60\"/>");
    }
    html.raw("<path class=\"zero\" d=\"M0 ").text(format_args!("{:.1}", y(0.0))).raw("H300\"/>");
    for run in points[..].chunk_by(|_, next| next.observed).filter(|run| run.len() > 1) {
        let corners = corners(run);
        html.raw("<path class=\"area\" d=\"M").text(format_args!("{:.1} {:.1}", x(run[0].at), y(0.0)));
        line(html, &corners, 'L', x, y);
        html.text(format_args!("V{:.1}Z", y(0.0))).raw("\"/><path class=\"line\" d=\"");
        line(html, &corners, 'M', x, y);
        html.raw("\"/>");
    }
    html.raw("</svg>");
}

fn line(html: &mut Html, corners: &[CurvePoint], first: char, x: impl Fn(Timestamp) -> f64, y: impl Fn(f64) -> f64) {
    for (i, point) in corners.iter().enumerate() {
        let letter = if i == 0 { first } else { 'L' };
        html.text(format_args!("{letter}{:.1} {:.1}", x(point.at), y(point.remaining)));
    }
}

/// The points up to now: the last is what the report says.
fn ended(curve: &Curve, now: Timestamp, left: f64) -> Vec<CurvePoint> {
    let mut points: Vec<CurvePoint> = curve.points.iter().take_while(|point| point.at < now).copied().collect();
    if !points.is_empty() {
        points.push(CurvePoint { at: now, remaining: left, observed: true });
    }
    points
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

    fn drawn(points: &[(i64, f64, bool)], now: i64, left: f64) -> String {
        let at = Timestamp::from_unix_seconds;
        let points = points.iter().map(|(s, remaining, observed)| CurvePoint {
            at: at(*s),
            remaining: *remaining,
            observed: *observed,
        });
        let mut html = Html::default();
        curve(&mut html, &Curve { points: points.collect() }, at(now), left);
        html.finish().0
    }

    #[test]
    fn a_gap_is_no_line_but_a_stretch_of_its_own() {
        let svg =
            drawn(&[(0, 1.0, true), (10, 1.0, true), (20, 0.9, false), (30, 0.8, false), (40, 0.8, true)], 50, 0.7);
        assert_eq!(svg.matches("class=\"line\"").count(), 2, "{svg}");
        assert!(svg.contains("<rect class=\"gap\" x=\"60.0\" width=\"120.0\""), "{svg}");
        assert!(svg.contains("M0.0 2.0L60.0 2.0") && svg.contains("nobody observed"), "{svg}");
    }

    #[test]
    fn a_flat_stretch_has_two_ends_and_an_overspent_budget_a_line_at_zero() {
        let svg = drawn(&[(0, 1.0, true), (1, 1.0, true), (2, 1.0, true), (3, 1.0, true)], 10, -1.0);
        assert!(svg.contains("d=\"M0.0 2.0L90.0 2.0L300.0 58.0\""), "{svg}");
        assert!(svg.contains("class=\"zero\" d=\"M0 30.0H300\""), "{svg}");
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert_eq!(drawn(&[], 10, 1.0), "");
        assert_eq!(drawn(&[(10, 1.0, true)], 10, 1.0), "");
    }
}
