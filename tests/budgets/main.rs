//! Windows and budgets: worked figures, sizes, the period's edge, and what a clock that jumps does to them.

mod history;
mod jumps;
mod observed;
mod terms;
mod worked;
