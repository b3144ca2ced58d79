//! The tables as their readers find them: what each is ([`dictionary`], [`metadata`]), whether they are as they were made
//! ([`manifest`]), and what is asked of them ([`query`], [`session`], [`sql`]), in a folder, on a cluster or at an address.
//!
//! How a figure is derived is not known here.

#[cfg(feature = "ballista")]
mod cluster;
pub mod dictionary;
mod engine;
mod error;
mod explore;
mod functions;
pub mod manifest;
pub mod metadata;
pub mod query;
#[cfg(feature = "remote")]
mod remote;
mod screen;
pub mod session;
pub mod sql;
mod table_csv;

pub use engine::Engine;
pub use error::Error;
pub use explore::Figures;
pub use manifest::{Manifest, Partition, TABLES_FOLDER, check_tables, tables_sha256};
pub use metadata::DESCRIPTIONS;
pub use query::{Format, Only, QUERY_MEMORY, Session, Tables};
pub use sql::not_queries;
pub use table_csv::TableCsv;
