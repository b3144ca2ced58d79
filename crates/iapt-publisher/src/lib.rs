//! A stand-in publisher: an HTTP server on loopback that serves every release at the publisher's own path, in that
//! period's own layout, made from the project's table of published figures.
//!
//! The pages of the series, and of the editions in them, are served too, built as the publisher's are.
//!
//! What it serves is declared: figures in `figures.csv` with their sources in `sources.csv`, headers in
//! `headers.csv`, addresses, formats and member names in `releases.toml`. Equal files make equal bytes. On request
//! it also misbehaves the ways that a publisher's host does, so that fetching can be tested against it.

mod archive;
mod encoding;
mod error;
mod layout;
mod misbehaviour;
mod pages;
mod server;
mod stand_in;
mod table;

pub use error::Error;
pub use misbehaviour::{Extent, Fault, Framing, Instead, Misbehaviour, Resumed};
pub use server::{RequestSeen, Server};
pub use stand_in::StandIn;
