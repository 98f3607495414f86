//! The run: arrivals, work, ends, clients that give up and come again, in the order of virtual time.
//!
//! Five sources of events, and the earliest is next; at the same instant ends come before ticks, those before clients that
//! give up, before retries, before new arrivals. Nothing depends on addresses, hashes or clocks.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use super::machine::{Machine, Slot};
use super::random::Random;
use super::record::Record;
use super::service::{Answer, Ending, Request, Service, Work};
use super::setting::Setting;

/// A setting, ready to be run as often as wanted.
///
/// ```
/// use reliability_core::testkit::simulation::{Load, Open, Setting, Simulation};
/// use std::time::Duration;
///
/// let s = Duration::from_secs;
/// let simulation = Simulation::new(Setting::queue().load(Load::steady(0.8)).length(s(20)));
/// let record = simulation.run(&mut Open, 1);
/// assert!(record.goodput(s(5)..s(20)) > 0.7);
/// assert_eq!(record.to_string(), simulation.run(&mut Open, 1).to_string()); // the same seed, the same bytes
/// ```
#[derive(Clone, Debug)]
pub struct Simulation {
    setting: Setting,
}

impl Simulation {
    /// A simulation of this setting.
    pub fn new(setting: Setting) -> Self {
        Self { setting }
    }

    /// Its setting.
    pub fn setting(&self) -> &Setting {
        &self.setting
    }

    /// Plays it. What was admitted and not answered when the length has passed counts as not answered.
    pub fn run<S: Service>(&self, service: &mut S, seed: u64) -> Record {
        let mut run = Run::new(&self.setting, service, seed);
        run.play();
        run.record
    }
}

struct Job<P> {
    request: Request,
    permit: P,
    work: Work,
    /// The client has been told that it failed, by its own patience.
    given_up: bool,
}

struct Run<'a, S: Service> {
    setting: &'a Setting,
    service: &'a mut S,
    seed: u64,
    machine: Machine,
    jobs: Vec<Option<Job<S::Permit>>>,
    vacant: Vec<Slot>,
    /// Refusals not yet charged, nanoseconds.
    owed: u64,
    retries: BinaryHeap<Reverse<(u64, u64, u8)>>,
    clients: Vec<Client>,
    give_ups: BinaryHeap<Reverse<(u64, u64, Slot)>>,
    arrivals: Random,
    next_arrival: u64,
    next_tick: u64,
    end: u64,
    cumulated: Vec<f64>,
    hits: Vec<Vec<bool>>,
    record: Record,
}

