//! Real HTTP over loopback: clients that hang up, handlers that hang, bodies that end badly, routes that nobody declared.
//!
//! Each test has a lab of its own and a runtime on the lab's thread, so the counts are exact although the SLIs are statics.

mod hang_ups;
mod harness;
mod journeys;
mod layer;
mod status_page;
mod streams;
