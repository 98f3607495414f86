//! One page for all who look: rendered at most once a second, and only while somebody looks.
//!
//! Every viewer is sent the same bytes: once the whole, then each second the parts that changed. The rendering runs on a
//! thread of its own, so that it never keeps a request waiting on the host's runtime; the thread begins with the first
//! viewer and ends within a second of the last. No viewer has a queue: one who is too slow for a second is sent the whole
//! again. Streams end when the service is about to stop, and when the page could not be rendered.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use serde_json::{Map, Value, json};

use super::Face;
use super::page::{Rendered, View, render};
use super::svg::{self, Picture};
use crate::Handle;
use crate::clock::monotonic_nanos;
use crate::engine::farewell::Stopping;

/// How often the page is rendered while somebody looks, and how old it may be for somebody who loads it.
const EVERY: Duration = Duration::from_secs(1);
/// Curves move slowly and are dear to draw: anew after half of the time between two points, within these bounds.
const CURVES_EVERY: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));
/// How many points a curve has.
const POINTS: usize = 120;
/// How many may look at once. A stream costs a connection; whoever comes later is told to come again.
const VIEWERS: usize = 64;

/// The page of one engine, shared by all who look at it.
#[derive(Debug)]
pub(super) struct Live {
    handle: Handle,
    face: Face,
    /// Held while the page is rendered: two who come at once cause one rendering.
    brush: Mutex<Curves>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct Curves {
    /// When, in monotonic nanoseconds.
    taken: Option<u64>,
    /// How long they are good for.
    last: Duration,
    pictures: HashMap<String, Picture>,
}

#[derive(Debug, Default)]
struct State {
    /// Whether the thread lives.
    running: bool,
    latest: Option<Arc<Frame>>,
    next: u64,
    viewers: BTreeMap<u64, Option<Waker>>,
}

/// The page of one second.
#[derive(Debug)]
struct Frame {
    number: u64,
    /// When, in monotonic nanoseconds.
    taken: u64,
    page: Arc<Rendered>,
    /// The event that leads here from the frame before.
    change: Bytes,
    /// The event that leads here from anywhere.
    whole: OnceLock<Bytes>,
}

/// The text of a page as bytes, without a copy.
struct Text(Arc<Rendered>);

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        self.0.html.as_bytes()
    }
}

