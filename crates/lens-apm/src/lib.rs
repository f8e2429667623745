//! The APM lens: which services there are, how they call each other, and how each one does.
//!
//! One file answers one question: [`services`] the list, [`map`] who calls whom, [`overview`] one
//! service in short, and [`series`], [`endpoints`], [`latency`], [`hits`] and [`dependencies`] what
//! its page shows. [`requests`] says which spans count as requests, [`buckets`] how a time is cut.
//! [`routes`] is the only file that knows HTTP.
//!
//! All but dots and hosts is read from `span_stats`, whose rows are far fewer than
//! spans; minutes that a time cuts through are read from `spans`, so that the answer is the same.

pub mod buckets;
pub mod dependencies;
pub mod endpoints;
pub mod environments;
pub mod hits;
pub mod infrastructure;
pub mod latency;
pub mod map;
pub mod overview;
pub mod requests;
pub mod routes;
pub mod series;
pub mod services;
pub mod versions;
