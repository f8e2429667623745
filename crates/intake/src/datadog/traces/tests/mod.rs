//! Payloads of every version, written here byte by byte, and the rows that they become.

mod amplify;
mod hostile;
mod pack;
mod routes;
mod rows;
mod sample;
mod versions;
