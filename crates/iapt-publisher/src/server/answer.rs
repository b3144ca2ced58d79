//! Answers: what is said to a request, and the ways in which it can be delivered badly.

use std::{io, ops::Range, sync::Arc, time::Duration};

use iapt_model::PackFormat;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{sleep, timeout},
};

use super::request::{Asked, Method, Request};
use crate::{Extent, Fault, Framing, Instead, Resumed, stand_in::Pack};

/// A client that takes longer to take a piece of an answer is given up.
const WRITE_LIMIT: Duration = Duration::from_secs(30);

/// The page that robots are given in place of a file.
const CHALLENGE: &str = "<!DOCTYPE html>\n<html><head><title>Just a moment...</title></head>\
    <body><noscript>Enable JavaScript and cookies to continue</noscript></body></html>\n";

/// One answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    fields: Vec<(&'static str, String)>,
    body: Arc<[u8]>,
    /// The bytes of the body that are sent.
    range: Range<usize>,
}

impl Answer {
    /// A status and a line of text.
    pub(super) fn text(status: u16, text: &str) -> Self {
        Self::new(status, "text/plain; charset=utf-8", format!("{text}\n").into_bytes().into())
    }

    /// The page that robots are given.
    pub(super) fn challenge() -> Self {
        Self::page(CHALLENGE)
    }

    /// A page.
    pub(super) fn page(html: &str) -> Self {
        Self::new(200, "text/html; charset=utf-8", html.as_bytes().into())
    }

    /// A pack, or the part of it that is asked for.
    pub(super) fn pack(request: &Request, pack: &Pack, format: PackFormat) -> Self {
        if request.has(&pack.etag) {
            return Self::nothing(304).with("ETag", pack.etag.clone());
        }
        let length = pack.bytes.len();
        let content_type = match format {
            PackFormat::Zip => "application/zip",
            PackFormat::Rar => "application/vnd.rar",
            PackFormat::Csv => "text/csv",
            PackFormat::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        };
        let answer = match request.part(length, &pack.etag) {
            Asked::Whole => Self::new(200, content_type, Arc::clone(&pack.bytes)),
            Asked::Bytes(range) => {
                let said = format!("bytes {}-{}/{length}", range.start, range.end - 1);
                let whole = Self::new(206, content_type, Arc::clone(&pack.bytes));
                Self { range, ..whole }.with("Content-Range", said)
            }
            Asked::None => Self::text(416, "the file ends before that byte")
                .with("Content-Range", format!("bytes */{length}")),
        };
        answer.with("Accept-Ranges", "bytes".to_owned()).with("ETag", pack.etag.clone())
    }

    /// A status without a body.
    pub(super) fn nothing(status: u16) -> Self {
        Self { status, fields: Vec::new(), body: Arc::new([]), range: 0..0 }
    }

