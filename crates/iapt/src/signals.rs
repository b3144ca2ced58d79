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

/// Signals that tell the program to end, caught from now on, and what a run does then once it knows.
#[cfg(unix)]
pub(crate) struct Caught(signal_hook::iterator::Signals);

/// Catches the signals that tell the program to end: none is lost while the run is being set up.
#[cfg(unix)]
pub(crate) fn catch() -> io::Result<Caught> {
    use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};

    // Caught and let be: what makes a file too large then fails with an error, as on a full disk.
    signal_hook::flag::register(SIGXFSZ, Arc::default())?;
    Ok(Caught(signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?))
}

#[cfg(unix)]
impl Caught {
    /// Calls `end` with the name of the signal and the exit code that goes with it when the program is told to end, and
    /// ends it. `end` runs while every other thread stands still before its next change to a file.
    pub(crate) fn listen(
        mut self,
        ending: Ending,
        end: impl FnOnce(&'static str, u8) + Send + 'static,
    ) -> io::Result<()> {
        use iapt_model::disk;
        use signal_hook::consts::SIGINT;

        std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            let Some(signal) = self.0.forever().next() else { return };
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
}

/// Without signals, nothing is caught.
#[cfg(not(unix))]
pub(crate) struct Caught;

/// Without signals, nothing is caught.
#[cfg(not(unix))]
pub(crate) fn catch() -> io::Result<Caught> {
    Ok(Caught)
}

#[cfg(not(unix))]
impl Caught {
    /// Without signals, nothing is done.
    pub(crate) fn listen(
        self,
        _: Ending,
        _: impl FnOnce(&'static str, u8) + Send + 'static,
    ) -> io::Result<()> {
        Ok(())
    }
}
