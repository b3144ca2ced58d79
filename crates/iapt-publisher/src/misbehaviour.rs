//! What the stand-in does wrong on request, one fault an answer.

use std::{
    collections::{BTreeMap, VecDeque},
    str::FromStr,
    time::Duration,
};

use crate::Error;

/// One way to answer a request badly.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// As it should be: a place holder in a script (`ok`).
    None,
    /// A pause after every KiB of the body (`slow:50ms`).
    Slow {
        /// The pause.
        per_kib: Duration,
    },
    /// The connection ends after so many bytes of the body, the rest of which was announced (`cut:10000`).
    CutAt(usize),
    /// The whole body, with a length announced that is greater (`length:1000`).
    WrongLength {
        /// Bytes announced beyond those that there are.
        surplus: usize,
    },
    /// The same of an answer that has a date instead of an entity tag.
    CutDated(usize),
    /// All of the body, or a part of it as if that were all (`half`, `half_line`, `chunked`, `close`, ...).
    Framed(Framing, Extent),
    /// How a request for the rest of a body is answered; one for all of it is answered as it should be.
    Resumed(Resumed),
    /// Zeros, more than anybody wants; announced, or until the client goes.
    Endless {
        /// Whether the length is said.
        is_announced: bool,
    },
    /// Another status, with a line of text (`404`).
    Status(u16),
    /// Another status, with a line of text and these header fields.
    StatusWith(u16, Vec<(&'static str, String)>),
    /// The file with these fields in place of its own.
    Fields(Vec<(&'static str, String)>),
    /// Something else with status 200 (`json`, `javascript`, ...).
    Instead(Instead),
    /// The file that stands at another path.
    OtherFile(String),
    /// Other bytes under the old entity tag.
    ChangedUnderSameTag {
        /// Whether a client that has the tag is told that nothing has changed.
        is_conditional: bool,
    },
    /// 304 to every client that says what it has (`not_modified`).
    NotModified,
    /// 100 and 103 before the answer (`hints`).
    Hints,
    /// No answer at all, on an open connection (`hang`).
    Hang,
    /// A head that comes letter by letter and never ends (`slow_head`).
    SlowHead,
    /// A head of 20,000 fields (`long_head`).
    LongHead,
    /// Bytes that are no HTTP (`garbage`).
    Garbage,
    /// 429, with the time after which to try again (`429:2`).
    TooManyRequests {
        /// The seconds in `Retry-After`.
        retry_after_s: u32,
    },
    /// 503, without saying until when (`503`).
    Unavailable,
    /// 200 and a page of HTML that asks for JavaScript, as robots are given (`html`).
    HtmlInstead,
    /// Another pack that can be read as well, with other bytes and another entity tag (`changed`).
    ChangedBytes,
    /// 302 to an address or a path (`redirect:/elsewhere`).
    RedirectTo(String),
    /// The connection is reset instead of an answer (`reset`).
    Reset,
}

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// By its length.
    Length,
    /// By a last chunk, which lacks where the body does.
    Chunks,
    /// By the end of the connection, as before HTTP/1.1.
    Connection,
}

/// How much of a body is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    All,
    /// The first half.
    Half,
    /// The first half, up to the end of a line.
    HalfLine,
}

impl Extent {
    /// The part of a body that this extent covers.
    pub(crate) fn of(self, body: &[u8]) -> &[u8] {
        let (half, rest) = body.split_at(body.len() / 2);
        let line = rest.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        match self {
            Self::All => body,
            Self::Half => half,
            Self::HalfLine => body.get(..half.len() + line).unwrap_or(body),
        }
    }
}

/// What is wrong with an answer to a request for the rest of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resumed {
    /// All of the body comes again.
    Ignored,
    /// The part begins too early, and says so.
    Early,
    /// The part is said to be what was asked for, and is another one.
    Elsewhere,
    /// The part does not say where it begins.
    Unsaid,
    /// The part is wrapped as one of several.
    Multipart,
    /// The part is of other bytes, under these fields.
    Reissued(Vec<(&'static str, String)>),
}

/// What comes instead of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instead {
    /// A piece of a page.
    Fragment,
    /// An error in JSON.
    Json,
    /// A script.
    JavaScript,
    /// A line of text.
    Text,
    /// Lines of text, as long as the file.
    LongText,
    /// Nothing.
    Nothing,
    /// The file, said to be compressed, with the first bytes of such a file before it.
    Gzip,
}

/// What to do wrong, answer by answer; everything after the last fault is as it should be.
///
/// Read from a text, items separated by commas: `[PATH=]FAULT[*TIMES]`, where PATH is the end of a request's path,
/// such as a file name. An item with a path waits for a request to that path; one without serves whichever comes.
///
/// ```
/// use iapt_publisher::{Fault, Misbehaviour};
///
/// let script: Misbehaviour = "503*2,main.zip=cut:10000".parse()?;
/// let same = Misbehaviour::default()
///     .then(Fault::Unavailable)
///     .then(Fault::Unavailable)
///     .then_at("main.zip", Fault::CutAt(10_000));
/// assert_eq!(script, same);
/// # Ok::<(), iapt_publisher::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Misbehaviour {
    for_all: VecDeque<Fault>,
    /// The end of a path -> faults for requests to it.
    by_path: BTreeMap<String, VecDeque<Fault>>,
}

