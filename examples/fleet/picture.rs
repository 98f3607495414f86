//! Who decided what, on one line of time: a lane for each level.

use std::error::Error;
use std::path::Path;

use plotters::prelude::*;

use crate::watch::{Level, Moment};

const SIZE: (u32, u32) = (960, 460);
const INK: RGBColor = RGBColor(60, 60, 60);
const FAULT: RGBColor = RGBColor(199, 70, 62);
const COLOURS: [RGBColor; 4] = [FAULT, RGBColor(76, 153, 96), RGBColor(70, 110, 180), RGBColor(150, 90, 160)];
/// How many rows of words a lane has.
const ROWS: usize = 6;

/// Draws it.
pub(crate) fn draw(to: &Path, moments: &[Moment], faults: &[(f64, f64, &str)], end: f64) -> Result<(), Box<dyn Error>> {
    let sheet = SVGBackend::new(to, SIZE).into_drawing_area();
    sheet.fill(&WHITE)?;
    let lanes = Level::ALL.len() - 1;
    let wide = end * 1.16; // room for the last words
    let mut chart = ChartBuilder::on(&sheet)
        .margin(8)
        .caption(
            "Three faults in a fleet of five: who decided what, and when",
            ("sans-serif", 17).into_font().color(&INK),
        )
        .x_label_area_size(28)
        .y_label_area_size(90)
        .build_cartesian_2d(0.0..wide, 0.0..(lanes * ROWS) as f64)?;
    let lane = |level: Level| lanes - level as usize;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .light_line_style(WHITE)
        .bold_line_style(RGBColor(228, 228, 228))
        .axis_style(RGBColor(170, 170, 170))
        .label_style(("sans-serif", 12).into_font().color(&INK))
        .y_labels(0)
        .x_label_formatter(&|seconds| format!("{seconds:.0}"))
        .x_desc("seconds")
        .draw()?;
    let words = |colour: &RGBColor| ("sans-serif", 10).into_font().color(colour);
    for (from, until, what) in faults {
        let top = (lanes * ROWS) as f64;
        chart.draw_series([Rectangle::new([(*from, 0.0), (*until, top)], FAULT.mix(0.08).filled())])?;
        chart.draw_series([Text::new((*what).to_owned(), (from + end * 0.003, top - 0.2), words(&FAULT))])?;
    }
    for level in &Level::ALL[1..] {
        let (bottom, colour) = ((lane(*level) * ROWS) as f64, COLOURS[*level as usize]);
        chart.draw_series([PathElement::new(vec![(0.0, bottom), (wide, bottom)], INK.mix(0.4).stroke_width(1))])?;
        let name = Text::new(
            level.name(),
            (end * 0.003, bottom + ROWS as f64 - 1.2),
            ("sans-serif", 13).into_font().color(&colour),
        );
        chart.draw_series([name])?;
        let mut row = 0;
        let mut shown = std::collections::BTreeSet::new();
        for moment in moments.iter().filter(|moment| moment.level == *level) {
            chart.draw_series([Circle::new((moment.at, bottom + 0.3), 3, colour.filled())])?;
            // what several replicas say alike is written once for each fault
            let phase = faults.iter().filter(|(from, ..)| *from <= moment.at).count();
            if !shown.insert((phase, moment.what.clone())) {
                continue;
            }
            let height = bottom + 1.0 + (row % (ROWS - 2)) as f64 * 0.9;
            row += 1;
            let line = vec![(moment.at, bottom + 0.3), (moment.at, height)];
            chart.draw_series([PathElement::new(line, colour.mix(0.5).stroke_width(1))])?;
            let text = format!("{:.1} s {}", moment.at, moment.what);
            chart.draw_series([Text::new(text, (moment.at + end * 0.003, height + 0.3), words(&INK))])?;
        }
    }
    sheet.present()?;
    Ok(())
}
