//! Judgement: windows, budgets, burn rates and alerts as pure functions of counts and time.
//!
//! Nothing here reads a clock, does I/O or holds a lock, so the engine's tick, a replayed file and a simulated month take
//! the same decisions from the same numbers. In the order of the flow: [`Line`] makes one time out of two clocks, [`Observed`]
//! remembers which minutes somebody looked at, [`History`] keeps the counts, [`ErrorBudget`] and [`BurnRate`] are
//! figures over it, [`rules_for`] says which burn is too fast, [`Alert`] decides, and [`SloState`] is one SLO with all of it.
//!
//! Every decision is made in integers; floats are for display. Where something cannot be known (an edge that runs through a
//! slot, a gap, a jump of the clock), the reading that flatters least is taken, and each file's head says which.
//!
//! Layer 2: imports spec, clock.

mod alert;
mod budget;
mod burn;
mod history;
mod line;
mod observed;
mod pairs;
mod ring;
mod state;
mod tally;

pub use crate::clock::Reading;
pub use alert::{Alert, AlertState, NoData, Seen, Transition};
pub use budget::ErrorBudget;
pub use burn::{BurnRate, burn_rate, burns_faster};
pub use history::{History, Period, Resolution, WINDOWS};
pub use line::{Line, Step};
pub use observed::{Coverage, Observed, Sight};
pub use pairs::{BurnRule, Rules, Severity, rules_for};
pub use state::{Figures, SloState};
pub use tally::Tally;
