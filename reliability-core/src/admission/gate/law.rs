//! How many to let in: a pure function of what was counted.
//!
//! One law and one set of constants for servers that queue and servers that slow down. It knows neither their width nor
//! their service time, and finds both:
//!
//! - The *service time* is the time inside divided by the completions (Little's law), over looks that began with fewer than
//!   three quarters of the knee inside, where nothing queued. It is measured on live requests, and the limit is never pinned
//!   down to measure it. A minimum would be luck where service times spread, and a mean under load would drift.
//! - The *knee*, as many as the server works on at once, is the rate of completions times that service time. Below the knee
//!   the product is what is inside; at the knee it stops growing, whichever server it is.
//! - *Closed*, the limit is the knee and a few more, so that the server never waits; while nothing waits it is a quarter above
//!   the knee, and so it grows from what was used. *Open*, it is 45 % of what can be completed within the deadline (the ask's,
//!   else the promised latency, else ten service times), and never beyond where a server that slows down keeps up by itself
//!   ([`sag`](super::sag)). Between the two it goes by what is offered for one that is served, from 1.1 to 1.5, and by how far the
//!   rate sank while more than the knee was inside. At half the load nobody is refused.
//! - Who is let in is a *cut*: the quantile of the ranks offered lately that lets in what is completed and makes up the
//!   difference from the limit within 1.2 completions (at least half a millisecond). Never more than twice what is completed,
//!   so that a gap is not filled with what matters least, and, up to 1.6 limits, never less than a quarter of it, so that what
//!   matters more is not refused for what came before it. The critical class is cut only beyond three limits.
//! - A look is due every 2 ms, under overload every 0.25 to 2 ms: with 10 ms what a shared server lets in between two looks of a
//!   step costs a tenth of the first second.
//!
//! Memories are counted in requests at the best rate that was seen, not in seconds, so that a slow service is given as much
//! evidence as a fast one. All is in doubles, every divisor is above zero and every input is bounded, so nothing becomes
//! infinite or no number.
//!
//! What was tried, one at a time (means of four to ten seeds, queue / shared; the rest as it stands):
//!
//! - The time inside taken from the completed requests' latencies: after a spike of 80 inside the service time was taken for
//!   35 instead of 10 ms. From looks alone, without the arrival that a look is made at: 8 % too short, first second 0.87.
//! - A look's difference made up in 3, 2, 1.5, 1.2 completions: high class 29.7, 30.4, 30.6, 30.9 % (it wants more), goodput
//!   0.971, 0.971, 0.974, 0.976; below that the looks are too many for it.
//! - Without the bound of twice what is completed: high class 28.4 instead of 30.4 %.
//! - Never less than this share of what is completed (`ease`) while fewer than 1.6 limits are inside: 0 lets a class that would fit
//!   at three times the load lose a third to the class beneath it. 0.25, 0.4, 0.5: goodput at 10 times on the shared server 0.956, 0.957,
//!   0.941, critical requests of a slow dependency 94.1, 93.7, 93.4 %. A bimodal service on the shared server gains most:
//!   0.949 instead of 0.888, critical 99.9 instead of 96.6 %.
//! - A change of the service time seen in 64 completions that differ by 0.3: one of ten seeds takes noise for a change. 128 and 0.4.
//! - Beyond the knee 2.5, 3, 3.5, 3.8, 4.2: at 10 times 0.970 / 0.951, 0.971 / 0.950, 0.974 / 0.950, 0.979 / 0.956 (with a longer
//!   memory of the rate), 0.975 / 0.952.
//! - Open at 50 % of the deadline's work: at exactly the capacity a shared server falls to 0.7, at 30 % it refuses 0.2 % at
//!   0.8 times. The service time over 1,000 completions instead of 4,000: its noise of 3 % costs 0.5 % of goodput.
//! - The greatest knee taken from what is inside at once: the slow dependency's goodput falls to 0.79 on the shared server,
//!   because calm then means 25 inside. It follows slowly, and never beyond 1.3 knees.
//! - A service time that grew is believed (without [`doubt`](super::doubt)): a shared server of 4 processors that was crowded in its
//!   first second takes its own crowd for the service. Doubted at once instead of after a second of refusals: first second 0.51.
//!   Doubted again and again, with growing pauses, whether it grew or not: goodput at 10 times 0.972 / 0.947, slow 0.89 / 0.86.
//! - Under overload the service time measured with up to 2 limits inside while little is known of it: one processor takes its
//!   own crowd for the service and refuses 27 instead of 19 % at 0.8 times. Never: an overload from the start is never understood, 0.29
//!   instead of 0.97 on 64 workers. 1.5 knees: neither.
//! - Calm below at least two inside instead of one: one processor takes its service for half as long again.
//! - Opened to the deadline's work whatever the rate does, unless it sank once: one or two processors and a deadline of 30 s
//!   refuse 87 to 100 % at 0.8 times, for ever.
//! - Memories in seconds: a service of four workers and 100 ms refused 60 % at half its load.
//!
//! Limits. The cut moves every half millisecond, so at two to four times the load a class that would just fit loses a part of its
//! requests to the class beneath: the order is kept between classes two apart. A service time that falls during an overload is
//! not noticed before a calm look: on a shared server the limit then stays too high (0.7 to 0.8 of what it can do) until the
//! load goes. A process that meets ten times its load before its first hundred completions needs seconds to find the knee. A
//! shared server at just its capacity serves 0.8 where a well chosen fixed limit serves 0.92. Few processors that share cannot
//! serve all that comes at 0.8 times, since they slow down once a few wait; what is refused beyond what the best fixed limit
//! would is in `benches/README.md`. One processor that meets ten times its load before its first 16 completions fills up with
//! what it takes minutes to work off. A server that stands still for a moment is refused for, however far the deadline is: what that
//! costs and what was tried for it stands in `benches/README.md`.
//!
//! No clock, no atomics, no allocation.

