//! Pages from rows made for the purpose: hostile names, findings that are absent or reversed, Markdown that reads well.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its world has failed")]

mod findings;
mod hostile;
mod integrity;
mod made;
mod markdown;
mod places;
mod two_indicators;
