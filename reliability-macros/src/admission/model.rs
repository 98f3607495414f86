//! What the three attributes of one function mean together.
//!
//! The order in which they are written does not matter: a gate refuses before anything else is asked, a flag chooses between
//! two functions, and a ladder chooses how good an answer the newer one may give.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{Expr, LitStr, Path};

use super::parse::{Value, Which, Written};
use crate::diag::Diag;
use crate::text;

/// All of them.
#[derive(Default)]
pub(crate) struct Guards {
    pub(crate) shed: Option<Shed>,
    pub(crate) flag: Option<Flag>,
    pub(crate) degrade: Option<Degrade>,
    /// Where the library is, if one of them says so.
    pub(crate) root: Option<Path>,
}

pub(crate) struct Shed {
    pub(crate) gate: Path,
    pub(crate) at: Span,
    pub(crate) priority: Option<Priority>,
    /// Calls of the ask's methods, by name.
    pub(crate) more: Vec<(&'static str, Expr)>,
    pub(crate) otherwise: Option<Expr>,
}

pub(crate) enum Priority {
    /// The variant's name.
    Known(&'static str),
    Asked(Expr),
}

pub(crate) struct Flag {
    pub(crate) asked: Path,
    pub(crate) otherwise: Path,
    pub(crate) key: Option<Expr>,
}

pub(crate) struct Degrade {
    pub(crate) ladder: Path,
    pub(crate) at: Span,
    /// In the order in which they are written.
    pub(crate) rungs: Vec<(LitStr, Path)>,
    pub(crate) otherwise: Option<Expr>,
}

impl Guards {
    pub(crate) const fn is_empty(&self) -> bool {
        self.shed.is_none() && self.flag.is_none() && self.degrade.is_none()
    }

    /// Whether the gate is told something of the request, which then goes with it to whatever it calls.
    pub(crate) fn travels(&self) -> bool {
        self.shed
            .as_ref()
            .is_some_and(|shed| shed.priority.is_some() || shed.more.iter().any(|(key, _)| *key != "cost"))
    }

    /// The first attribute that may refuse and does not say what it gives instead.
    pub(crate) fn refuses_without_a_value(&self) -> Option<(Span, Which)> {
        let shed = self.shed.as_ref().filter(|shed| shed.otherwise.is_none()).map(|shed| (shed.at, Which::Shed));
        let degrade = self.degrade.as_ref().filter(|degrade| degrade.otherwise.is_none());
        shed.or_else(|| degrade.map(|degrade| (degrade.at, Which::Degrade)))
    }
}

/// Lowers what was written. What is wrong is reported and left out.
pub(crate) fn lower(all: Vec<Written>, diag: &Diag) -> Guards {
    let mut guards = Guards::default();
    for mut written in all {
        guards.root = guards.root.take().or_else(|| written.path("crate"));
        match written.which {
            Which::Shed => guards.shed(written, diag),
            Which::Flag => guards.flag(written, diag),
            Which::Degrade => guards.degrade(written, diag),
        }
    }
    guards
}

impl Written {
    fn take(&mut self, key: &str) -> Option<Value> {
        let at = self.args.iter().position(|arg| arg.key == key)?;
        Some(self.args.remove(at).value)
    }

    fn path(&mut self, key: &str) -> Option<Path> {
        match self.take(key) {
            Some(Value::Path(path)) => Some(path),
            _ => None,
        }
    }

    fn expr(&mut self, key: &str) -> Option<Expr> {
        match self.take(key) {
            Some(Value::Expr(expr)) => Some(*expr),
            _ => None,
        }
    }

    /// A mistake about what is missing, unless what is there could not be read.
    fn missing(&self, key: &str, diag: &Diag) {
        if self.asked.is_some() && diag.is_clean() {
            diag.error(self.at, format!("`{key}` is missing: `{}`", self.which.form()));
        }
    }
}

impl Guards {
    fn shed(&mut self, mut written: Written, diag: &Diag) {
        if self.shed.is_some() {
            diag.error(written.at, "a function takes `#[shed]` once: a request asks one gate for leave to run it");
        }
        let priority = written.expr("priority").and_then(|expr| match literal(&expr) {
            Some(literal) => diag.read(literal.span(), class(&literal.value())).map(Priority::Known),
            None => Some(Priority::Asked(expr)),
        });
        let more = ["level", "key", "deadline", "attempt", "cost"];
        let more = more.into_iter().filter_map(|key| Some((key, written.expr(key)?))).collect();
        let otherwise = written.expr("otherwise");
        let Some(gate) = written.asked else { return };
        self.shed = Some(Shed { gate, at: written.at, priority, more, otherwise });
    }

    fn flag(&mut self, mut written: Written, diag: &Diag) {
        if self.flag.is_some() {
            diag.error(
                written.at,
                "a function takes `#[flag]` once: put the other on the function that `otherwise` names",
            );
        }
        let (otherwise, key) = (written.path("otherwise"), written.expr("key"));
        if otherwise.is_none() {
            written.missing("otherwise", diag);
        }
        if let (Some(flag), Some(otherwise)) = (written.asked, otherwise) {
            self.flag = Some(Flag { asked: flag, otherwise, key });
        }
    }

    fn degrade(&mut self, mut written: Written, diag: &Diag) {
        let from = match written.take("from") {
            Some(Value::Text(literal)) => {
                diag.read(literal.span(), text::name(&literal.value()));
                Some(literal)
            }
            _ => None,
        };
        let (fallback, otherwise) = (written.path("fallback"), written.expr("otherwise"));
        if from.is_none() {
            written.missing("from", diag);
        } else if fallback.is_none() {
            written.missing("fallback", diag);
        }
        let (Some(ladder), Some(from), Some(fallback)) = (written.asked, from, fallback) else { return };
        let Some(degrade) = &mut self.degrade else {
            self.degrade = Some(Degrade { ladder, at: written.at, rungs: vec![(from, fallback)], otherwise });
            return;
        };
        if degrade.ladder.to_token_stream().to_string() != ladder.to_token_stream().to_string() {
            diag.spanned(
                &ladder,
                "the fallbacks of a function stand on one ladder: put the other on a function that it calls",
            );
        }
        if degrade.rungs.iter().any(|(other, _)| other.value() == from.value()) {
            diag.error(from.span(), format!("the rung `{}` has a fallback already", from.value()));
        }
        if let (Some(_), Some(again)) = (&degrade.otherwise, &otherwise) {
            diag.spanned(again, "`otherwise` is said already: one for all fallbacks of a function");
        }
        degrade.otherwise = degrade.otherwise.take().or(otherwise);
        degrade.rungs.push((from, fallback));
    }
}

/// The text of an expression that is a literal one.
fn literal(expr: &Expr) -> Option<LitStr> {
    match expr {
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(literal), attrs }) if attrs.is_empty() => Some(literal.clone()),
        _ => None,
    }
}

fn class(name: &str) -> Result<&'static str, &'static str> {
    match name {
        "critical" => Ok("Critical"),
        "high" => Ok("High"),
        "normal" => Ok("Normal"),
        "low" => Ok("Low"),
        _ => Err("a priority is \"critical\", \"high\", \"normal\" or \"low\", or an expression without quotes"),
    }
}