pub(crate) use super::counted::{Look, Settings, Verdict};
use super::doubt::Doubt;
use super::sag::Sag;
use super::service_time::Service;
use super::stuck::Stuck;
use super::tuning::Tuning;
use crate::admission::ask::{BINS, RANKS_IN_BIN};

/// Completions before anything is refused.
const WARM: u64 = 16;
/// Memory of the rate that says how fast all other memories run, in nanoseconds.
const PULSE: f64 = 50e6;
/// So many may always be inside before the rates are known: what came in at first has not had the time to come out.
const AT_FIRST: f64 = 24.0;
/// Where the critical class begins.
const CRITICAL: u32 = 3 << 14;
/// The law and what it remembers.
#[derive(Debug)]
pub(crate) struct Law {
    settings: Settings,
    tuning: Tuning,
    /// Completions.
    seen: u64,
    /// In flight at the last look.
    before: f64,
    limit: f64,
    /// Requests in a nanosecond.
    served: f64,
    served_best: f64,
    pulse: f64,
    served_lately: f64,
    offered: f64,
    offered_lately: f64,
    inside: f64,
    /// The share of looks at which the limit was used.
    in_use: f64,
    look_time: f64,
    /// Since an overload began.
    since: f64,
    age: f64,
    overloaded: bool,
    mix: [f64; BINS],
    total: f64,
    service: Service,
    /// As many as the server works on at once.
    knee: f64,
    highest: f64,
    deadline: f64,
    doubt: Doubt,
    sag: Sag,
    stuck: Stuck,
}

/// How long what is remembered, in nanoseconds.
#[derive(Clone, Copy, Debug)]
struct Memories {
    first: f64,
    rate: f64,
    offered: f64,
    balance: f64,
    mix: f64,
    learn: f64,
    greatest: f64,
}

/// Moves a mean towards a sample.
fn follow(mean: &mut f64, sample: f64, time: f64, memory: f64) {
    *mean += (sample - *mean) * time / (memory + time);
}

impl Law {
    pub(crate) fn new(settings: Settings) -> Self {
        Self::with(settings, Tuning::DEFAULT)
    }

