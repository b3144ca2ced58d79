//! A new file beside what is declared: every line that somebody would have to write for it, proposed for review.
//!
//! A file is read once, through what is declared of the period before ([`NewFile::proposal`]). What follows from the file
//! is filled in: its header, what has come and gone. A meaning is proposed only where an earlier row has it and
//! the file bears that out, with the reasons beside it; any other meaning is left blank, and the declared files do not
//! load until somebody has filled it in.

mod categories;
mod columns;
mod earlier;
mod error;
mod figures;
mod header;
mod likeness;
mod measures;
mod organisations;
mod proposal;
mod release;
mod sheet;
mod survey;
mod totals;

pub use error::Error;
pub use figures::figures_of;
pub use likeness::likeness;
pub use proposal::{Edit, FileChange, NewFile, Proposal};
