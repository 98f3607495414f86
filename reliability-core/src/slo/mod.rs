//! Judgement: windows, budgets, burn rates and alerts as pure functions of counts and time.
//!
//! Nothing here reads a clock, does I/O or holds a lock, so the engine's tick, a replayed file and a simulated month take
//! the same decisions from the same numbers. In the order of the flow: [`Line`] makes one time out of two clocks, [`Observed`]
//! remembers which minutes somebody looked at, [`History`] keeps the counts (and slices of them, where the budget counts
//! time), [`ErrorBudget`] and [`BurnRate`] are figures over it, [`rules_for`] says which burn is too fast, [`Guard`] what a
//! page must prove, [`Alert`] decides, [`Forecast`], [`Incident`] and [`Curve`] are for people, [`Maintenance`] is planned, [`Promise`] is what people agreed about an SLO, and [`SloState`] is one SLO with all of it, judged by its [`Terms`].
//!
//! Every decision is made in integers; floats are for display. Where something cannot be known (an edge that runs through a
//! slot, a gap, a jump of the clock), the reading that flatters least is taken, and each file's head says which.
//!
//! [`composite`] makes one figure of many objectives.
//!
//! Layer 2: imports calendar, spec, clock, name.

mod alert;
mod budget;
mod burn;
mod cells;
pub mod composite;
mod cusum;
mod figures;
mod forecast;
mod guard;
mod history;
mod incident;
#[allow(dead_code)] // only the feature `store` reads it back
mod kept;
mod line;
mod maintenance;
mod observed;
mod pairs;
mod promise;
mod ring;
mod slices;
mod state;
mod tally;
mod terms;

pub use crate::calendar::ZoneError;
pub use crate::clock::Reading;
pub use alert::{Alert, AlertState, Judging, NoData, Seen, Transition};
pub use budget::ErrorBudget;
pub use burn::{BurnRate, burn_rate, burns_faster};
pub use cusum::{Detection, Detector, Evidence};
pub use figures::{Curve, CurvePoint, Figures};
pub use forecast::Forecast;
pub use guard::Guard;
pub use history::{History, Period, Resolution, WINDOWS};
pub use incident::Incident;
#[allow(unused_imports)] // the same
pub(crate) use kept::{KeptAlert, KeptCase, KeptHistory, KeptRing, KeptSlices, KeptState};
pub use line::{Line, Step};
pub use maintenance::Maintenance;
pub use observed::{Coverage, Observed, Sight};
pub use pairs::{BurnRule, Policy, Rules, Severity, rules_by, rules_for};
pub use promise::{About, Promise, SloKind};
pub use state::SloState;
pub use tally::Tally;
pub use terms::Terms;