    pub(crate) fn with(settings: Settings, tuning: Tuning) -> Self {
        Self {
            settings,
            tuning,
            seen: 0,
            before: 0.0,
            limit: f64::MAX,
            served: 0.0,
            served_best: 0.0,
            pulse: 0.0,
            served_lately: 0.0,
            offered: 0.0,
            offered_lately: 0.0,
            inside: 0.0,
            in_use: 0.0,
            look_time: 0.0,
            since: 0.0,
            age: 0.0,
            overloaded: false,
            mix: [0.0; BINS],
            total: 0.0,
            service: Service::UNKNOWN,
            knee: 0.0,
            highest: 0.0,
            deadline: 0.0,
            doubt: Doubt::NONE,
            sag: Sag::UNKNOWN,
            stuck: Stuck::NONE,
        }
    }

    pub(crate) fn look(&mut self, look: &Look<'_>) -> Verdict {
        let t = self.tuning;
        let time = look.since_last.clamp(1, 1_000_000_000_000) as f64;
        let inside = look.in_flight.min(1 << 32) as f64;
        let completed = look.completed.min(1 << 32) as f64;
        let refused = look.refused.min(1 << 32) as f64;
        let admitted = look.admitted.min(1 << 32) as f64;
        let service = self.doubt.confirmed_of(self.service.time);
        let inside = self.stuck.look(inside, time, (admitted, completed, refused), service);
        let mean = f64::midpoint(self.before, inside);
        let offered = self.remember(look, time, mean, completed);
        // a look is at an arrival that it does not count; so what was admitted is missing from the first end of the time
        let share = if offered > 0.0 { (admitted / offered).min(1.0) } else { 0.0 };
        let area = (mean + 0.5 * share) * time;
        self.measure(look, area, completed);
        self.sag.look((self.before, area), (time, completed));
        let most = self.doubt.look(&mut self.service, (self.before, area), (time, completed, refused), self.served);
        if most.is_none() && self.doubt.was_right() {
            self.highest = self.served * self.service.time;
            self.knee = self.highest;
        }
        let service = self.service.time.max(1.0);
        self.find_knee(time, inside, refused, service);
        if let Some(deadline) = look.deadline.filter(|it| *it > 0).or(self.settings.anchor) {
            self.deadline = deadline.clamp(1, 1 << 50) as f64;
        }
        let deadline = if self.deadline > 0.0 { self.deadline } else { 10.0 * service };
        self.limit = self.limit(service, deadline).min(most.unwrap_or(f64::MAX)).min(self.stuck.most());
        // everybody was refused, and nobody is inside: then whoever comes is served at once. Else a service time that was once
        // believed to be longer than any deadline would refuse for ever, since nothing is completed that could show otherwise
        let shut = refused > 0.0 && inside + completed < 1.0 && look.admitted == 0;
        let cut = if shut { 0 } else { self.cut(inside) };
        self.before = inside;
        let horizon = self.horizon();
        let next =
            if cut == 0 && inside < self.limit * 0.5 { t.most } else { (horizon * t.looks).clamp(t.least, t.most) };
        let can = if self.overloaded { self.served } else { self.served.max(self.served_best) };
        let wait = if inside > self.knee && can > 0.0 { (inside + 1.0) / can } else { service };
        Verdict {
            cut: cut.min(u32::from(u16::MAX)) as u16,
            limit: self.limit as u64,
            baseline: self.service.time as u64,
            wait: if self.seen < WARM || shut { 0 } else { wait.min(1e18) as u64 },
            next_look: next as u64,
        }
    }

    fn remember(&mut self, look: &Look<'_>, time: f64, mean: f64, completed: f64) -> f64 {
        self.seen = self.seen.saturating_add(look.completed);
        self.since = (self.since + time).min(1e18);
        self.age = (self.age + time).min(1e18);
        let m = self.memories();
        let keep = m.mix / (m.mix + time);
        let (mut offered, mut total) = (0.0, 0.0);
        for (mix, new) in self.mix.iter_mut().zip(look.offered_by_bin) {
            offered += f64::from(*new);
            *mix = *mix * keep + f64::from(*new);
            total += *mix;
        }
        self.total = total;
        let rate = self.since.clamp(m.first.min(m.rate), m.rate);
        follow(&mut self.pulse, completed / time, time, PULSE);
        follow(&mut self.served, completed / time, time, rate);
        follow(&mut self.inside, mean, time, rate);
        follow(&mut self.served_lately, completed / time, time, m.balance);
        follow(&mut self.offered_lately, offered / time, time, m.balance);
        follow(&mut self.offered, offered / time, time, m.offered);
        follow(&mut self.look_time, time, time, m.balance);
        offered
    }

