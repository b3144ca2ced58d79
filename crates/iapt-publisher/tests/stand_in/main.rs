//! The stand-in publisher from outside: the packs it makes, the server that serves them, and the real figures.

#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod packs;
#[cfg(test)]
mod published;
#[cfg(test)]
mod serving;