impl Misbehaviour {
    /// Adds a fault for whichever request comes when those before it are spent.
    #[must_use]
    pub fn then(mut self, fault: Fault) -> Self {
        self.for_all.push_back(fault);
        self
    }

    /// Adds a fault for a request whose path ends so.
    #[must_use]
    pub fn then_at(mut self, path_end: &str, fault: Fault) -> Self {
        self.by_path.entry(path_end.to_owned()).or_default().push_back(fault);
        self
    }

    /// The fault of the next answer to a path, taken out of the script: its own first, then those for all.
    pub(crate) fn next(&mut self, path: &str) -> Fault {
        let mut own = self.by_path.iter_mut().filter(|(end, _)| path.ends_with(end.as_str()));
        let fault = own.find_map(|(_, faults)| faults.pop_front());
        fault.or_else(|| self.for_all.pop_front()).unwrap_or(Fault::None)
    }
}

impl FromStr for Misbehaviour {
    type Err = Error;

    fn from_str(script: &str) -> Result<Self, Error> {
        let mut misbehaviour = Self::default();
        for item in script.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            // A colon belongs to a fault, so what stands before `=` is no path when it has one.
            let (path, rest) = match item.split_once('=') {
                Some((path, rest)) if !path.contains(':') => (Some(path), rest),
                _ => (None, item),
            };
            let (fault, times) = match rest.rsplit_once('*') {
                Some((fault, times)) => {
                    (fault, read::<u16>(item, times, "the number of times is not a number")?)
                }
                None => (rest, 1),
            };
            let fault = fault_of(item, fault)?;
            for _ in 0..times {
                misbehaviour = match path {
                    Some(path) => misbehaviour.then_at(path, fault.clone()),
                    None => misbehaviour.then(fault.clone()),
                };
            }
        }
        Ok(misbehaviour)
    }
}

fn fault_of(item: &str, text: &str) -> Result<Fault, Error> {
    let (word, argument) = text.split_once(':').unwrap_or((text, ""));
    let bytes = || read(item, argument, "it takes a number of bytes");
    let fault = match word {
        "slow" => Fault::Slow { per_kib: duration(item, argument)? },
        "cut" => Fault::CutAt(bytes()?),
        "length" => Fault::WrongLength { surplus: bytes()? },
        "429" => {
            Fault::TooManyRequests { retry_after_s: read(item, argument, "it takes a number of seconds")? }
        }
        "redirect" if !argument.is_empty() => Fault::RedirectTo(argument.to_owned()),
        _ if !argument.is_empty() => return Err(script(item, "there is none of that name with an argument")),
        "ok" => Fault::None,
        "503" => Fault::Unavailable,
        "html" => Fault::HtmlInstead,
        "changed" => Fault::ChangedBytes,
        "reset" => Fault::Reset,
        "half" => Fault::Framed(Framing::Length, Extent::Half),
        "half_line" => Fault::Framed(Framing::Length, Extent::HalfLine),
        "chunked" => Fault::Framed(Framing::Chunks, Extent::All),
        "close" => Fault::Framed(Framing::Connection, Extent::All),
        "json" => Fault::Instead(Instead::Json),
        "javascript" => Fault::Instead(Instead::JavaScript),
        "text" => Fault::Instead(Instead::Text),
        "not_modified" => Fault::NotModified,
        "hints" => Fault::Hints,
        "hang" => Fault::Hang,
        "slow_head" => Fault::SlowHead,
        "long_head" => Fault::LongHead,
        "garbage" => Fault::Garbage,
        status => match read(item, status, "there is none of that name")? {
            status @ 400..=599 => Fault::Status(status),
            _ => return Err(script(item, "a status of failure is between 400 and 599")),
        },
    };
    Ok(fault)
}