impl Live {
    pub(super) fn new(handle: Handle, face: Face) -> Arc<Self> {
        Arc::new(Self { handle, face, brush: Mutex::default(), state: Mutex::default() })
    }

    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }

    pub(super) fn face(&self) -> Face {
        self.face
    }

    /// The page as it is now, or was less than a second ago.
    pub(super) fn page(&self) -> Bytes {
        Bytes::from_owner(Text(Arc::clone(&self.fresh(EVERY).page)))
    }

    /// A stream of changes; `None` if too many look already, or the system gives no thread.
    pub(super) fn watch(self: &Arc<Self>) -> Option<Viewer> {
        let mut state = self.state();
        if state.viewers.len() >= VIEWERS {
            return None;
        }
        if !state.running {
            let live = Arc::clone(self);
            thread::Builder::new().name("reliability-page".into()).spawn(move || live.run()).ok()?;
            state.running = true;
        }
        let place = state.next;
        state.next += 1;
        state.viewers.insert(place, None);
        // what lies there may be from the last time that somebody looked: this viewer waits for the next
        let seen = state.latest.as_ref().map(|frame| frame.number);
        Some(Viewer { live: Arc::clone(self), place, seen, followed: false, stopping: self.handle.stopping() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Renders each second while somebody looks.
    fn run(&self) {
        let _ends = Ends(self);
        while self.is_watched() {
            self.fresh(Duration::ZERO);
            let waiting: Vec<Waker> = self.state().viewers.values_mut().filter_map(Option::take).collect();
            waiting.into_iter().for_each(Waker::wake);
            thread::sleep(EVERY);
        }
    }

    fn is_watched(&self) -> bool {
        let mut state = self.state();
        state.running = !state.viewers.is_empty() && !self.handle.is_stopping();
        state.running
    }

    /// The latest page if it is younger than `age`, else a new one.
    fn fresh(&self, age: Duration) -> Arc<Frame> {
        let asked = monotonic_nanos();
        let mut curves = self.brush.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.state().latest.clone();
        // one that was taken since somebody asked is new for them too
        let young = |taken: u64| taken >= asked || u128::from(asked - taken) < age.as_nanos();
        if let Some(frame) = before.as_ref().filter(|frame| young(frame.taken)) {
            return Arc::clone(frame);
        }
        let frame = Arc::new(self.take(&mut curves, before.as_deref()));
        self.state().latest = Some(Arc::clone(&frame));
        frame
    }

    fn take(&self, curves: &mut Curves, before: Option<&Frame>) -> Frame {
        let taken = monotonic_nanos();
        if curves.taken.is_none_or(|at| u128::from(taken - at) >= curves.last.as_nanos()) {
            let drawn = self.handle.curves(POINTS).into_iter().map(|(slo, curve)| (slo, svg::picture(&curve)));
            let pictures: HashMap<_, _> = drawn.collect();
            let shortest = pictures.values().map(|picture: &Picture| picture.reach).min().unwrap_or_default();
            let last = (shortest / (2 * POINTS as u32)).clamp(CURVES_EVERY.0, CURVES_EVERY.1);
            *curves = Curves { taken: Some(taken), last, pictures };
        }
        let report = self.handle.report();
        let room = before.map_or(0, |frame| frame.page.html.len() + 4096);
        let Face { error_texts: texts, control } = self.face;
        let page = render(View { report: &report, pictures: &curves.pictures, texts, control }, room);
        let change = event(&page, before.map(|frame| &*frame.page));
        let number = before.map_or(0, |frame| frame.number + 1);
        Frame { number, taken, page: Arc::new(page), change, whole: OnceLock::new() }
    }
}

/// Says, however the thread ended, that it has.
struct Ends<'a>(&'a Live);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        let waiting: Vec<Waker> = {
            let mut state = self.0.state();
            if thread::panicking() {
                state.running = false;
            }
            state.viewers.values_mut().filter_map(Option::take).collect()
        };
        waiting.into_iter().for_each(Waker::wake);
    }
}

/// The parts that differ from the page before; all of them where there is none, or where its skeleton was another.
fn event(page: &Rendered, before: Option<&Rendered>) -> Bytes {
    let before: Vec<&str> = before
        .filter(|before| before.skeleton == page.skeleton)
        .map_or_else(Vec::new, |before| before.parts().map(|(_, part)| part).collect());
    let changed = page.parts().filter(|(n, part)| before.get(*n) != Some(part));
    let parts: Map<String, Value> = changed.map(|(n, part)| (format!("p{n}"), part.into())).collect();
    let data = json!({"skeleton": format!("{:x}", page.skeleton), "parts": parts});
    // JSON has no line breaks of its own, so this is one line of one event
    Bytes::from(format!("event: parts\ndata: {data}\n\n"))
}

/// One who looks: a body without an end, until the service stops.
#[derive(Debug)]
pub(super) struct Viewer {
    live: Arc<Live>,
    place: u64,
    /// The number of the last frame that was sent, or was there before.
    seen: Option<u64>,
    /// Whether any was sent.
    followed: bool,
    stopping: Stopping,
}

impl HttpBody for Viewer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        if Pin::new(&mut this.stopping).poll(context).is_ready() {
            return Poll::Ready(None);
        }
        let frame = {
            let mut state = this.live.state();
            match state.latest.clone().filter(|frame| this.seen != Some(frame.number)) {
                Some(frame) => frame,
                None if !state.running => return Poll::Ready(None),
                None => {
                    state.viewers.insert(this.place, Some(context.waker().clone()));
                    return Poll::Pending;
                }
            }
        };
        let follows = this.followed && this.seen.is_some_and(|seen| seen + 1 == frame.number);
        (this.seen, this.followed) = (Some(frame.number), true);
        let bytes = if follows { &frame.change } else { frame.whole.get_or_init(|| event(&frame.page, None)) };
        let bytes = bytes.clone();
        Poll::Ready(Some(Ok(http_body::Frame::data(bytes))))
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.live.state().viewers.remove(&self.place);
    }
}
