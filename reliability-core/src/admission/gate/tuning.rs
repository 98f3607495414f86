//! The constants of the law, by name: what was tried for each stands at the head of [`law`](super::law).

/// The constants of the law: one set for every server. Memories in requests, times in nanoseconds.
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
    /// Below this one, where there is no calm: under overload, while little is known of the service time.
    pub(crate) squeezed: f64,
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
    /// Under overload, the share of the horizon that lies between two looks.
    pub(crate) looks: f64,
    /// While more than the knee is inside and the rate is below this share of the best, the limit closes; at `sagged` fully.
    pub(crate) sag: f64,
    pub(crate) sagged: f64,
    /// Under overload, at most so much is let in for one that is completed.
    pub(crate) burst: f64,
    /// And no less than so much for one that is completed while fewer than `firm` limits are inside, so that what matters
    /// more is not refused for what mattered less and came before it.
    pub(crate) ease: f64,
    pub(crate) firm: f64,
    /// The shortest horizon.
    pub(crate) horizon_least: f64,
    /// What is to wait beyond the knee as a share of it.
    pub(crate) queue_share: f64,
}

impl Tuning {
    pub(crate) const DEFAULT: Self = Self {
        rate: 400.0,
        rate_at_first: 16.0,
        offered: 16.0,
        balance: 250.0,
        mix: 800.0,
        horizon: 1.2,
        queue: 3.8,
        grow: 0.25,
        even: 1.1,
        full: 1.5,
        calm: 0.75,
        squeezed: 1.5,
        short: 128.0,
        long: 4000.0,
        changed: 0.4,
        used: 0.75,
        open: 0.45,
        reserve: 3.0,
        memory: 32_000.0,
        learn: 3_200.0,
        most: 2e6,
        least: 0.25e6,
        looks: 0.4,
        sag: 0.9,
        sagged: 0.75,
        burst: 2.0,
        ease: 0.25,
        firm: 1.6,
        horizon_least: 0.5e6,
        queue_share: 0.0,
    };
}
