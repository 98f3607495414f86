//! Judgement against an independent reading of the conventions: fractions, minutes counted one by one, months from a table
//! written by hand. Nothing is shared with the library but the questions.
//!
//! Where the conventions leave room, this is what the reference takes them to mean:
//!
//! 1. The slices *in* a window are those whose first minute lies in it or, where none begins there, the one that contains
//!    its last minute. A slice that began before the window and reaches into it is not in it. Windows of alerts run across
//!    the ends of months over the slices as each month cut them.
//! 2. A window has a slice burn of 0 when it has no bad slice, also without any event; its pair is unknown (`hold`) or not
//!    over (`false`) all the same when the window holds no event.
//! 3. The guard tests what the burn is made of: events, or of timeslices the bad ones among all slices of the long window; of
//!    ratio timeslices the events. It is one more condition of being over, so a page can also end by it.
//! 4. The burn of ratio timeslices is (1 − mean ratio of the window's slices with events) / (1 − objective).
//! 5. A forecast takes the denominator as of now: old failures leave, old successes do not. The period of a month is its
//!    whole length; nothing leaves it, and nothing is foretold past its end. A spent budget is 0 whatever burns.
//! 6. Where history begins, minutes before the first observation count as observed in alert windows only.

mod agreement;
mod case;
mod census;
mod engine;
mod figures;
mod fraction;
mod generator;
mod judge;
mod low_traffic;
mod random;
mod slices;
mod story;
mod tail;
mod traps;
mod worked;
mod zones;
