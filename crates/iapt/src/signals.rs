//! What a run does when it is told to end: it clears away what it began, says so in its summary and in one line, and ends.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Decides who ends the run: the run itself or a signal, whichever is first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ending(Arc<AtomicBool>);

impl Ending {
    /// Whether nobody else has begun to end the run; from now on, nobody else does.
    pub(crate) fn begin(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

/// Calls `end` with the name of the signal and the exit code that goes with it when the program is told to end, and ends
/// it. `end` runs while every other thread stands still before its next change to a file.
#[cfg(unix)]
pub(crate) fn listen(ending: Ending, end: impl FnOnce(&'static str, u8) + Send + 'static) -> io::Result<()> {
    use iapt_model::disk;
    use signal_hook::{
        consts::{SIGINT, SIGTERM, SIGXFSZ},
        iterator::Signals,
    };

    // Caught and let be: what makes a file too large then fails with an error, as on a full disk.
    signal_hook::flag::register(SIGXFSZ, Arc::default())?;
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let Some(signal) = signals.forever().next() else { return };
        let (name, exit_code) = if signal == SIGINT { ("SIGINT", 130) } else { ("SIGTERM", 143) };
        // A run that is ending anyway is let end.
        if ending.begin() {
            disk::hold_others();
            end(name, exit_code);
            std::process::exit(exit_code.into());
        }
    })?;
    Ok(())
}

/// Without signals, nothing is caught.
#[cfg(not(unix))]
pub(crate) fn listen(_: Ending, _: impl FnOnce(&'static str, u8) + Send + 'static) -> io::Result<()> {
    Ok(())
}
