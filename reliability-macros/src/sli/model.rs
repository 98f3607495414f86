//! What the arguments mean: literals read, defaults filled in, conflicts refused.

use proc_macro2::Span;
use syn::{Expr, LitInt, LitStr, Path};

use super::parse::{Arg, Dependency, Value};
use crate::diag::Diag;
use crate::paths::Paths;
use crate::text;

/// How many latency objectives an SLI can carry, as in the library.
const MAX_LATENCIES: usize = 5;
const MAX_LABELS: usize = 1_000;
const HOUR: u64 = 3_600_000_000_000;

/// What the arguments are written on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// A function that gives its value when it returns.
    Sync,
    /// A function whose value comes when a future finishes.
    Future,
    /// A static.
    Static,
}

/// Everything that is declared, checked.
pub(crate) struct Model {
    pub(crate) paths: Paths,
    pub(crate) name: Option<String>,
    /// Parts per billion.
    pub(crate) objective: Option<u32>,
    /// Parts per billion and nanoseconds.
    pub(crate) latencies: Vec<(u32, u64)>,
    /// Days.
    /// As written, once it has been read.
    pub(crate) window: Option<String>,
    /// The same of the method.
    pub(crate) method: Option<String>,
    pub(crate) features: Vec<String>,
    pub(crate) owner: Option<String>,
    pub(crate) tier: Option<u8>,
    pub(crate) depends_on: Vec<Dependency>,
    pub(crate) outcome: Option<Path>,
    pub(crate) cancelled: Option<Cancelled>,
    /// Nanoseconds.
    pub(crate) cancelled_after: Option<u64>,
    pub(crate) was: Option<String>,
    pub(crate) labels: Option<Labels>,
    pub(crate) timing: Timing,
}

#[derive(Clone, Copy)]
pub(crate) enum Cancelled {
    Bad,
    Ignored,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timing {
    Precise,
    Coarse,
    Off,
}

pub(crate) struct Labels {
    pub(crate) label: String,
    pub(crate) value: Option<Expr>,
    pub(crate) max: usize,
}

/// Where arguments stand that can be in conflict.
#[derive(Default)]
struct Seen {
    name: Option<Span>,
    latency: Option<Span>,
    was: Option<Span>,
    cancelled: Option<Span>,
    cancelled_after: Option<Span>,
}

/// Lowers what was written. What is wrong is reported and left out.
pub(crate) fn lower(args: Vec<Arg>, target: Target, diag: &Diag) -> Model {
    let given = args.iter().find_map(|arg| match &arg.value {
        Value::Path(path) if arg.key == "crate" => Some(path),
        _ => None,
    });
    let mut model = Model {
        paths: Paths::new(given),
        name: None,
        objective: None,
        latencies: Vec::new(),
        window: None,
        method: None,
        features: Vec::new(),
        owner: None,
        tier: None,
        depends_on: Vec::new(),
        outcome: None,
        cancelled: None,
        cancelled_after: None,
        was: None,
        labels: None,
        timing: Timing::Precise,
    };
    let mut seen = Seen::default();
    for arg in args {
        match arg.value {
            Value::Text(literal) => model.text(arg.key, arg.at, &literal, &mut seen, diag),
            Value::Number(literal) => model.tier = diag.read(literal.span(), tier(&literal)),
            Value::Path(path) if arg.key == "outcome" => {
                if target == Target::Static {
                    diag.error(arg.at, "`outcome` has nothing to judge on a static: hand an outcome to `record` or `Call::end`, or a classifier to `time_as`");
                }
                model.outcome = Some(path);
            }
            Value::Path(_) => {}
            Value::Depends(names) => {
                if names.is_empty() {
                    diag.error(arg.at, "`depends_on` names nothing: `depends_on(PAYMENT, \"stock\")` is accepted");
                }
                for name in &names {
                    if let Dependency::Name(literal) = name {
                        diag.read(literal.span(), text::name(&literal.value()));
                    }
                }
                model.depends_on = names;
            }
            Value::Labels(labels) => {
                if (target == Target::Static) == labels.value.is_some() {
                    diag.error(labels.label.span(), if target == Target::Static {
                        "a static has no call to take a label's value from: write `labels(tenant, max = 50)` and hand the value to `begin_labelled`"
                    } else {
                        "a label of a function wants its value: `labels(tenant = tenant.id(), max = 50)`"
                    });
                }
                let max = diag.read(labels.max.span(), label_places(&labels.max));
                let label = labels.label.to_string();
                model.labels = max.map(|max| Labels { label, value: labels.value, max });
            }
        }
    }
    model.check(&seen, target, diag);
    model
}

impl Model {
    fn text(&mut self, key: &str, at: Span, literal: &LitStr, seen: &mut Seen, diag: &Diag) {
        let (span, value) = (literal.span(), literal.value());
        match key {
            "name" => {
                seen.name = Some(span);
                self.name = diag.read(span, text::name(&value)).map(|()| value);
            }
            "was" => {
                seen.was = Some(span);
                self.was = diag.read(span, text::name(&value)).map(|()| value);
            }
            "objective" => self.objective = diag.read(span, text::objective(&value)),
            "latency" => {
                seen.latency.get_or_insert(at);
                self.latency(span, &value, diag);
            }
            "window" => self.window = diag.read(span, text::window(&value)).map(|()| value),
            "method" => self.method = diag.read(span, text::method(&value)).map(|()| value),
            "feature" if self.features.contains(&value) => {
                diag.error(span, format!("feature `{value}` is named twice"));
            }
            "feature" => self.features.extend(diag.read(span, not_empty(key, value))),
            "owner" => self.owner = diag.read(span, not_empty(key, value)),
            "cancelled" => {
                seen.cancelled = Some(at);
                self.cancelled = diag.read(span, cancelled(&value));
            }
            "cancelled_after" => {
                seen.cancelled_after = Some(at);
                self.cancelled_after = diag.read(span, patience(&value));
            }
            _ => self.timing = diag.read(span, timing(&value)).unwrap_or(Timing::Precise),
        }
    }

