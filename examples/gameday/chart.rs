//! Both runs of a scenario as one picture: what became of each second's requests, without compensation above, with it below.
//!
//! Drawn by `plotters` into SVG, so that the picture is text, scales, and is the same for the same seed.

use std::error::Error;
use std::ops::Range;
use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::run::{Run, Second};

const SIZE: (u32, u32) = (960, 620);
const FULL: RGBColor = RGBColor(76, 153, 96);
const DEGRADED: RGBColor = RGBColor(236, 184, 84);
const SHED: RGBColor = RGBColor(122, 142, 184);
const FAILED: RGBColor = RGBColor(199, 70, 62);
const INK: RGBColor = RGBColor(60, 60, 60);

/// What a layer means, its colour, and its part of a second.
type Layer = (&'static str, RGBColor, fn(Second) -> u64);

/// The layers of a picture from the bottom up.
const LAYERS: [Layer; 4] = [
    ("answered in full", FULL, |second| second.full),
    ("answered with less", DEGRADED, |second| second.degraded),
    ("refused", SHED, |second| second.shed),
    ("failed or late", FAILED, |second| second.failed),
];

/// Writes the picture.
///
/// # Errors
/// If the file cannot be written.
pub(crate) fn write(
    to: &Path,
    title: &str,
    fault: &Range<f64>,
    without: &Run,
    with: &Run,
) -> Result<(), Box<dyn Error>> {
    let sheet = SVGBackend::new(to, SIZE).into_drawing_area();
    sheet.fill(&WHITE)?;
    let sheet = sheet.titled(title, ("sans-serif", 20).into_font().color(&INK))?;
    let (above, below) = sheet.split_vertically(50.percent_height());
    let most = [without, with].iter().flat_map(|run| &run.seconds).map(|second| second.asked()).max().unwrap_or(1);
    panel(&above, "without compensation", most, fault, without)?;
    panel(&below, "with compensation", most, fault, with)?;
    sheet.present()?;
    Ok(())
}

fn panel(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    name: &str,
    most: u64,
    fault: &Range<f64>,
    run: &Run,
) -> Result<(), Box<dyn Error>> {
    let (end, top) = (run.seconds.len() as f64, most as f64 * 1.5); // room for the words
    let mut chart = ChartBuilder::on(area)
        .margin(6)
        .caption(name, ("sans-serif", 15).into_font().color(&INK))
        .x_label_area_size(26)
        .y_label_area_size(52)
        .build_cartesian_2d(0.0..end, 0.0..top)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(WHITE)
        .bold_line_style(RGBColor(225, 225, 225))
        .axis_style(RGBColor(170, 170, 170))
        .label_style(("sans-serif", 12).into_font().color(&INK))
        .x_labels(12)
        .y_labels(5)
        .x_label_formatter(&|seconds| format!("{seconds:.0}"))
        .y_label_formatter(&|requests| format!("{requests:.0}"))
        .x_desc("seconds")
        .y_desc("requests a second")
        .draw()?;
    // from the top down, so that each layer covers what lies below its lower edge
    for top_layer in (0..LAYERS.len()).rev() {
        let (meaning, colour, _) = LAYERS[top_layer];
        let height =
            |second: &Second| LAYERS[..=top_layer].iter().map(|(_, _, part)| part(*second)).sum::<u64>() as f64;
        let steps = run
            .seconds
            .iter()
            .enumerate()
            .flat_map(|(at, second)| [(at as f64, height(second)), (at as f64 + 1.0, height(second))]);
        chart
            .draw_series(AreaSeries::new(steps, 0.0, colour.filled()))?
            .label(meaning)
            .legend(move |(x, y)| Rectangle::new([(x, y - 4), (x + 12, y + 5)], colour.filled()));
    }
    for edge in [fault.start, fault.end] {
        chart.draw_series([PathElement::new(vec![(edge, 0.0), (edge, top)], INK.mix(0.5).stroke_width(1))])?;
    }
    let words = ("sans-serif", 11).into_font().color(&INK);
    chart.draw_series([Text::new("fault", (fault.start + end * 0.004, top * 0.995), words.clone())])?;
    let shown = ["detected", "engaged", "verified", "released"];
    let marks = shown
        .iter()
        .filter_map(|word| Some((run.first(word).filter(|_| *word != "released").or(run.last(word))?, *word)));
    for (nth, (at, word)) in marks.enumerate() {
        let height = top * (0.92 - 0.065 * nth as f64);
        chart.draw_series([PathElement::new(vec![(at, 0.0), (at, height)], INK.stroke_width(1))])?;
        chart.draw_series([Text::new(format!("{word} {at:.2} s"), (at + end * 0.004, height), words.clone())])?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.85))
        .border_style(RGBColor(200, 200, 200))
        .label_font(("sans-serif", 12).into_font().color(&INK))
        .draw()?;
    Ok(())
}
