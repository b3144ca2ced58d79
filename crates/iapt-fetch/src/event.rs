//! What happens while releases are fetched, for whoever shows progress.

use std::{path::PathBuf, sync::Arc, time::Duration};

use iapt_model::Release;

use crate::Had;

/// Is told what happens to which release; called from any thread, and expected to return at once.
pub type Listener = Arc<dyn Fn(&Release, Event) + Send + Sync>;

/// One thing that happened to a release that is being fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Its first bytes are on their way, also after a fresh start.
    Started {
        /// How many bytes there will be, where the server says so.
        total: Option<u64>,
    },
    /// More bytes have come.
    Progress {
        /// How many there are now.
        bytes: u64,
    },
    /// An attempt failed and another will be made.
    Retry {
        /// The attempt that failed; the first is 1.
        attempt: u32,
        /// Why it failed.
        why: String,
        /// How long the next one waits.
        wait: Duration,
    },
    /// A cut download goes on where it stopped.
    Resumed {
        /// How many bytes were there.
        at: u64,
    },
    /// The kept bytes are damaged; they are moved out of the way, and fetched again.
    SetAside {
        /// Where they are now.
        path: PathBuf,
    },
    /// The snapshot is there, verified.
    Finished {
        /// How it came.
        had: Had,
    },
    /// The release could not be fetched.
    Failed {
        /// Why.
        why: String,
    },
}

/// A listener that does nothing.
#[must_use]
pub fn silent() -> Listener {
    Arc::new(|_, _| {})
}
