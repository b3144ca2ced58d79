//! Requests: read from a connection within bounds, and the part of a body that they ask for.

use std::{io, ops::Range};

use tokio::io::{AsyncRead, AsyncReadExt};

use crate::stand_in::path_of;

/// A request's head beyond this is refused.
const HEAD_LIMIT_BYTES: usize = 16 << 10;

/// Header fields beyond this are refused.
const HEAD_LIMIT_FIELDS: usize = 64;

/// What a client wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Head,
    Other,
}

/// One request, as far as it matters here.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    /// Percent-decoded, without a query.
    pub(super) path: String,
    pub(super) range: Option<String>,
    pub(super) if_range: Option<String>,
    pub(super) if_none_match: Option<String>,
    /// Whether it says in any way what the client has already.
    pub(super) is_conditional: bool,
    /// Whether the connection may serve another request.
    pub(super) is_keep_alive: bool,
}

/// What came instead of, or as, a request.
#[derive(Debug)]
pub(super) enum Incoming {
    Request(Request),
    /// The client has gone.
    Closed,
    /// Not HTTP/1.
    Malformed,
    /// More than a head may be.
    TooLarge,
}

/// Reads the head of the next request; what follows it stays in the buffer.
pub(super) async fn read(
    stream: &mut (impl AsyncRead + Unpin),
    buffer: &mut Vec<u8>,
) -> io::Result<Incoming> {
    loop {
        if let Some(incoming) = parsed(buffer) {
            return Ok(incoming);
        }
        if buffer.len() >= HEAD_LIMIT_BYTES {
            return Ok(Incoming::TooLarge);
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(Incoming::Closed);
        }
    }
}

/// The request at the start of the buffer, taken out of it; `None` while it is incomplete.
fn parsed(buffer: &mut Vec<u8>) -> Option<Incoming> {
    let mut fields = [httparse::EMPTY_HEADER; HEAD_LIMIT_FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    let length = match request.parse(buffer) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return None,
        Err(httparse::Error::TooManyHeaders) => return Some(Incoming::TooLarge),
        Err(_) => return Some(Incoming::Malformed),
    };
    let field = |name: &str| {
        let field = request.headers.iter().find(|field| field.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(field.value).ok().map(str::to_owned)
    };
    let connection = field("connection").unwrap_or_default().to_ascii_lowercase();
    let has_body = field("transfer-encoding").is_some() || field("content-length").is_some_and(|n| n != "0");
    let incoming = Incoming::Request(Request {
        method: match request.method {
            Some("GET") => Method::Get,
            Some("HEAD") => Method::Head,
            _ => Method::Other,
        },
        path: path_of(request.path.unwrap_or_default()),
        range: field("range"),
        if_range: field("if-range"),
        if_none_match: field("if-none-match"),
        is_conditional: field("if-none-match").is_some() || field("if-modified-since").is_some(),
        // A body is not read, so the connection ends with a request that has one.
        is_keep_alive: request.version == Some(1) && !connection.contains("close") && !has_body,
    });
    buffer.drain(..length);
    Some(incoming)
}

/// The part of a body that a request asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// All of it: no range, one that is not understood, or one of another state of the file.
    Whole,
    /// These bytes.
    Bytes(Range<usize>),
    /// Bytes that there are none of.
    None,
}

impl Request {
    /// Whether the client says that it has what this entity tag names (RFC 9110, section 13.1.2).
    pub(super) fn has(&self, etag: &str) -> bool {
        let tags = self.if_none_match.as_deref().unwrap_or_default();
        tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
    }

    /// The part of a body of so many bytes, under an entity tag, that is asked for (RFC 9110, section 14).
    pub(super) fn part(&self, length: usize, etag: &str) -> Asked {
        let is_same = self.if_range.as_deref().is_none_or(|tag| tag == etag);
        match self.range.as_deref().and_then(byte_range).filter(|_| is_same) {
            None => Asked::Whole,
            Some((first, _)) if first >= length => Asked::None,
            Some((first, last)) => Asked::Bytes(first..last.map_or(length, |last| length.min(last + 1))),
        }
    }
}

/// `bytes=FIRST-` or `bytes=FIRST-LAST`; other forms may be ignored, and are.
fn byte_range(text: &str) -> Option<(usize, Option<usize>)> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let first = first.parse().ok()?;
    let last = if last.is_empty() { None } else { Some(last.parse().ok()?) };
    // Saturated so that the byte after the last can be counted.
    let last = last.map(|last: usize| last.min(usize::MAX - 1));
    last.is_none_or(|last| first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(head: &str, expected: &Asked) {
        let mut buffer = format!("GET / HTTP/1.1\r\n{head}\r\n\r\nnext").into_bytes();
        let Some(Incoming::Request(request)) = parsed(&mut buffer) else { panic!("{head}") };
        assert_eq!(request.part(10, "\"tag\""), *expected, "{head}");
        assert_eq!(buffer, b"next");
    }

    #[test]
    fn ranges_from_a_byte_on_are_understood() {
        check("Host: x", &Asked::Whole);
        check("Range: bytes=0-", &Asked::Bytes(0..10));
        check("range: bytes=4-", &Asked::Bytes(4..10));
        check("Range: bytes=4-6", &Asked::Bytes(4..7));
        check("Range: bytes=4-99", &Asked::Bytes(4..10));
        check("Range: bytes=10-", &Asked::None);
        for other in ["bytes=-3", "bytes=6-4", "bytes=1-2,4-5", "lines=1-", "bytes=x-"] {
            check(&format!("Range: {other}"), &Asked::Whole);
        }
    }

    #[test]
    fn what_the_client_has_is_not_sent_again() {
        for (head, expected) in [
            ("Host: x", false),
            ("If-None-Match: \"tag\"", true),
            ("If-None-Match: \"other\", W/\"tag\"", true),
            ("If-None-Match: *", true),
            ("If-None-Match: \"other\"", false),
        ] {
            let mut buffer = format!("GET / HTTP/1.1\r\n{head}\r\n\r\n").into_bytes();
            let Some(Incoming::Request(request)) = parsed(&mut buffer) else { panic!("{head}") };
            assert_eq!(request.has("\"tag\""), expected, "{head}");
        }
    }

    #[test]
    fn a_range_of_another_state_of_the_file_is_ignored() {
        check("Range: bytes=4-\r\nIf-Range: \"tag\"", &Asked::Bytes(4..10));
        check("Range: bytes=4-\r\nIf-Range: \"other\"", &Asked::Whole);
        check("Range: bytes=4-\r\nIf-Range: W/\"tag\"", &Asked::Whole);
    }
}
