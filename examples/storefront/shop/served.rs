//! What a visitor was given instead of the whole thing, said in a header, so that clients can keep it apart in their books.

use axum::response::{IntoResponse, Response};

/// The header.
pub(crate) const SERVED: &str = "x-served";

/// What was given instead, from the best to the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Instead {
    /// The page without its recommendations.
    Shorter,
    /// The page as it was for somebody a moment ago.
    Cached,
    /// A page that needs nobody's work.
    Static,
    /// A receipt for an order that is charged later.
    ChargedLater,
}

impl Instead {
    pub(crate) const ALL: [Self; 4] = [Self::Shorter, Self::Cached, Self::Static, Self::ChargedLater];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Shorter => "without recommendations",
            Self::Cached => "cached",
            Self::Static => "static",
            Self::ChargedLater => "charged later",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|instead| instead.name() == name)
    }
}

/// An answer, and whether it is all that was asked for.
pub(super) struct Answer<T> {
    pub(super) body: T,
    pub(super) instead: Option<Instead>,
}

impl<T> Answer<T> {
    pub(super) fn whole(body: T) -> Self {
        Self { body, instead: None }
    }

    pub(super) fn instead(body: T, instead: Instead) -> Self {
        Self { body, instead: Some(instead) }
    }
}

impl<T: IntoResponse> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        match self.instead {
            None => self.body.into_response(),
            Some(instead) => ([(SERVED, instead.name())], self.body).into_response(),
        }
    }
}
