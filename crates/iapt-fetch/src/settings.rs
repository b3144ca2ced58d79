//! How patient fetching is, and when what is kept is compared with its source.

use std::time::Duration;

/// When a kept release is compared with what its address has now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Never: what is kept is used.
    Never,
    /// When it was last seen so long ago; a file in a folder, also when its size or time has changed since.
    After(Duration),
    /// Every time.
    Always,
}

/// How patiently, and how much at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Attempts at one file.
    pub attempts: u32,
    /// Redirects followed in one attempt.
    pub redirects: u32,
    /// Bytes of one file.
    pub max_bytes: u64,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long a server may be silent.
    pub read_timeout: Duration,
    /// How long one file may take, with all its attempts and waits.
    pub deadline: Duration,
    /// How long all files together may take; what has not been asked for by then is not.
    pub run_deadline: Duration,
    /// The wait before the second attempt; it doubles with each one after.
    pub backoff: Duration,
    /// The longest such wait.
    pub backoff_cap: Duration,
    /// The longest wait that a server is granted when it asks for one; one that asks for more is not asked again.
    pub retry_after_cap: Duration,
}

impl Settings {
    /// For the publisher, at three in the morning.
    pub const DEFAULT: Self = Self {
        attempts: 5,
        redirects: 5,
        max_bytes: 1 << 29,
        connect_timeout: Duration::from_secs(20),
        read_timeout: Duration::from_mins(1),
        deadline: Duration::from_mins(15),
        run_deadline: Duration::from_hours(1),
        backoff: Duration::from_millis(500),
        backoff_cap: Duration::from_secs(30),
        retry_after_cap: Duration::from_mins(2),
    };
}