    /// Measures the service time where nothing queued.
    fn measure(&mut self, look: &Look<'_>, area: f64, completed: f64) {
        let t = self.tuning;
        let first = self.service.short.completed < WARM as f64;
        // after a change, or in an overload from the start, there is no calm to wait for
        let squeezed = self.overloaded && self.service.long.completed < 4.0 * t.short;
        let calm = if squeezed { t.squeezed } else { t.calm } * self.highest;
        if !first && self.before > calm.max(1.0) {
            return;
        }
        let service = self.service.time;
        let seldom =
            first || self.look_time > 0.5 * service && (self.offered_lately + self.served_lately) * service < 8.0;
        let area = if seldom { look.inside.min(1 << 60) as f64 } else { area };
        self.service.add(area, completed, &t);
    }

    fn find_knee(&mut self, time: f64, inside: f64, refused: f64, service: f64) {
        let t = self.tuning;
        let m = self.memories();
        let used = inside >= t.used * self.limit || refused > 0.0;
        follow(&mut self.in_use, if used { 1.0 } else { 0.0 }, time, self.since.clamp(m.first.min(m.rate), m.rate));
        let works_on = self.served * service;
        if self.in_use > 0.5 || works_on > self.knee {
            self.knee = works_on;
        }
        if self.age <= 2.0 * m.balance || self.served_lately > self.served_best {
            self.served_best = self.served_lately;
        } else {
            follow(&mut self.served_best, self.served, time, m.greatest);
        }
        if self.knee > self.highest {
            self.highest = self.knee;
        } else if self.inside > self.highest && refused <= 0.0 && self.ratio() < t.even {
            let most = self.inside.min(1.3 * self.knee).max(self.highest);
            follow(&mut self.highest, most, time, m.learn);
        } else {
            follow(&mut self.highest, self.knee, time, m.greatest);
        }
    }

    /// How long what is remembered, in nanoseconds: as long as so many requests take at the best rate that was seen.
    fn memories(&self) -> Memories {
        let t = self.tuning;
        let last = |requests: f64, least: f64, most: f64| {
            let pace = self.served_best.max(self.pulse);
            let memory = if pace > 0.0 { (requests / pace).clamp(least, most) } else { most };
            memory.min(self.age.max(1.0))
        };
        Memories {
            first: last(t.rate_at_first, 5e6, 1e9),
            rate: last(t.rate, 20e6, 10e9),
            offered: last(t.offered, 4e6, 1e9),
            balance: last(t.balance, 20e6, 10e9),
            mix: last(t.mix, 100e6, 20e9),
            learn: last(t.learn, 1e9, 60e9),
            greatest: last(t.memory, 5e9, 600e9),
        }
    }

    /// Offered for one served.
    fn ratio(&self) -> f64 {
        if self.served_lately > 0.0 { self.offered_lately / self.served_lately } else { 1.0 }
    }

    fn limit(&mut self, service: f64, deadline: f64) -> f64 {
        let t = self.tuning;
        if self.seen < WARM {
            return f64::MAX;
        }
        let queue = t.queue + t.queue_share * self.knee;
        let waiting = (self.inside - self.knee).max(0.0);
        let closed = self.knee * (1.0 + t.grow * (1.0 - waiting / queue).clamp(0.0, 1.0)) + queue;
        let closed = closed.min((self.served * deadline * t.open).max(2.0));
        let crowded = self.inside > 1.5 * self.knee;
        let can = if crowded { self.served } else { self.served_best };
        let open = (can * deadline * t.open).max(deadline / (2.0 * service)).max(2.0 * self.knee + 8.0).max(closed);
        let mut shut = ((self.ratio() - t.even) / (t.full - t.even)).clamp(0.0, 1.0);
        if crowded && self.served_best > 0.0 {
            let sinks = ((t.sag - self.served / self.served_best) / (t.sag - t.sagged)).clamp(0.0, 1.0);
            shut = shut.max(sinks);
        }
        let mut keeps_up = self.sag.most(self.knee).max(closed);
        // what came in at the very beginning has not had the time to come out
        if self.seen < t.balance as u64 {
            (shut, keeps_up) = (0.0, keeps_up.max(AT_FIRST));
        }
        let open = open.min(keeps_up);
        if shut > 0.5 && !self.overloaded {
            self.overloaded = true;
            self.since = 0.0;
        } else if shut <= 0.0 {
            self.overloaded = false;
        }
        open + (closed - open) * shut
    }

