//! All SLIs that were declared in the source, known before the first request.
//!
//! `#[sli]` and `slis!` enter their static into a list that the linker builds (`inventory`), in release builds too. So every
//! series exists at zero from the start, and two SLIs of one name are found at once instead of being merged.
//!
//! Limit: a linker drops what nothing refers to. An SLI in a crate that the program never names is not in the list, nor is
//! one in a module that link-time optimisation proved dead together with its object file. Nothing could have called it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::Sli;
use crate::name;
use crate::spec::Place;

/// An entry of the link-time list. Made by the macros.
#[derive(Debug)]
pub struct Registered(pub &'static Sli);

inventory::collect!(Registered);

/// The SLIs of this program.
#[derive(Clone, Debug)]
pub struct Catalogue {
    slis: Vec<&'static Sli>,
}

/// The SLIs of this program, by name.
pub fn catalogue() -> Catalogue {
    let mut slis: Vec<_> = inventory::iter::<Registered>().map(|entry| entry.0).collect();
    slis.sort_by_key(|sli| (sli.name(), sli.spec().place.map(|place| (place.file, place.line))));
    Catalogue { slis }
}

/// What is wrong with a set of SLIs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CatalogueError {
    /// Two SLIs have one name.
    Duplicate {
        /// The name.
        name: String,
        /// Where the first stands.
        first: Option<Place>,
        /// Where the second stands.
        second: Option<Place>,
    },
    /// A name is no DNS label.
    Name {
        /// What is wrong with it.
        error: name::NameError,
        /// Where it stands.
        place: Option<Place>,
    },
    /// An SLI says that it was called like another that is still there.
    Renamed {
        /// The SLI.
        name: String,
        /// The name that it claims and another bears.
        was: &'static str,
        /// Where it stands.
        place: Option<Place>,
    },
}

struct At<'a>(&'a Option<Place>);

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(place) => write!(f, "{place}"),
            None => f.write_str("an SLI made while running"),
        }
    }
}

impl fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate { name, first, second } => write!(
                f,
                "two SLIs are named `{name}`: {} and {}; give one of them another with `name = \"...\"`",
                At(first),
                At(second)
            ),
            Self::Name { error, place } => write!(f, "{}: {error}", At(place)),
            Self::Renamed { name, was, place } => {
                write!(f, "{}: `{name}` says `was = \"{was}\"`, but an SLI of that name is still there", At(place))
            }
        }
    }
}

impl std::error::Error for CatalogueError {}

impl Catalogue {
    /// The SLIs, by name.
    pub fn iter(&self) -> impl Iterator<Item = &'static Sli> + '_ {
        self.slis.iter().copied()
    }

    /// Checks what the service checks when it starts; meant for a unit test, which finds it earlier.
    ///
    /// ```
    /// reliability_core::catalogue().check().expect("every SLI has a name of its own");
    /// ```
    ///
    /// # Errors
    /// All faults, not only the first.
    pub fn check(&self) -> Result<(), CatalogueErrors> {
        check(self.iter())
    }
}

/// All faults of a set of SLIs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueErrors(pub Vec<CatalogueError>);

impl fmt::Display for CatalogueErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(i, error)| write!(f, "{}{error}", if i == 0 { "" } else { "\n" }))
    }
}

impl std::error::Error for CatalogueErrors {}

pub(crate) fn check<'a>(slis: impl Iterator<Item = &'a Sli>) -> Result<(), CatalogueErrors> {
    let mut errors = Vec::new();
    let mut seen: BTreeMap<&str, &Sli> = BTreeMap::new();
    for sli in slis {
        let (name, place) = (sli.name(), sli.spec().place);
        if let Err(fault) = name::check(name) {
            errors.push(CatalogueError::Name { error: name::NameError { found: name.into(), fault }, place });
        }
        match seen.get(name) {
            Some(first) if std::ptr::eq(*first, sli) => {}
            Some(first) => {
                errors.push(CatalogueError::Duplicate { name: name.into(), first: first.spec().place, second: place });
            }
            None => drop(seen.insert(name, sli)),
        }
    }
    for (name, sli) in &seen {
        if let Some(was) = sli.spec().was.filter(|was| seen.contains_key(was)) {
            errors.push(CatalogueError::Renamed { name: (*name).into(), was, place: sli.spec().place });
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(CatalogueErrors(errors)) }
}

/// SLIs made while running that every engine of the process should judge: routes of a web layer.
static ANNOUNCED: Mutex<Vec<&'static Sli>> = Mutex::new(Vec::new());

impl Sli {
    /// Has every engine of the process judge this SLI, from within a second on: for one that is made where no
    /// [`Handle`](crate::Handle) is at hand, such as a route of a web layer or a plug-in. Announce it once.
    pub fn announce(&'static self) {
        ANNOUNCED.lock().unwrap_or_else(PoisonError::into_inner).push(self);
    }
}

/// Those announced after the first `seen`.
pub(crate) fn announced(seen: usize) -> Vec<&'static Sli> {
    ANNOUNCED.lock().unwrap_or_else(PoisonError::into_inner).iter().skip(seen).copied().collect()
}
