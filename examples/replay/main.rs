//! A recorded history, judged as the service itself would have judged it.
//!
//! `cargo run --release -p reliability-examples --example replay -- history.csv --objective 99.9% --window 30d`
//!
//! For whoever wants to know before instrumenting: what budget would be left, which pages would have come, and which
//! objective the service has in truth been meeting. The history is a table of counts or the log of a web server; the judging is
//! done by the engine that judges live, in virtual time.
//!
//! To read: `source` opens and reads (`csv`, `clf` know the forms, `reorder` puts a log's requests into minutes), `judge` lives through
//! the minutes, `suggest` does so for a ladder of objectives, `json` and `text` write.

mod arguments;
mod clf;
mod csv;
mod curve;
mod json;
mod judge;
mod lines;
mod minutes;
mod reorder;
mod source;
mod stretches;
mod suggest;
mod text;
mod time;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use arguments::{Arguments, Output, Plan};
use judge::Judge;

/// Of a terminal that does not say how wide it is, and of a file.
const WIDTH: usize = 80;

fn main() -> ExitCode {
    let plan = Arguments::parse().plan().unwrap_or_else(|why| {
        // as clap says it of what it checks itself: with the usage, and exit code 2
        Arguments::command().error(ErrorKind::ArgumentConflict, why).exit()
    });
    match run(&plan) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("replay: {}: {why}", plan.file.display());
            ExitCode::FAILURE
        }
    }
}

fn run(plan: &Plan) -> Result<(), String> {
    let input = source::open(&plan.file).map_err(|error| error.to_string())?;
    let mut judge = Judge::new(plan);
    let rejected =
        source::read(plan.form, input, &mut |minute| judge.minute(minute)).map_err(|error| error.to_string())?;
    let verdict = judge.finish();
    if rejected.lines > 0 {
        eprintln!("replay: {}: {}", plan.file.display(), text::refused_briefly(&rejected));
    }
    let output = match plan.output {
        Output::Json => json::render(&verdict, &rejected),
        Output::Text => {
            let width = console::Term::stdout().size_checked().map_or(WIDTH, |(_, columns)| columns.into());
            text::render(plan, &verdict, &rejected, width)
        }
    };
    match io::stdout().lock().write_all(output.as_bytes()) {
        // whoever reads has seen enough
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| format!("the result cannot be written: {error}")),
    }
}