fn duration(item: &str, text: &str) -> Result<Duration, Error> {
    let reason = "it takes a time, such as 50ms or 2s";
    let (number, unit): (&str, fn(u64) -> Duration) = match (text.strip_suffix("ms"), text.strip_suffix('s'))
    {
        (Some(number), _) => (number, Duration::from_millis),
        (None, Some(number)) => (number, Duration::from_secs),
        (None, None) => return Err(script(item, reason)),
    };
    read(item, number, reason).map(unit)
}

fn read<N: FromStr>(item: &str, text: &str, reason: &'static str) -> Result<N, Error> {
    text.parse().map_err(|_| script(item, reason))
}

fn script(item: &str, reason: &'static str) -> Error {
    Error::Script { item: item.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(script: &str, expected: &[Fault]) {
        let mut script: Misbehaviour = script.parse().unwrap();
        for fault in expected {
            assert_eq!(script.next("/1A/F2ABB3/pack.zip"), *fault);
        }
        assert_eq!(script.next("/1A/F2ABB3/pack.zip"), Fault::None);
    }

    #[test]
    fn a_script_is_spent_in_order() {
        check("", &[]);
        check(
            "slow:50ms,cut:10000,503",
            &[Fault::Slow { per_kib: Duration::from_millis(50) }, Fault::CutAt(10_000), Fault::Unavailable],
        );
        check(
            "length:7, 404 ,429:2,html",
            &[
                Fault::WrongLength { surplus: 7 },
                Fault::Status(404),
                Fault::TooManyRequests { retry_after_s: 2 },
                Fault::HtmlInstead,
            ],
        );
        check(
            "slow:1s*2",
            &[
                Fault::Slow { per_kib: Duration::from_secs(1) },
                Fault::Slow { per_kib: Duration::from_secs(1) },
            ],
        );
        check(
            "half_line,close,json,hang",
            &[
                Fault::Framed(Framing::Length, Extent::HalfLine),
                Fault::Framed(Framing::Connection, Extent::All),
                Fault::Instead(Instead::Json),
                Fault::Hang,
            ],
        );
        check("ok,changed,reset", &[Fault::None, Fault::ChangedBytes, Fault::Reset]);
        check("redirect:http://x/?a=b", &[Fault::RedirectTo("http://x/?a=b".to_owned())]);
    }

    #[test]
    fn half_of_a_body_may_end_with_a_line() {
        for (extent, expected) in
            [(Extent::All, "a\nbcd\ne\n"), (Extent::Half, "a\nbc"), (Extent::HalfLine, "a\nbcd\n")]
        {
            assert_eq!(extent.of(b"a\nbcd\ne\n"), expected.as_bytes());
        }
    }

    #[test]
    fn a_path_has_its_own_faults_first() {
        check("503,pack.zip=404,other.zip=reset", &[Fault::Status(404), Fault::Unavailable]);
        check("pack.zip=redirect:/b", &[Fault::RedirectTo("/b".to_owned())]);
        check("F2ABB3/pack.zip=html*2", &[Fault::HtmlInstead, Fault::HtmlInstead]);
    }

    #[test]
    fn what_is_no_fault_is_refused_with_the_item() {
        for (script, expected) in [
            ("503,slow", "`slow` is not a misbehaviour: it takes a time, such as 50ms or 2s"),
            ("slow:50", "`slow:50` is not a misbehaviour: it takes a time, such as 50ms or 2s"),
            ("cut", "`cut` is not a misbehaviour: it takes a number of bytes"),
            ("429", "`429` is not a misbehaviour: it takes a number of seconds"),
            ("teapot", "`teapot` is not a misbehaviour: there is none of that name"),
            ("200", "`200` is not a misbehaviour: a status of failure is between 400 and 599"),
            ("503:2", "`503:2` is not a misbehaviour: there is none of that name with an argument"),
            ("503*x", "`503*x` is not a misbehaviour: the number of times is not a number"),
        ] {
            let error = script.parse::<Misbehaviour>().unwrap_err();
            assert_eq!(error.to_string(), expected, "{script}");
            assert!(error.hint().unwrap().contains("cut:BYTES"), "{script}");
        }
    }
}