    /// The time in which a difference from the limit is made up.
    fn horizon(&self) -> f64 {
        let t = self.tuning;
        if self.served > 0.0 { (t.horizon / self.served).clamp(t.horizon_least, 10e9) } else { 10e9 }
    }

    fn cut(&self, inside: f64) -> u32 {
        let t = self.tuning;
        let horizon = self.horizon();
        let share = |limit: f64| {
            let mut rate = self.served + (limit - inside) / horizon;
            if self.overloaded && inside > 0.75 * self.knee {
                rate = rate.min(t.burst * self.served);
            }
            if inside < t.firm * limit {
                rate = rate.max(t.ease * self.served);
            }
            if self.offered > 0.0 { (rate / self.offered).clamp(0.0, 1.0) } else { 1.0 }
        };
        let all = share(self.limit);
        if all >= 1.0 || self.total <= 0.0 || inside < 0.5 * self.limit && !self.overloaded {
            return 0;
        }
        let cut = self.rank_above_which(all);
        if cut <= CRITICAL {
            return cut;
        }
        let more = (self.limit * t.reserve).max(self.limit + 4.0);
        self.rank_above_which(share(more)).max(CRITICAL)
    }

    /// The rank above which lies this share of what is offered.
    fn rank_above_which(&self, share: f64) -> u32 {
        let mut left = share * self.total;
        for (bin, mix) in self.mix.iter().enumerate().rev() {
            if *mix >= left && *mix > 0.0 {
                return ((bin as f64 + 1.0 - left / mix) * f64::from(RANKS_IN_BIN)) as u32;
            }
            left -= mix;
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn looked(law: &mut Law, of: (u64, u64, u64, u64, u32, Option<u64>)) -> Verdict {
        let (since_last, in_flight, completed, inside, offered, deadline) = of;
        law.look(&Look {
            since_last,
            offered_by_bin: &[offered; BINS],
            admitted: completed,
            refused: u64::from(offered),
            completed,
            in_flight,
            deadline,
            inside,
        })
    }

    proptest! {
        #[test]
        fn nothing_that_is_counted_makes_it_panic_or_forget_to_count(
            looks in proptest::collection::vec(
                (
                    prop_oneof![Just(0), Just(1), Just(u64::MAX), any::<u64>()],
                    prop_oneof![Just(0), Just(u64::MAX), 0_u64..100],
                    prop_oneof![Just(0), Just(u64::MAX), 0_u64..100],
                    prop_oneof![Just(0), Just(1), Just(u64::MAX), any::<u64>()],
                    prop_oneof![Just(0), Just(u32::MAX), 0_u32..100],
                    prop_oneof![Just(None), Just(Some(0)), Just(Some(u64::MAX)), any::<Option<u64>>()],
                ),
                1..60,
            )
        ) {
            let mut law = Law::new(Settings { anchor: looks[0].5 });
            for look in looks {
                let verdict = looked(&mut law, look);
                prop_assert!(verdict.next_look > 0);
                for figure in [law.limit, law.knee, law.served, law.offered, law.service.time, law.total, law.highest] {
                    prop_assert!(figure.is_finite() && figure >= 0.0, "{law:?}");
                }
            }
        }
    }

    #[test]
    fn before_it_knows_anything_everybody_is_let_in() {
        let mut law = Law::new(Settings::default());
        assert_eq!(looked(&mut law, (1_000_000, 50, 0, 0, 9, None)).cut, 0);
    }
}
