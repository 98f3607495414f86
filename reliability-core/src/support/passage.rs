//! What a guarded call went through: the gate that let it in, the arm of a flag, the fallback that answers.
//!
//! It is kept beside the call and ends with it, by the same reading of the clock. Dropped before that, in a panic or with a
//! cancelled future, the permit and the fallback end by themselves, and a panic is counted against the arm, as is a future that
//! was dropped after its caller's patience was over, unless the call's SLI ignores those.

use std::time::Duration;

use crate::admission::{Arm, Ask, Fallback, Flag, Gate, Ladder, Permit, Shed, ShedReason, Travelling};
use crate::clock::Stamp;
use crate::sli::{Call, Outcome, Since, Sli, Watch};
use crate::spec::Cancelled;

/// The worst rung of this name refuses what has no fallback for it.
const REFUSE: &str = "refuse";

/// What a call went through.
#[derive(Debug)]
pub struct Passage {
    /// Whether somebody judges the call: else an arm would be told of panics alone.
    judged: bool,
    /// Since when a caller waits, and for what, where a flag is asked.
    waits: Option<(Since, &'static Sli)>,
    shed: bool,
    permit: Option<Permit>,
    arm: Option<(&'static Flag, Arm)>,
    fallback: Option<Fallback>,
    travels: Travels,
}

/// The ask that everything inside a call finds as its task's, if the call's attribute says one.
#[derive(Clone, Copy, Debug)]
pub struct Travels(Option<Travelling>);

/// Runs a function under the ask of the call that it belongs to.
#[inline]
pub fn during<R>(travels: Travels, run: impl FnOnce() -> R) -> R {
    match travels.0 {
        Some(travelling) => Travelling::during(Some(travelling), run),
        None => run(),
    }
}

/// Awaits a future, each poll of it under the ask. In place and not by a function, which would store the future twice.
#[doc(hidden)]
#[macro_export]
macro_rules! __travel {
    ($travels:expr, $future:expr) => {{
        let __reliability_travels = $travels;
        let mut __reliability_task = ::core::pin::pin!($future);
        ::core::future::poll_fn(move |__reliability_context| {
            $crate::__private::during(__reliability_travels, || {
                ::core::future::Future::poll(__reliability_task.as_mut(), __reliability_context)
            })
        })
        .await
    }};
}

/// Which way a ladder sends a call.
#[derive(Debug)]
pub enum Way {
    /// To the function itself.
    Straight,
    /// To the fallback of this place in the attribute's list.
    Fallback(usize),
    /// Nowhere.
    Refused(Shed),
}

impl Passage {
    /// Nothing decided yet.
    #[inline]
    pub const fn new(judged: bool) -> Self {
        Self { judged, waits: None, shed: false, permit: None, arm: None, fallback: None, travels: Travels(None) }
    }

    /// Nothing decided yet, for a call that is judged and asks a flag.
    #[inline]
    pub fn of<W: Watch>(call: &Call<'static, W>) -> Self {
        let mut passage = Self::new(true);
        passage.waits = call.waits();
        passage
    }

    /// Asks a gate, by the reading that the call began with if it has one.
    ///
    /// # Errors
    /// The refusal.
    #[inline]
    pub fn admit(&mut self, gate: &'static Gate, ask: Ask, stamp: Option<Stamp>) -> Result<(), Shed> {
        let admitted = match stamp {
            Some(stamp) => gate.admit_at(ask, stamp),
            None => gate.admit(ask),
        };
        match admitted {
            Ok(permit) => {
                self.permit = Some(permit);
                Ok(())
            }
            Err(shed) => {
                self.shed = true;
                Err(shed)
            }
        }
    }

    /// The same with an ask that goes on to everything that the call runs. What was said of the request before stays true
    /// ([`Ask::inherit`]), and what it costs is said to this gate alone.
    ///
    /// # Errors
    /// The refusal.
    #[inline]
    pub fn admit_as(&mut self, gate: &'static Gate, ask: Ask, stamp: Option<Stamp>) -> Result<(), Shed> {
        let outer = Ask::current();
        let ask = ask.inherit(&outer);
        self.admit(gate, ask, stamp)?;
        self.travels = Travels(Some(Travelling::since(ask.cost(outer.cost), stamp)));
        Ok(())
    }

    /// The ask under which the rest of the call runs.
    #[inline]
    pub const fn travels(&self) -> Travels {
        self.travels
    }

    /// Asks a flag.
    #[inline]
    pub fn flag(&mut self, flag: &'static Flag) -> bool {
        self.took(flag, flag.arm())
    }

    /// Asks a flag for a key.
    #[inline]
    pub fn flag_for(&mut self, flag: &'static Flag, key: &[u8]) -> bool {
        self.took(flag, flag.arm_for(key))
    }

    #[inline]
    fn took(&mut self, flag: &'static Flag, arm: Arm) -> bool {
        if self.judged {
            flag.begin(arm);
            self.arm = Some((flag, arm));
        }
        arm == Arm::On
    }

    /// Asks a ladder, given the rungs that have fallbacks.
    #[inline]
    pub fn degrade(&mut self, ladder: &'static Ladder, fallbacks: &[&str]) -> Way {
        if ladder.is_lowered() { self.descend(ladder, fallbacks) } else { Way::Straight }
    }

    #[cold]
    #[inline(never)]
    fn descend(&mut self, ladder: &'static Ladder, fallbacks: &[&str]) -> Way {
        let rung = ladder.rung();
        let reached = fallbacks.iter().enumerate().filter_map(|(i, name)| Some((ladder.position(name)?, i)));
        let reached = reached.filter(|(at, _)| *at <= rung).max();
        let refuses = ladder.rungs().get(rung) == Some(&REFUSE) && reached.is_none_or(|(at, _)| at < rung);
        if refuses {
            return self.refused(ladder, ShedReason::Forced);
        }
        let Some((at, i)) = reached else { return Way::Straight };
        self.fallback = ladder.fall(at);
        if self.fallback.is_some() { Way::Fallback(i) } else { self.refused(ladder, ShedReason::Fallbacks) }
    }

    fn refused(&mut self, ladder: &Ladder, reason: ShedReason) -> Way {
        self.shed = true;
        Way::Refused(Shed::new(ladder.name(), reason, Ask::current().priority))
    }

    /// Ends what is held, and gives the reading of the clock by which it ended, if one was needed.
    #[inline]
    fn end(&mut self, outcome: Outcome) -> Option<Stamp> {
        if let Some((flag, arm)) = self.arm.take() {
            flag.end(arm, outcome);
        }
        let permit = self.permit.take()?;
        let end = Stamp::now();
        permit.release_at(end, outcome != Outcome::Bad);
        Some(end)
    }
}

impl Drop for Passage {
    #[inline]
    fn drop(&mut self) {
        if let Some((flag, arm)) = self.arm {
            flag.end(arm, abandoned(self.waits));
        }
    }
}

/// What the end of a call says that nobody ended. One that was dropped in time says nothing of the arm, also where the SLI counts it.
#[cold]
#[inline(never)]
fn abandoned(waits: Option<(Since, &Sli)>) -> Outcome {
    let in_vain = |(since, sli): (Since, &Sli)| {
        let spec = sli.spec();
        let waited = since.elapsed_nanos();
        spec.cancelled != Cancelled::Ignored && waited.is_some_and(|nanos| nanos > spec.patience().as_nanos() as f64)
    };
    if std::thread::panicking() || waits.is_some_and(in_vain) { Outcome::Bad } else { Outcome::Cancelled }
}

/// Ends a call and its passage by a value, and gives it back. A refusal is one whatever the value says.
#[inline]
pub fn end_passage<W: Watch, R>(
    call: Call<'_, W>,
    mut passage: Passage,
    value: R,
    outcome: impl FnOnce(&R) -> Outcome,
    describe: fn(&R, &mut dyn std::fmt::Write),
) -> R {
    let outcome = if passage.shed { Outcome::Shed } else { outcome(&value) };
    if passage.fallback.is_some() {
        call.degraded();
    }
    let end = passage.end(outcome);
    call.end_at(end, value, outcome, describe)
}

/// Ends the passage of a call that nobody judges, and gives its value back.
#[inline]
pub fn leave<R>(passage: Passage, value: R) -> R {
    drop(passage);
    value
}

/// A type that can say that a call was refused.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot say that a call was refused",
    label = "no `Result`",
    note = "return a `Result` whose error is made by `From<Shed>`, or say what is given instead with `otherwise = ...`"
)]
pub trait Refusal {
    /// Made from the refusal.
    fn refused(shed: Shed) -> Self;
}

impl<T, E: From<Shed>> Refusal for Result<T, E> {
    fn refused(shed: Shed) -> Self {
        Err(shed.into())
    }
}

/// The value of a refused call.
#[cold]
pub fn refuse<R: Refusal>(shed: Shed) -> R {
    R::refused(shed)
}

/// The value of a refused call, as a closure makes it.
pub fn instead<R>(make: impl FnOnce(Shed) -> R, shed: Shed) -> R {
    make(shed)
}

/// An ask with a deadline, if there is one.
pub fn within(ask: Ask, deadline: impl Into<Option<Duration>>) -> Ask {
    match deadline.into() {
        Some(left) => ask.deadline(left),
        None => ask,
    }
}