    /// What comes instead of a pack.
    pub(super) fn instead(kind: Instead, pack: &[u8]) -> Self {
        let line = b"upstream,error,\"try again\"\n";
        let (content_type, body): (_, Vec<u8>) = match kind {
            Instead::Fragment => {
                ("text/html", b"<div class=\"error\">\n<p>Unavailable</p></div>\n".repeat(3))
            }
            Instead::Json => ("application/json", br#"{"error": "rate limited", "retry": 30}"#.to_vec()),
            Instead::JavaScript => (
                "text/javascript",
                b"window.challenge={id:3};(function(){document.createElement(\"script\")})();\n".to_vec(),
            ),
            Instead::Text => ("text/plain", b"Service temporarily unavailable, try again\n".to_vec()),
            Instead::LongText => ("text/plain", line.iter().copied().cycle().take(pack.len()).collect()),
            Instead::Nothing => ("text/plain", Vec::new()),
            Instead::Gzip => {
                ("application/octet-stream", [b"\x1f\x8b\x08\x00\x00\x00\x00\x00", pack].concat())
            }
        };
        let answer = Self::new(200, content_type, body.into());
        if kind == Instead::Gzip { answer.with("Content-Encoding", "gzip".to_owned()) } else { answer }
    }

    /// A part of a pack other than the one that was asked for; none where no part was.
    pub(super) fn resumed(request: &Request, pack: &Pack, how: &Resumed) -> Option<Self> {
        let length = pack.bytes.len();
        let Asked::Bytes(range) = request.part(length, request.if_range.as_deref().unwrap_or_default())
        else {
            return None;
        };
        let said = |first: usize| format!("bytes {first}-{}/{length}", length - 1);
        let part =
            |from: usize, to: usize| -> Vec<u8> { pack.bytes.get(from..to).unwrap_or_default().to_vec() };
        let answer = |status, body: Vec<u8>| Self::new(status, "application/octet-stream", body.into());
        let early = range.start.saturating_sub(100);
        let tagged = |answer: Self| answer.with("ETag", pack.etag.clone());
        Some(match how {
            Resumed::Ignored => tagged(answer(200, part(0, length))),
            Resumed::Early => tagged(answer(206, part(early, length)).with("Content-Range", said(early))),
            Resumed::Elsewhere => {
                let body = part(early, early + length - range.start);
                tagged(answer(206, body).with("Content-Range", said(range.start)))
            }
            Resumed::Unsaid => tagged(answer(206, part(range.start, length))),
            Resumed::Multipart => {
                let head = format!("--X\r\nContent-Range: {}\r\n\r\n", said(range.start));
                let body = [head.into_bytes(), part(range.start, length), b"\r\n--X--\r\n".to_vec()].concat();
                tagged(Self::new(206, "multipart/byteranges; boundary=X", body.into()))
            }
            Resumed::Reissued(fields) => {
                let body = part(range.start, length).into_iter().map(|byte| byte ^ 1).collect();
                let answer = answer(206, body).with("Content-Range", said(range.start));
                fields.iter().fold(answer, |answer, (name, value)| answer.with(name, value.clone()))
            }
        })
    }

    /// The answer with a field in place of its own.
    pub(super) fn replacing(mut self, name: &'static str, value: String) -> Self {
        self.fields.retain(|(found, _)| *found != name);
        self.with(name, value)
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(found, _)| *found != name);
        self
    }

    fn new(status: u16, content_type: &str, body: Arc<[u8]>) -> Self {
        let range = 0..body.len();
        Self { status, fields: vec![("Content-Type", content_type.to_owned())], body, range }
    }

    pub(super) fn with(mut self, name: &'static str, value: String) -> Self {
        self.fields.push((name, value));
        self
    }

    /// Sends the answer, well or badly; says whether the connection can serve another request.
    pub(super) async fn send(
        &self,
        stream: &mut (impl AsyncWrite + Unpin),
        method: Method,
        fault: &Fault,
        is_keep_alive: bool,
    ) -> io::Result<bool> {
        let body =
            if method == Method::Head { &[] } else { self.body.get(self.range.clone()).unwrap_or_default() };
        let (surplus, sent, pause) = match fault {
            Fault::Framed(framing, extent) => return self.send_framed(stream, body, *framing, *extent).await,
            Fault::Endless { is_announced } => return self.send_endless(stream, *is_announced).await,
            Fault::WrongLength { surplus } => (*surplus, body.len(), None),
            Fault::CutAt(bytes) | Fault::CutDated(bytes) => (0, body.len().min(*bytes), None),
            Fault::Slow { per_kib } => (0, body.len(), Some(*per_kib)),
            Fault::None
            | Fault::Resumed(_)
            | Fault::Status(_)
            | Fault::StatusWith(..)
            | Fault::Fields(_)
            | Fault::Instead(_)
            | Fault::OtherFile(_)
            | Fault::ChangedUnderSameTag { .. }
            | Fault::NotModified
            | Fault::Hints
            | Fault::Hang
            | Fault::SlowHead
            | Fault::LongHead
            | Fault::Garbage
            | Fault::TooManyRequests { .. }
            | Fault::Unavailable
            | Fault::HtmlInstead
            | Fault::ChangedBytes
            | Fault::RedirectTo(_)
            | Fault::Reset => (0, body.len(), None),
        };
        let announced = self.range.len().saturating_add(surplus);
        let is_complete = sent == body.len() && surplus == 0;
        let stays_open = is_keep_alive && is_complete;
        write(stream, self.head(&length_field(announced), is_keep_alive).as_bytes()).await?;
        let body = body.get(..sent).unwrap_or_default();
        match pause {
            None => write(stream, body).await?,
            Some(pause) => {
                for piece in body.chunks(1 << 10) {
                    write(stream, piece).await?;
                    sleep(pause).await;
                }
            }
        }
        if !stays_open {
            stream.shutdown().await?;
        }
        Ok(stays_open)
    }

