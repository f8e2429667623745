//! The traces lens: finding traces, opening one, and where their time goes.
//!
//! Every answer about many traces is about a [`question::Question`]: a time, an environment and a
//! filter in the search language. [`search`] pages through spans, [`histogram`] and [`facets`] count
//! them, [`time`] says where the time of their traces goes and [`compare`] what slow ones have in
//! common. [`trace`] opens one trace, [`detail`] one of its spans, [`logs`] its log records. What a
//! trace looks like as a tree is in [`tree`], which does no I/O. [`routes`] is the only file that
//! knows HTTP.

pub mod compare;
pub mod detail;
pub mod facets;
pub mod histogram;
pub mod logs;
pub mod question;
pub mod routes;
mod sample;
pub mod search;
mod skeleton;
pub mod statistics;
pub mod summary;
pub mod time;
pub mod trace;
pub mod tree;
