//! Standard output: bytes for other programs, lines for a terminal.

use std::{
    fmt::Display,
    io::{self, BufWriter, Stdout, Write},
};

use iapt_model::on_one_line;

/// Standard output. A reader that has seen enough, such as `head`, ends the program without a word.
#[derive(Debug)]
pub(crate) struct Output(Stdout);

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

/// Libraries wrap the error in their own until nobody can tell it from others, so it ends here.
fn open<T>(written: io::Result<T>) -> io::Result<T> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        written => written,
    }
}

/// Lines of text for a terminal: whatever published names are in them, each stays one line and has no controls.
pub(crate) struct Lines(BufWriter<Output>);

impl Lines {
    pub(crate) fn new() -> Self {
        Self(output())
    }

    /// Writes one line.
    pub(crate) fn line(&mut self, text: impl Display) -> io::Result<()> {
        writeln!(self.0, "{}", on_one_line(&text.to_string()))
    }

    /// Writes what has not arrived yet.
    pub(crate) fn end(mut self) -> io::Result<()> {
        self.0.flush()
    }
}