    /// Sends that much of the body, its end told in that way, and ends the connection.
    async fn send_framed(
        &self,
        stream: &mut (impl AsyncWrite + Unpin),
        body: &[u8],
        framing: Framing,
        extent: Extent,
    ) -> io::Result<bool> {
        let sent = extent.of(body);
        match framing {
            Framing::Length => {
                write(stream, self.head(&length_field(sent.len()), false).as_bytes()).await?;
                write(stream, sent).await?;
            }
            Framing::Connection => {
                let head = self.head("", false).replacen("HTTP/1.1", "HTTP/1.0", 1);
                write(stream, head.as_bytes()).await?;
                write(stream, sent).await?;
            }
            Framing::Chunks => {
                write(stream, self.head("Transfer-Encoding: chunked\r\n", false).as_bytes()).await?;
                for chunk in sent.chunks(50_000) {
                    write(stream, format!("{:x}\r\n", chunk.len()).as_bytes()).await?;
                    write(stream, chunk).await?;
                    write(stream, b"\r\n").await?;
                }
                if extent == Extent::All {
                    write(stream, b"0\r\n\r\n").await?;
                }
            }
        }
        stream.shutdown().await?;
        Ok(false)
    }

    /// Sends zeros until the client goes.
    async fn send_endless(
        &self,
        stream: &mut (impl AsyncWrite + Unpin),
        is_announced: bool,
    ) -> io::Result<bool> {
        let length = if is_announced { length_field(10_000_000_000) } else { String::new() };
        write(stream, self.head(&length, false).as_bytes()).await?;
        loop {
            write(stream, &[0; 1 << 12]).await?;
        }
    }

    /// The head, with the field that tells where the body ends.
    fn head(&self, length_field: &str, is_keep_alive: bool) -> String {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.fields {
            head.extend([*name, ": ", value, "\r\n"]);
        }
        let connection = if is_keep_alive { "keep-alive" } else { "close" };
        head + &format!("{length_field}Connection: {connection}\r\n\r\n")
    }
}

fn length_field(length: usize) -> String {
    format!("Content-Length: {length}\r\n")
}

/// Two answers that are none, before the answer.
pub(super) async fn send_hints(stream: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
    write(stream, b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n").await
}

/// What comes on a connection in place of an answer, until the client goes.
pub(super) async fn send_no_answer(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    fault: &Fault,
) -> io::Result<()> {
    match fault {
        Fault::LongHead => {
            write(stream, b"HTTP/1.1 200 OK\r\n").await?;
            for number in 0..20_000 {
                write(stream, format!("X-{number}: {:0>999}\r\n", 0).as_bytes()).await?;
            }
            Ok(())
        }
        Fault::SlowHead => {
            write(stream, b"HTTP/1.1 200 OK\r\nX: ").await?;
            loop {
                write(stream, b"a").await?;
                sleep(Duration::from_millis(100)).await;
            }
        }
        Fault::Garbage => write(stream, &b"\x00\x01\x02 SSH-2.0-OpenSSH\r\n".repeat(50)).await,
        // Nothing is said; what the client says is read until it goes.
        _ => stream.read(&mut [0; 64]).await.map(drop),
    }
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
    // Piece by piece, so that the limit is on a client that has stopped and not on one that is slow.
    for piece in bytes.chunks(64 << 10) {
        timeout(WRITE_LIMIT, stream.write_all(piece)).await??;
    }
    stream.flush().await
}

/// The words after a status (RFC 9110, section 15); they may be left out.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        206 => "Partial Content",
        302 => "Found",
        304 => "Not Modified",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        416 => "Range Not Satisfiable",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "",
    }
}