    fn latency(&mut self, span: Span, value: &str, diag: &Diag) {
        let Some((share, threshold)) = diag.read(span, text::latency(value)) else {
            return;
        };
        if self.latencies.iter().any(|(_, other)| *other == threshold) {
            diag.error(
                span,
                "two latency objectives have one threshold: keep the stricter share, or give them two thresholds",
            );
        } else if self.latencies.len() == MAX_LATENCIES {
            diag.error(span, format!("an SLI carries at most {MAX_LATENCIES} latency objectives"));
        } else {
            self.latencies.push((share, threshold));
        }
    }

    fn check(&self, seen: &Seen, target: Target, diag: &Diag) {
        let off = self.timing == Timing::Off;
        if let (true, Some(at)) = (off, seen.latency) {
            diag.error(at, "`latency` needs durations, and `timing = \"off\"` takes none: leave out one of the two, or say `timing = \"coarse\"`");
        }
        if let (Some(was), Some(_), true) = (seen.was, seen.name, self.was.is_some() && self.was == self.name) {
            diag.error(was, "`was` is the name that this SLI had before: it cannot be the one that it has");
        }
        let dropped = [("cancelled", seen.cancelled), ("cancelled_after", seen.cancelled_after)];
        if target == Target::Sync {
            for (key, at) in dropped {
                if let Some(at) = at {
                    diag.error(at, format!("`{key}` is about futures that are dropped before they finish: this function is not async and always finishes"));
                }
            }
        } else if let (Some(at), true) = (seen.cancelled_after, off) {
            diag.error(at, "`cancelled_after` needs durations, and `timing = \"off\"` takes none: say `cancelled = \"bad\"` or `cancelled = \"ignored\"`, or leave out one of the two");
        } else if let (Some(at), Some(_)) = (seen.cancelled_after, seen.cancelled) {
            diag.error(
                at,
                "`cancelled` already decides without looking at the time: leave out `cancelled` or `cancelled_after`",
            );
        }
    }
}

fn not_empty(key: &str, value: String) -> Result<String, String> {
    if value.trim().is_empty() { Err(format!("`{key}` must not be empty")) } else { Ok(value) }
}

fn tier(literal: &LitInt) -> Result<u8, &'static str> {
    literal
        .base10_parse()
        .ok()
        .filter(|tier| *tier > 0)
        .ok_or("a tier is a whole number from 1, on which the most depends, to 255")
}

fn label_places(literal: &LitInt) -> Result<usize, &'static str> {
    let max = literal.base10_parse().ok().filter(|max| (1..=MAX_LABELS).contains(max));
    max.ok_or("`max` is a whole number from 1 to 1000: how many values are counted apart before the rest is `other`")
}

fn cancelled(value: &str) -> Result<Cancelled, &'static str> {
    match value {
        "bad" => Ok(Cancelled::Bad),
        "ignored" => Ok(Cancelled::Ignored),
        _ => Err("`cancelled` is \"bad\" or \"ignored\"; without it the age decides, see `cancelled_after`"),
    }
}

fn timing(value: &str) -> Result<Timing, &'static str> {
    match value {
        "precise" => Ok(Timing::Precise),
        "coarse" => Ok(Timing::Coarse),
        "off" => Ok(Timing::Off),
        _ => Err("`timing` is \"precise\", \"coarse\" or \"off\""),
    }
}

fn patience(value: &str) -> Result<u64, &'static str> {
    let nanos = text::duration(value)?;
    if (1_000..=HOUR).contains(&nanos) {
        Ok(nanos)
    } else {
        Err("`cancelled_after` lies between 1us and 1h, such as \"1s\"")
    }
}
