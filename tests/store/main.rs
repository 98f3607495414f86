//! Budgets that survive: restarts in virtual time and with a real file, and every bad day of that file.

#![allow(clippy::disallowed_methods, clippy::items_after_statements, clippy::needless_for_each, clippy::similar_names)] // a test of real files and processes may look at the clock

mod backfill;
mod child;
mod damage;
mod files;
mod kills;
mod restarts;
mod troubles;
