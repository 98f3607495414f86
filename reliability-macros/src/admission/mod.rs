//! `#[flag]`, `#[degrade]` and `#[shed]`: parse what was written, lower it to what it means, emit the branches.
//!
//! What they make of a function stands in `call`, because it is made together with `#[sli]` there.

mod bind;
mod expand;
mod model;
mod parse;

pub(crate) use bind::{Bound, bind};
pub(crate) use expand::{Branches, registered};
pub(crate) use model::{Guards, lower};
pub(crate) use parse::{Which, Written, sibling, written};
