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

/// Catches the signals that tell the program to end: none is lost while the run is being set up. Those that whoever started
/// it has it ignore, as `nohup` does, stay ignored. A second one ends the program at once.
#[cfg(unix)]
pub(crate) fn catch() -> io::Result<Caught> {
    use signal_hook::{
        consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXFSZ},
        flag,
    };

    // Caught and let be: what makes a file too large then fails with an error, as on a full disk.
    flag::register(SIGXFSZ, Arc::default())?;
    let ignored = ignored();
    let is_ignored = |signal: &i32| ignored & (1 << (signal - 1)) != 0;
    let signals = [SIGHUP, SIGINT, SIGQUIT, SIGTERM].into_iter().filter(|signal| !is_ignored(signal));
    let signals: Vec<i32> = signals.collect();
    let was_told: Arc<AtomicBool> = Arc::default();
    for signal in &signals {
        flag::register_conditional_shutdown(*signal, exit_code(*signal).into(), Arc::clone(&was_told))?;
        // After the line before, so that the first one passes it.
        flag::register(*signal, Arc::clone(&was_told))?;
    }
    Ok(Caught(signal_hook::iterator::Signals::new(signals)?))
}

/// The signals that this process was started to ignore, one bit each; none where the system does not say.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = fs_err::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

/// What a program ends with that a signal has ended, as shells have it.
#[cfg(unix)]
fn exit_code(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(1)
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
        use iapt_files::disk;
        use signal_hook::low_level::signal_name;

        std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            let Some(signal) = self.0.forever().next() else { return };
            let (name, exit_code) = (signal_name(signal).unwrap_or("a signal"), exit_code(signal));
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
