//! Answers: what is said to a request, and the ways in which it can be delivered badly.

use std::{io, ops::Range, sync::Arc, time::Duration};

use iapt_model::PackFormat;
use tokio::{
    io::{AsyncWrite, AsyncWriteExt},
    time::{sleep, timeout},
};

use super::request::{Method, Part, Request};
use crate::{Fault, stand_in::Pack};

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
            return Self { status: 304, fields: Vec::new(), body: Arc::new([]), range: 0..0 }
                .with("ETag", pack.etag.clone());
        }
        let length = pack.bytes.len();
        let content_type = match format {
            PackFormat::Zip => "application/zip",
            PackFormat::Rar => "application/vnd.rar",
            PackFormat::Csv => "text/csv",
            PackFormat::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        };
        let answer = match request.part(length, &pack.etag) {
            Part::Whole => Self::new(200, content_type, Arc::clone(&pack.bytes)),
            Part::Bytes(range) => {
                let said = format!("bytes {}-{}/{length}", range.start, range.end - 1);
                let whole = Self::new(206, content_type, Arc::clone(&pack.bytes));
                Self { range, ..whole }.with("Content-Range", said)
            }
            Part::None => Self::text(416, "the file ends before that byte")
                .with("Content-Range", format!("bytes */{length}")),
        };
        answer.with("Accept-Ranges", "bytes".to_owned()).with("ETag", pack.etag.clone())
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
            Fault::WrongLength { surplus } => (*surplus, body.len(), None),
            Fault::CutAt(bytes) => (0, body.len().min(*bytes), None),
            Fault::Slow { per_kib } => (0, body.len(), Some(*per_kib)),
            Fault::None
            | Fault::Status(_)
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
        write(stream, self.head(announced, is_keep_alive).as_bytes()).await?;
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

    fn head(&self, length: usize, is_keep_alive: bool) -> String {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.fields {
            head.extend([*name, ": ", value, "\r\n"]);
        }
        let connection = if is_keep_alive { "keep-alive" } else { "close" };
        head + &format!("Content-Length: {length}\r\nConnection: {connection}\r\n\r\n")
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
