//! Standard output: bytes for other programs, lines for a terminal.

use std::{
    fmt::Display,
    io::{self, BufWriter, Stdout, Write},
    sync::atomic::{AtomicBool, Ordering},
};

use iapt_model::on_one_line;

/// Standard output. Where the reader has seen enough, such as `head`, writing fails, and [`has_reader_left`].
#[derive(Debug)]
pub(crate) struct Output(Stdout);

/// Set when the reader of standard output has left: libraries wrap the error in their own until nobody can tell it from
/// others.
static HAS_READER_LEFT: AtomicBool = AtomicBool::new(false);

/// Whether what failed did so because nobody reads it any more: that is no failure.
pub(crate) fn has_reader_left() -> bool {
    HAS_READER_LEFT.load(Ordering::Relaxed)
}

/// Standard output, written to in larger pieces; what is to arrive before the end is flushed.
pub(crate) fn output() -> BufWriter<Output> {
    BufWriter::new(Output(io::stdout()))
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        open(self.0.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        open(self.0.flush())
    }
}

/// Notes where the reader has left.
fn open<T>(written: io::Result<T>) -> io::Result<T> {
    if written.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
        HAS_READER_LEFT.store(true, Ordering::Relaxed);
    }
    written
}

/// Lines of text for a terminal: whatever published names are in them, each stays one line and has no controls.
///
/// Where the reader has left, they go nowhere, and the command ends as it would have: its exit code is an answer too.
pub(crate) struct Lines(BufWriter<Stdout>);

impl Lines {
    pub(crate) fn new() -> Self {
        Self(BufWriter::new(io::stdout()))
    }

    /// Writes one line.
    pub(crate) fn line(&mut self, text: impl Display) -> io::Result<()> {
        unless_reader_left(writeln!(self.0, "{}", on_one_line(&text.to_string())))
    }

    /// Writes what has not arrived yet.
    pub(crate) fn end(mut self) -> io::Result<()> {
        unless_reader_left(self.0.flush())
    }
}

fn unless_reader_left(written: io::Result<()>) -> io::Result<()> {
    written.or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}
