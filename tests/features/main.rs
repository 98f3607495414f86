//! Features: eight readings by hand, bounds against journeys of any dependence, journeys over tasks, threads and services.

mod bounds;
mod engine;
mod graphs;
mod journeys;
mod readings;
mod services;
mod world;