/// What is remembered of a client that may come again.
#[derive(Clone, Copy)]
struct Client {
    class: u32,
    level: u8,
    first: u64,
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl<'a, S: Service> Run<'a, S> {
    fn new(setting: &'a Setting, service: &'a mut S, seed: u64) -> Self {
        let total: f64 = setting.classes.iter().map(|it| it.share).sum();
        let mut sum = 0.0;
        let cumulated = setting.classes.iter().map(|it| {
            sum += it.share / if total > 0.0 { total } else { 1.0 };
            sum
        });
        let hits = setting.faults.iter().map(|fault| {
            let hit = |name: &str| fault.only.as_deref().is_none_or(|only| only == name);
            setting.classes.iter().map(|class| hit(&class.name)).collect()
        });
        let machine = Machine::new(setting.server, service.order());
        let mut run = Self {
            cumulated: cumulated.collect(),
            hits: hits.collect(),
            seed,
            machine,
            jobs: Vec::new(),
            vacant: Vec::new(),
            owed: 0,
            retries: BinaryHeap::new(),
            clients: Vec::new(),
            give_ups: BinaryHeap::new(),
            arrivals: Random::new(seed, u64::MAX),
            next_arrival: 0,
            next_tick: nanos(setting.tick),
            end: nanos(setting.length),
            record: Record::new(setting),
            setting,
            service,
        };
        run.schedule_arrival(0);
        run
    }

    fn play(&mut self) {
        loop {
            let end = self.machine.next_end().unwrap_or(u64::MAX);
            let give_up = self.give_ups.peek().map_or(u64::MAX, |Reverse(it)| it.0);
            let retry = self.retries.peek().map_or(u64::MAX, |Reverse(it)| it.0);
            let now = end.min(self.next_tick).min(give_up).min(retry).min(self.next_arrival);
            if now >= self.end {
                return;
            }
            if now == end {
                self.finish(now);
            } else if now == self.next_tick {
                self.service.tick(Duration::from_nanos(now));
                self.next_tick = now.saturating_add(nanos(self.setting.tick));
            } else if now == give_up {
                self.give_up(now);
            } else if now == retry {
                if let Some(Reverse((_, id, attempt))) = self.retries.pop() {
                    self.arrive(now, id, attempt);
                }
            } else {
                self.schedule_arrival(now);
                let id = self.clients.len() as u64;
                let client = self.draw_client(id, now);
                self.clients.push(client);
                self.record.note_client(now, client.class as usize);
                self.arrive(now, id, 1);
            }
        }
    }

    /// Thinning: arrivals at the highest rate of the piece, each kept with the share that the load is of it.
    fn schedule_arrival(&mut self, now: u64) {
        let capacity = self.setting.capacity();
        let mut time = now as f64 / 1e9;
        let last = self.end as f64 / 1e9;
        while time < last {
            let (bound, until) = self.setting.load.bound(time);
            let rate = bound * capacity;
            let next = if rate > 0.0 { time + self.arrivals.exponential() / rate } else { f64::INFINITY };
            if next >= until {
                // arrivals have no memory: the next piece begins afresh
                time = until;
                continue;
            }
            time = next;
            if self.arrivals.unit() * bound <= self.setting.load.value(time) {
                self.next_arrival = ((time * 1e9) as u64).max(now.saturating_add(1));
                return;
            }
        }
        self.next_arrival = u64::MAX;
    }

    fn stream(&self, id: u64, attempt: u8) -> Random {
        Random::new(self.seed, id.wrapping_mul(256).wrapping_add(u64::from(attempt)))
    }

    fn draw_client(&self, id: u64, now: u64) -> Client {
        let mut random = self.stream(id, 0);
        let at = random.unit();
        let class = self.cumulated.iter().position(|sum| at <= *sum).unwrap_or(self.cumulated.len() - 1);
        Client { class: class as u32, level: (random.next() >> 57) as u8, first: now }
    }

    fn arrive(&mut self, now: u64, id: u64, attempt: u8) {
        let client = self.clients[id as usize];
        let class = client.class as usize;
        let request = Request {
            id,
            class,
            priority: self.setting.classes[class].priority,
            level: client.level,
            attempt,
            arrived: Duration::from_nanos(now),
            first_arrived: Duration::from_nanos(client.first),
            deadline: self.setting.deadline,
        };
        self.record.note_attempt(now, class);
        let Some(permit) = self.service.admit(&request) else {
            self.refuse(now, request, Ending::Refused);
            return;
        };
        let work = self.needs(&request);
        let work = self.service.work(&request, work);
        let job = Job { request, permit, work, given_up: false };
        let slot = self.vacant.pop().unwrap_or_else(|| {
            self.jobs.push(None);
            self.jobs.len() - 1
        });
        self.jobs[slot] = Some(job);
        if let Some(deadline) = self.setting.deadline {
            self.give_ups.push(Reverse((now.saturating_add(nanos(deadline)), id << 8 | u64::from(attempt), slot)));
        }
        match &mut self.machine {
            Machine::Queue(queue) => {
                let importance = (request.priority as u32) << 8 | u32::from(request.level);
                queue.waiting.push(slot, importance);
                self.start_waiting(now);
            }
            Machine::Shared(shared) => {
                shared.advance(now);
                shared.start(slot, nanos(work.takes).saturating_add(std::mem::take(&mut self.owed)));
            }
        }
    }

    /// The work that a request is, with what goes wrong at the time.
    fn needs(&self, request: &Request) -> Work {
        let mut random = self.stream(request.id, request.attempt);
        let class = &self.setting.classes[request.class];
        let mut takes = self.setting.mean.as_nanos() as f64 * class.work * random.shaped(self.setting.shape);
        let (mut fails, mut hit) = (false, false);
        for (fault, hits) in self.setting.faults.iter().zip(&self.hits) {
            if hits[request.class] && (fault.from..fault.until).contains(&request.arrived) {
                takes *= fault.slower;
                hit = true;
                fails |= fault.failing > 0.0 && random.unit() <= fault.failing;
            }
        }
        Work { takes: Duration::from_nanos((takes as u64).max(1)), fails, hit, degraded: false }
    }

    /// Gives free workers what waits.
    fn start_waiting(&mut self, now: u64) {
        loop {
            let Machine::Queue(queue) = &mut self.machine else { return };
            if !queue.has_free() {
                return;
            }
            let Some(slot) = queue.waiting.pop() else { return };
            let Some(job) = &self.jobs[slot] else { continue };
            if !self.service.still_wanted(&job.request, Duration::from_nanos(now)) {
                self.drop_waiting(now, slot);
                continue;
            }
            let takes = nanos(job.work.takes).saturating_add(std::mem::take(&mut self.owed));
            queue.start(slot, now.saturating_add(takes));
        }
    }

    fn drop_waiting(&mut self, now: u64, slot: Slot) {
        let Some(job) = self.jobs[slot].take() else { return };
        self.vacant.push(slot);
        let answer =
            Answer { request: job.request, ending: Ending::Dropped, degraded: false, at: Duration::from_nanos(now) };
        self.service.release(job.permit, &answer);
        if job.given_up {
            self.owed = self.owed.saturating_add(nanos(self.setting.refusal));
            self.service.answered(&answer);
        } else {
            self.refuse(now, job.request, Ending::Dropped);
        }
    }

    fn refuse(&mut self, now: u64, request: Request, ending: Ending) {
        self.owed = self.owed.saturating_add(nanos(self.setting.refusal));
        let answer = Answer { request, ending, degraded: false, at: Duration::from_nanos(now) };
        self.record.note_refusal(now, request.class);
        self.service.answered(&answer);
        self.try_again(now, &request);
    }

    fn finish(&mut self, now: u64) {
        let slot = match &mut self.machine {
            Machine::Queue(queue) => queue.end(),
            Machine::Shared(shared) => {
                shared.advance(now);
                shared.end()
            }
        };
        let Some(job) = slot.and_then(|slot| {
            self.vacant.push(slot);
            self.jobs[slot].take()
        }) else {
            return;
        };
        let ending = match (job.work.fails, job.given_up) {
            (true, _) => Ending::Failed,
            (false, true) => Ending::Late,
            (false, false) => Ending::InTime,
        };
        let answer =
            Answer { request: job.request, ending, degraded: job.work.degraded, at: Duration::from_nanos(now) };
        self.record.note_answer(&answer);
        self.service.release(job.permit, &answer);
        self.service.answered(&answer);
        if job.work.fails && !job.given_up {
            self.try_again(now, &job.request);
        }
        self.start_waiting(now);
    }

    fn give_up(&mut self, now: u64) {
        let Some(Reverse((_, key, slot))) = self.give_ups.pop() else { return };
        let Some(job) = self.jobs.get_mut(slot).and_then(Option::as_mut) else { return };
        // the slot may hold another's job by now
        if job.request.id << 8 | u64::from(job.request.attempt) != key {
            return;
        }
        job.given_up = true;
        let request = job.request;
        self.try_again(now, &request);
    }

    fn try_again(&mut self, now: u64, request: &Request) {
        if request.attempt >= self.setting.attempts {
            return;
        }
        let mut random = self.stream(request.id, request.attempt | 0x80);
        let most = nanos(self.setting.patience) as f64 * f64::from(1_u32 << u32::from(request.attempt - 1).min(20));
        let at = now.saturating_add((most * random.unit()) as u64).saturating_add(1);
        self.retries.push(Reverse((at, request.id, request.attempt + 1)));
    }
}
