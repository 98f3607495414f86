//! Budgets that survive: restarts in virtual time and with a real file, and every bad day of that file.

mod backfill;
mod child;
mod damage;
mod files;
mod kills;
mod restarts;
mod troubles;
