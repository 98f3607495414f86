//! How many to let in: a pure function of what was counted.
//!
//! HEAD
//!
//! No clock, no atomics, no allocation.

use crate::admission::ask::BINS;

/// What a gate was declared with.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Settings {
    /// The latency that was promised, in nanoseconds.
    pub(crate) anchor: Option<u64>,
}

/// What was counted since the last look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look<'a> {
    /// Nanoseconds on the line of the gate's clock.
    pub(crate) now: u64,
    /// Nanoseconds since the last look; 0 if the clock ran backwards.
    pub(crate) since_last: u64,
    /// Offered, admitted or not, by the upper bits of the rank.
    pub(crate) offered_by_bin: &'a [u32; BINS],
    pub(crate) admitted: u64,
    pub(crate) refused: u64,
    pub(crate) completed: u64,
    /// Inside now.
    pub(crate) in_flight: u64,
    /// The typical time left that asks told, in nanoseconds, if any told one.
    pub(crate) deadline: Option<u64>,
    /// The sum of the times that the completed ones were inside, in nanoseconds.
    pub(crate) inside: u64,
}

/// What follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Who ranks below is refused; 0 refuses nobody.
    pub(crate) cut: u16,
    /// As many in flight as seem right.
    pub(crate) limit: u64,
    /// Nanoseconds inside while nothing queues.
    pub(crate) baseline: u64,
    /// Nanoseconds inside that one admitted now must expect.
    pub(crate) wait: u64,
    /// Nanoseconds until the next look.
    pub(crate) next_look: u64,
}

/// The constants of the law: one set for every server. Times in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tuning {
    /// Memory of the completion rate, at the most; it is shorter at the beginning of an overload, when all before was
    /// no measure of what the server can do.
    pub(crate) rate: f64,
    pub(crate) rate_at_first: f64,
    /// Memory of the offered rate, for the cut.
    pub(crate) offered: f64,
    /// Memory of both, for the question whether more is offered than served.
    pub(crate) balance: f64,
    /// Memory of who is offered.
    pub(crate) mix: f64,
    /// What is missing is let in, and what is too much is worked off, in the time in which so many are completed.
    pub(crate) horizon: f64,
    /// What is to wait beyond the knee, so that the server never waits.
    pub(crate) queue: f64,
    /// The share by which the limit is above the knee while nothing waits: how the limit grows.
    pub(crate) grow: f64,
    /// Nothing is closed while less than this is offered for one served, and all beyond `full`.
    pub(crate) even: f64,
    pub(crate) full: f64,
    /// Looks that began below this share of the knee measure the service time.
    pub(crate) calm: f64,
    /// Completions that the service time remembers; a change is seen in the short memory.
    pub(crate) short: f64,
    pub(crate) long: f64,
    pub(crate) changed: f64,
    /// At least this share of the limit is used: then the limit follows the knee down as well.
    pub(crate) used: f64,
    /// While nothing is too much, this share of a deadline's work may be inside.
    pub(crate) open: f64,
    /// Critical requests are let in up to so many limits.
    pub(crate) reserve: f64,
    /// Memory of the greatest knee and rate.
    pub(crate) memory: f64,
    pub(crate) learn: f64,
    /// Time between looks, at the most and at the least.
    pub(crate) most: f64,
    pub(crate) least: f64,
    pub(crate) looks: f64,
    pub(crate) sag: f64,
    pub(crate) sagged: f64,
    pub(crate) burst: f64,
    pub(crate) horizon_least: f64,
    pub(crate) queue_share: f64,
}

impl Tuning {
    pub(crate) const DEFAULT: Self = Self {
        rate: 250e6,
        rate_at_first: 10e6,
        offered: 10e6,
        balance: 180e6,
        mix: 500e6,
        horizon: 1.2,
        queue: 3.8,
        grow: 0.25,
        even: 1.1,
        full: 1.5,
        calm: 0.75,
        short: 64.0,
        long: 4000.0,
        changed: 0.3,
        used: 0.75,
        open: 0.45,
        reserve: 3.0,
        memory: 20e9,
        learn: 2e9,
        most: 2e6,
        least: 0.25e6,
        looks: 0.4,
        sag: 0.85,
        sagged: 0.7,
        burst: 2.0,
        horizon_least: 0.5e6,
        queue_share: 0.0,
    };
}

/// Completions before anything is refused.
const WARM: u64 = 16;
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
}

/// The service time, from looks at which nothing queued: time inside / completions.
#[derive(Debug)]
struct Service {
    short: Sum,
    long: Sum,
    time: f64,
}

#[derive(Clone, Copy, Debug)]
struct Sum {
    area: f64,
    completed: f64,
}

impl Sum {
    const NOTHING: Self = Self { area: 0.0, completed: 0.0 };

    fn add(&mut self, area: f64, completed: f64, memory: f64) {
        let keep = memory / (memory + completed);
        self.area = self.area * keep + area;
        self.completed = self.completed * keep + completed;
    }

    fn time(self) -> f64 {
        if self.completed > 0.0 { self.area / self.completed } else { 0.0 }
    }
}

