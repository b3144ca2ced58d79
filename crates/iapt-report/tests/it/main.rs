//! Pages from rows made for the purpose: hostile names, findings that are absent or reversed, Markdown that reads well.

mod findings;
mod hostile;
mod made;
mod markdown;
