//! What shows that an edition is what it says: the [`Statement`] of what it was made from, a signature over that
//! ([`Envelope`]), and the [`Proof`] that one figure is in it.
//!
//! All of it can be checked without the program that made the edition, and without a network. Nothing here knows what the
//! files say.

mod envelope;
mod error;
mod figure;
mod proof;
mod statement;
mod tree;

pub use envelope::{Envelope, PublicKey, SigningKey};
pub use error::Error;
pub use figure::{CellRead, Figure, FigureRow, FileRead};
pub use proof::{Proof, Proven};
pub use statement::{ENVELOPE, MadeBy, Material, STATEMENT, Statement};
pub use tree::Tree;
