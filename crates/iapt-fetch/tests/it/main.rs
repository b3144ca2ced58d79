//! Fetching from servers that misbehave, folders that lack files, and disks that rot. No network beyond loopback.
#![expect(clippy::unwrap_used, reason = "a test that cannot prepare its input has failed")]

mod discovery;
mod kill;
mod pins;
mod places;
mod reissues;
mod resume;
mod server;
mod setting;
mod sizes;
mod trouble;
