//! Files and folders that are changed whole or not at all, the checksums of their bytes, who works in them, and which of them
//! are a published edition; addresses without their secrets.
//!
//! Every change to a file goes through [`disk`], so that a run that is interrupted can hold them all and a test can make
//! any one of them fail. Nothing here knows what the files say.

mod address;
mod checksum;
pub mod disk;
pub mod edition;
mod error;
mod folder;
mod folder_lock;
pub mod parallel;

pub use address::without_secrets;
pub use checksum::{Checksum, NotASha256, Sha256};
pub use error::Error;
pub use folder::{WholeFolder, address, checksums, files_below, seen, stamp};
pub use folder_lock::{FolderInUse, FolderLock};
