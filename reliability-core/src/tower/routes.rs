//! From a method and a route to its SLI.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use http::{Method, StatusCode};

use crate::name::{self, MAX_LEN};
use crate::sli::{Classify, Outcome, Sli};
use crate::spec::SliSpec;
use crate::table::{find_or_fill, hash};

/// The most routes that have an SLI of their own.
pub const MAX_ROUTES: usize = 1_000;

pub(super) type Declare = Arc<dyn Fn(SliSpec) -> SliSpec + Send + Sync>;

/// What the layer was told.
#[derive(Clone)]
pub(super) struct Rules {
    pub(super) prefix: &'static str,
    pub(super) defaults: Vec<Declare>,
    /// Method, route, and what it declares.
    pub(super) overrides: Vec<(String, String, Declare)>,
    pub(super) exceptions: Vec<String>,
    pub(super) classify: fn(StatusCode) -> Outcome,
}

impl Default for Rules {
    fn default() -> Self {
        // the page where it is merged; nested elsewhere, `except` says where
        let exceptions = ["/reliability", "/reliability.json", "/reliability/*"].map(str::to_owned).into();
        let classify = |status: StatusCode| status.classify();
        Self { prefix: "", defaults: Vec::new(), overrides: Vec::new(), exceptions, classify }
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules")
            .field("prefix", &self.prefix)
            .field("exceptions", &self.exceptions)
            .finish_non_exhaustive()
    }
}

/// All routes seen so far.
#[derive(Debug)]
pub(super) struct Routes {
    pub(super) rules: Rules,
    places: Box<[OnceLock<Route>]>,
    taken: AtomicUsize,
    other: OnceLock<Route>,
}

/// Where a route stands; nowhere for those that count as `other`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place(Option<usize>);

/// A method and a route.
#[derive(Debug)]
pub(super) struct Route {
    method: &'static str,
    path: Box<str>,
    /// Not counted, because somebody said so.
    excepted: bool,
    /// Not counted here, because its handler counts itself.
    handled: AtomicBool,
    sli: OnceLock<&'static Sli>,
}

impl Route {
    fn new(method: &'static str, path: &str, rules: &Rules) -> Self {
        let excepted = rules.exceptions.iter().any(|exception| match exception.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => path == exception,
        });
        Self { method, path: path.into(), excepted, handled: AtomicBool::new(false), sli: OnceLock::new() }
    }

    /// Whether the layer has nothing to count here.
    pub(super) fn is_left_alone(&self) -> bool {
        self.excepted || self.handled.load(Ordering::Relaxed)
    }

    /// Notes that the handler counts itself.
    pub(super) fn leave_alone(&self) {
        self.handled.store(true, Ordering::Relaxed);
    }
}

const OTHER: &str = "other";

fn standard(method: &Method) -> Option<&'static str> {
    let known = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE"];
    known.into_iter().find(|name| *name == method.as_str())
}

impl Routes {
    pub(super) fn new(rules: Rules) -> Self {
        let places = std::iter::repeat_with(OnceLock::new).take(2 * MAX_ROUTES).collect();
        Self { rules, places, taken: AtomicUsize::new(0), other: OnceLock::new() }
    }

    /// The route of a request; `path` is what was matched.
    pub(super) fn find(&self, method: &Method, path: Option<&str>) -> Place {
        let own = standard(method).zip(path).and_then(|(method, path)| {
            let is = |route: &Route| route.method == method && *route.path == *path;
            let make = || Route::new(method, path, &self.rules);
            find_or_fill(&self.places, (&self.taken, MAX_ROUTES), hash([method, path]), is, make)
        });
        Place(own)
    }

    /// The route at a place.
    pub(super) fn at(&self, place: Place) -> &Route {
        let own = place.0.and_then(|place| self.places.get(place)?.get());
        own.unwrap_or_else(|| self.other.get_or_init(|| Route::new(OTHER, "", &self.rules)))
    }

    /// The SLI of a route, made and announced the first time.
    pub(super) fn sli(&self, route: &Route) -> &'static Sli {
        route.sli.get_or_init(|| {
            let mut spec = SliSpec::new(name::intern(&self.name_of(route)));
            for declare in &self.rules.defaults {
                spec = declare(spec);
            }
            for (method, path, declare) in &self.rules.overrides {
                if *method == route.method && **path == *route.path {
                    spec = declare(spec);
                }
            }
            // lives as long as the process: one for each route, and routes are bounded
            let sli: &'static Sli = Box::leak(Box::new(Sli::from_spec(spec)));
            sli.announce();
            sli
        })
    }

    /// `GET /cart/{id}` is `get-cart-id`. Two routes that would get one name are told apart by a hash of each.
    fn name_of(&self, route: &Route) -> String {
        let plain = self.plain_name(route);
        let mut others = self.places.iter().filter_map(OnceLock::get).filter(|other| !std::ptr::eq(*other, route));
        if plain.len() <= MAX_LEN && !others.any(|other| self.plain_name(other) == plain) {
            return plain;
        }
        let short = plain.get(..MAX_LEN - 9).unwrap_or(&plain).trim_end_matches('-');
        format!("{short}-{:08x}", hash([route.method, &route.path]) as u32)
    }

    fn plain_name(&self, route: &Route) -> String {
        let path = if &*route.path == "/" { "root" } else { &route.path };
        let mut name = String::new();
        for c in [self.rules.prefix, route.method, path].join("/").chars() {
            match c.to_ascii_lowercase() {
                c @ ('a'..='z' | '0'..='9') => name.push(c),
                _ if !name.is_empty() && !name.ends_with('-') => name.push('-'),
                _ => {}
            }
        }
        name.truncate(name.trim_end_matches('-').len());
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_method_and_route() {
        let routes = Routes::new(Rules { prefix: "shop", ..Rules::default() });
        let name = |method: &Method, path| routes.sli(routes.at(routes.find(method, path))).name();
        assert_eq!(name(&Method::GET, Some("/cart/{id}")), "shop-get-cart-id");
        assert_eq!(name(&Method::POST, Some("/")), "shop-post-root");
        assert_eq!(name(&Method::GET, None), "shop-other");
        assert_eq!(name(&Method::from_bytes(b"BREW").unwrap(), Some("/pot")), "shop-other");
    }

    #[test]
    fn routes_of_one_plain_name_are_told_apart() {
        let routes = Routes::new(Rules::default());
        let name = |path| routes.sli(routes.at(routes.find(&Method::GET, Some(path)))).name();
        let (first, second) = (name("/a/b"), name("/a-b"));
        assert_eq!(first, "get-a-b");
        assert_ne!(first, second);
        let long = name("/a-route-that-goes-on/and-on/and-on/and-on/and-on/and-on/and-on/and-on");
        assert!(long.len() <= MAX_LEN && name::check(long).is_ok(), "{long}");
    }
}
