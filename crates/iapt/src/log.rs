//! What the program says while it works, on standard error: lines, or one JSON object a line.

use std::{
    io::{IsTerminal, Write},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use chrono::{DateTime, SecondsFormat, Utc};
use iapt_model::printable;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::args::LogFormat;

/// Where messages and progress go.
#[derive(Clone)]
pub(crate) struct Log {
    is_quiet: bool,
    format: LogFormat,
    bars: MultiProgress,
    /// Whether a message of [`Level::Last`] was said; held while any is.
    has_ended: Arc<Mutex<bool>>,
}

/// How much a message matters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Info,
    Warning,
    Error,
    /// An error after which nothing is said.
    Last,
}

impl Log {
    pub(crate) fn new(is_quiet: bool, format: LogFormat) -> Self {
        let has_bars = !is_quiet && format == LogFormat::Text && std::io::stderr().is_terminal();
        let target = if has_bars { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bars = MultiProgress::with_draw_target(target);
        Self { is_quiet, format, bars, has_ended: Arc::default() }
    }

    /// Something was done.
    pub(crate) fn info(&self, stage: &str, message: &str) {
        self.say(Level::Info, stage, message, None);
    }

    /// Something is not as it should be, and the work goes on.
    pub(crate) fn warn(&self, stage: &str, message: &str, hint: Option<&str>) {
        self.say(Level::Warning, stage, message, hint);
    }

    /// Something that was wanted is missing, or the work stops; said even when quiet.
    pub(crate) fn error(&self, stage: &str, message: &str, hint: Option<&str>) {
        self.say(Level::Error, stage, message, hint);
    }

    /// The work stops here: whatever other threads have to say, nothing comes after it.
    pub(crate) fn last_error(&self, stage: &str, message: &str) {
        self.say(Level::Last, stage, message, None);
    }

    /// A bar for one download; drawn on a terminal only.
    pub(crate) fn bar(&self, name: &str) -> ProgressBar {
        let style = ProgressStyle::with_template("{prefix} {bar:30} {bytes}/{total_bytes}");
        let bar = ProgressBar::no_length().with_prefix(name.to_owned());
        let bar = if let Ok(style) = style { bar.with_style(style) } else { bar };
        self.bars.add(bar)
    }

    fn say(&self, level: Level, stage: &str, message: &str, hint: Option<&str>) {
        if self.is_quiet && matches!(level, Level::Info | Level::Warning) {
            return;
        }
        let text = match self.format {
            LogFormat::Json => json(level, stage, message, hint),
            LogFormat::Text => plain(level, stage, message, hint),
        };
        let mut has_ended = self.has_ended.lock().unwrap_or_else(PoisonError::into_inner);
        if *has_ended {
            return;
        }
        *has_ended = level == Level::Last;
        self.bars.suspend(|| {
            // There is nowhere left to complain to when standard error is closed.
            let _ = writeln!(std::io::stderr(), "{text}");
        });
    }
}

/// A message as a terminal may have it: lists keep their lines, which are indented; other line breaks come from outside.
fn harmless(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    for line in message.split_inclusive('\n') {
        if !text.is_empty() && !line.starts_with("  ") {
            text.pop();
            text.push(' ');
        }
        text.push_str(&printable(line));
    }
    text
}

fn plain(level: Level, stage: &str, message: &str, hint: Option<&str>) -> String {
    let message = harmless(message);
    let mut text = match level {
        Level::Info => format!("{stage:<6} {message}"),
        Level::Warning => format!("{stage:<6} warning: {message}"),
        Level::Error | Level::Last => format!("error: {message}"),
    };
    if let Some(hint) = hint {
        text += &format!("\nhint: {}", harmless(hint));
    }
    text
}

fn json(level: Level, stage: &str, message: &str, hint: Option<&str>) -> String {
    let level = match level {
        Level::Info => "info",
        Level::Warning => "warning",
        Level::Error | Level::Last => "error",
    };
    let time = DateTime::<Utc>::from(SystemTime::now()).to_rfc3339_opts(SecondsFormat::Millis, true);
    let mut object = serde_json::json!({ "time": time, "level": level, "stage": stage, "message": message });
    if let (Some(hint), Some(object)) = (hint, object.as_object_mut()) {
        object.insert("hint".to_owned(), hint.into());
    }
    object.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_have_no_lines_and_no_controls_from_outside() {
        let check = |message, expected| assert_eq!(plain(Level::Error, "iapt", message, None), expected);
        check("2 problems:\n  one\n    hint: two", "error: 2 problems:\n  one\n    hint: two");
        check("`a\nerror: b` \u{1b}[31m", "error: `a error: b` \u{fffd}[31m");
    }
}