impl Service {
    fn add(&mut self, area: f64, completed: f64, tuning: &Tuning) {
        self.short.add(area, completed, tuning.short);
        self.long.add(area, completed, tuning.long);
        let (short, long) = (self.short.time(), self.long.time());
        if self.short.completed > 0.8 * tuning.short && (short - long).abs() > tuning.changed * long {
            self.long = self.short;
        }
        self.time = self.long.time();
    }
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
            service: Service { short: Sum::NOTHING, long: Sum::NOTHING, time: 0.0 },
            knee: 0.0,
            highest: 0.0,
            deadline: 0.0,
        }
    }

    pub(crate) fn look(&mut self, look: &Look<'_>) -> Verdict {
        let t = self.tuning;
        let time = look.since_last.clamp(1, 1_000_000_000_000) as f64;
        let inside = look.in_flight.min(1 << 32) as f64;
        let completed = look.completed.min(1 << 32) as f64;
        let refused = look.refused.min(1 << 32) as f64;
        let offered = self.remember(look, time, inside, completed);
        self.measure(look, time, inside, (completed, offered, refused));
        let service = self.service.time.max(1.0);
        self.find_knee(time, inside, refused, service);
        if let Some(deadline) = look.deadline.filter(|it| *it > 0).or(self.settings.anchor) {
            self.deadline = deadline.clamp(1, 1 << 50) as f64;
        }
        let deadline = if self.deadline > 0.0 { self.deadline } else { 10.0 * service };
        self.limit = self.limit(service, deadline);
        let cut = self.cut(inside);
        self.before = inside;
        let horizon = self.horizon();
        let next =
            if cut == 0 && inside < self.limit * 0.5 { t.most } else { (horizon * t.looks).clamp(t.least, t.most) };
        let wait = if inside > self.knee && self.served > 0.0 { (inside + 1.0) / self.served } else { service };
        Verdict {
            cut: cut.min(u32::from(u16::MAX)) as u16,
            limit: self.limit as u64,
            baseline: service as u64,
            wait: if self.seen < WARM { 0 } else { wait.min(1e18) as u64 },
            next_look: next as u64,
        }
    }

    fn remember(&mut self, look: &Look<'_>, time: f64, inside: f64, completed: f64) -> f64 {
        let t = self.tuning;
        self.seen = self.seen.saturating_add(look.completed);
        self.since = (self.since + time).min(1e18);
        self.age = (self.age + time).min(1e18);
        let keep = t.mix / (t.mix + time);
        let (mut offered, mut total) = (0.0, 0.0);
        for (mix, new) in self.mix.iter_mut().zip(look.offered_by_bin) {
            offered += f64::from(*new);
            *mix = *mix * keep + f64::from(*new);
            total += *mix;
        }
        self.total = total;
        let rate = self.since.clamp(t.rate_at_first, t.rate);
        follow(&mut self.served, completed / time, time, rate);
        follow(&mut self.inside, f64::midpoint(inside, self.before), time, rate);
        follow(&mut self.served_lately, completed / time, time, t.balance);
        follow(&mut self.offered_lately, offered / time, time, t.balance);
        follow(&mut self.offered, offered / time, time, t.offered);
        follow(&mut self.look_time, time, time, t.balance);
        offered
    }

    /// Measures the service time where nothing queued.
    fn measure(&mut self, look: &Look<'_>, time: f64, inside: f64, (completed, offered, refused): (f64, f64, f64)) {
        let t = self.tuning;
        let calm = self.before <= (t.calm * self.highest).max(2.0);
        if !calm && self.service.short.completed >= 0.5 * t.short {
            return;
        }
        // a look is at an arrival that it does not count; so what was admitted is missing from the first end of the time
        let admitted = if offered > 0.0 { 1.0 - (refused / offered).min(1.0) } else { 0.0 };
        let area = (f64::midpoint(self.before, inside) + 0.5 * admitted) * time;
        let service = self.service.time;
        let seldom = self.look_time > 0.5 * service && (self.offered_lately + self.served_lately) * service < 8.0;
        let area = if seldom { look.inside.min(1 << 60) as f64 } else { area };
        self.service.add(area, completed, &t);
    }

    fn find_knee(&mut self, time: f64, inside: f64, refused: f64, service: f64) {
        let t = self.tuning;
        let used = inside >= t.used * self.limit || refused > 0.0;
        follow(&mut self.in_use, if used { 1.0 } else { 0.0 }, time, self.since.clamp(t.rate_at_first, t.rate));
        let works_on = self.served * service;
        if self.in_use > 0.5 || works_on > self.knee {
            self.knee = works_on;
        }
        if self.served > self.served_best {
            self.served_best = self.served;
        } else {
            follow(&mut self.served_best, self.served, time, t.memory);
        }
        if self.knee > self.highest {
            self.highest = self.knee;
        } else if self.inside > self.highest && refused <= 0.0 && self.ratio() < t.even {
            follow(&mut self.highest, self.inside, time, t.learn);
        } else {
            follow(&mut self.highest, self.knee, time, t.memory);
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
        let crowded = self.inside > 1.5 * self.knee;
        let can = if crowded { self.served } else { self.served_best };
        let open = (can * deadline * t.open).max(deadline / (2.0 * service)).max(4.0).max(closed);
        let mut shut = ((self.ratio() - t.even) / (t.full - t.even)).clamp(0.0, 1.0);
        if crowded && self.served_best > 0.0 {
            shut = shut.max(((t.sag - self.served / self.served_best) / (t.sag - t.sagged)).clamp(0.0, 1.0));
        }
        // what came in at the very beginning has not had the time to come out
        if self.age < t.balance {
            shut = 0.0;
        }
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
        if self.served > 0.0 { (t.horizon / self.served).clamp(t.horizon_least, 100e6) } else { 100e6 }
    }

    fn cut(&self, inside: f64) -> u32 {
        let t = self.tuning;
        let horizon = self.horizon();
        let share = |limit: f64| {
            let mut rate = self.served + (limit - inside) / horizon;
            if self.overloaded && inside > 0.75 * self.knee {
                rate = rate.min(t.burst * self.served);
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
                return ((bin as f64 + 1.0 - left / mix) * 512.0) as u32;
            }
            left -= mix;
        }
        0
    }
}
