//! The server: connections on loopback, each answered as the script says.

mod answer;
mod request;

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};

use crate::{Error, Fault, Misbehaviour, StandIn};
use answer::Answer;
use request::{Incoming, Method, Request};

/// A connection on which no request is complete after this is closed.
const REQUEST_LIMIT: Duration = Duration::from_secs(30);

/// The day of a file that has a date in place of an entity tag.
const DATE: &str = "Wed, 01 May 2024 09:30:00 GMT";

/// After a connection that could not be accepted.
const RETRY_PAUSE: Duration = Duration::from_millis(10);

/// The stand-in publisher, serving until the value is dropped.
#[derive(Debug)]
pub struct Server {
    address: String,
    shop: Arc<Shop>,
    accepting: JoinHandle<()>,
}

/// One request that was answered, or left without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestSeen {
    /// `GET`, `HEAD`, or `other`.
    pub method: &'static str,
    /// The path, percent-decoded, without a query.
    pub path: String,
    /// The `Range` field, if any.
    pub range: Option<String>,
    /// The status sent; none where the connection was reset.
    pub status: Option<u16>,
}

/// What every connection shares.
#[derive(Debug)]
struct Shop {
    stand_in: Arc<StandIn>,
    script: Mutex<Misbehaviour>,
    seen: Mutex<Vec<RequestSeen>>,
}

impl StandIn {
    /// Serves every release on a free port of loopback until the value is dropped.
    ///
    /// Each release stands at the path of its address: `GET` and `HEAD`, ranges from a byte on, a strong entity tag
    /// and no date. So do the pages that list them. Any other path is 404. The script says which answers go wrong. The connections are served by the
    /// Tokio runtime that this is called on.
    ///
    /// # Errors
    ///
    /// [`Error::Listen`] when no port is free.
    pub async fn serve(self: Arc<Self>, script: Misbehaviour) -> Result<Server, Error> {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|source| Error::Listen { source })?;
        let address = listener.local_addr().map_err(|source| Error::Listen { source })?;
        let shop = Arc::new(Shop { stand_in: self, script: Mutex::new(script), seen: Mutex::default() });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shop)));
        Ok(Server { address: format!("http://{address}"), shop, accepting })
    }
}

impl Server {
    /// Where it listens: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Does other things wrong from now on.
    pub fn misbehave(&self, script: Misbehaviour) {
        *self.shop.script.lock().unwrap_or_else(PoisonError::into_inner) = script;
    }

    /// Every request so far, in the order of the answers.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestSeen> {
        self.shop.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The connections are in a set that the task owns, so they end with it.
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, shop: Arc<Shop>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                match accepted {
                    Ok((stream, _)) => { connections.spawn(converse(stream, Arc::clone(&shop))); }
                    // The client of a failed connection notices; the pause is for a system that is out of sockets.
                    Err(_) => sleep(RETRY_PAUSE).await,
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Answers the requests of one connection. An error in reading or writing means that the client has gone.
async fn converse(mut stream: TcpStream, shop: Arc<Shop>) {
    let mut buffer = Vec::new();
    while let Ok(Ok(incoming)) = timeout(REQUEST_LIMIT, request::read(&mut stream, &mut buffer)).await {
        let request = match incoming {
            Incoming::Request(request) => request,
            Incoming::Closed => return,
            Incoming::Malformed => return refuse(&mut stream, 400, "that is no HTTP/1.1 request").await,
            Incoming::TooLarge => {
                return refuse(&mut stream, 431, "that is more than a request may be").await;
            }
        };
        let fault = shop.script.lock().unwrap_or_else(PoisonError::into_inner).next(&request.path);
        if fault == Fault::Reset {
            shop.note(&request, None);
            // The system sends a reset when a connection is dropped that may not linger; without it, an end.
            let _ = stream.set_zero_linger();
            return;
        }
        if matches!(fault, Fault::Hang | Fault::SlowHead | Fault::LongHead | Fault::Garbage) {
            shop.note(&request, None);
            // The client may have gone; there is nobody to tell.
            let _ = answer::send_no_answer(&mut stream, &fault).await;
            return;
        }
        if fault == Fault::Hints && answer::send_hints(&mut stream).await.is_err() {
            return;
        }
        let answer = shop.answer(&request, &fault).await;
        // Before it is sent, so that who has the answer can see it noted.
        shop.note(&request, Some(answer.status));
        match answer.send(&mut stream, request.method, &fault, request.is_keep_alive).await {
            Ok(true) => {}
            Ok(false) | Err(_) => return,
        }
    }
}

async fn refuse(stream: &mut TcpStream, status: u16, text: &str) {
    // The client may have gone; there is nobody to tell.
    let _ = Answer::text(status, text).send(stream, Method::Other, &Fault::None, false).await;
}

impl Shop {
    async fn answer(&self, request: &Request, fault: &Fault) -> Answer {
        match fault {
            Fault::Status(status) => return Answer::text(*status, "the script says so"),
            Fault::TooManyRequests { retry_after_s } => {
                return Answer::text(429, "not so fast").with("Retry-After", retry_after_s.to_string());
            }
            Fault::Unavailable => return Answer::text(503, "try again later"),
            Fault::HtmlInstead => return Answer::challenge(),
            Fault::RedirectTo(address) => {
                return Answer::text(302, "it is elsewhere").with("Location", address.clone());
            }
            Fault::StatusWith(status, fields) => {
                let answer = Answer::text(*status, "the script says so");
                return fields.iter().fold(answer, |answer, (name, value)| answer.with(name, value.clone()));
            }
            Fault::NotModified if request.is_conditional => return Answer::nothing(304),
            Fault::None
            | Fault::NotModified
            | Fault::CutDated(_)
            | Fault::Framed(..)
            | Fault::Resumed(_)
            | Fault::Endless { .. }
            | Fault::Fields(_)
            | Fault::Instead(_)
            | Fault::OtherFile(_)
            | Fault::ChangedUnderSameTag { .. }
            | Fault::Hints
            | Fault::Hang
            | Fault::SlowHead
            | Fault::LongHead
            | Fault::Garbage
            | Fault::Slow { .. }
            | Fault::CutAt(_)
            | Fault::WrongLength { .. }
            | Fault::ChangedBytes
            | Fault::Reset => {}
        }
        if request.method == Method::Other {
            return Answer::text(405, "only GET and HEAD are understood")
                .with("Allow", "GET, HEAD".to_owned());
        }
        if let Some(page) = self.stand_in.page(&request.path) {
            return Answer::page(page);
        }
        let path = if let Fault::OtherFile(path) = fault { path } else { &request.path };
        let Some(shelved) = self.stand_in.shelved(path) else {
            return Answer::text(404, "no release has this path");
        };
        let is_changed = matches!(fault, Fault::ChangedBytes | Fault::ChangedUnderSameTag { .. });
        let pack = shelved.pack(&self.stand_in, is_changed).await;
        let published = shelved.pack(&self.stand_in, false).await;
        let (pack, published) = match (pack, published) {
            (Ok(pack), Ok(published)) => (pack, published),
            (Err(error), _) | (_, Err(error)) => return Answer::text(500, &error.to_string()),
        };
        let answer = || Answer::pack(request, &pack, shelved.release.format);
        match fault {
            Fault::Instead(kind) => Answer::instead(*kind, &pack.bytes),
            Fault::Resumed(how) => Answer::resumed(request, &pack, how).unwrap_or_else(answer),
            Fault::CutDated(_) => answer().without("ETag").with("Last-Modified", DATE.to_owned()),
            Fault::ChangedUnderSameTag { is_conditional: true } if request.has(&published.etag) => {
                Answer::nothing(304)
            }
            Fault::ChangedUnderSameTag { .. } => answer().replacing("ETag", published.etag.clone()),
            Fault::Fields(fields) => {
                let plain = answer().without("ETag");
                fields.iter().fold(plain, |answer, (name, value)| answer.replacing(name, value.clone()))
            }
            _ => answer(),
        }
    }

    fn note(&self, request: &Request, status: Option<u16>) {
        let method = match request.method {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Other => "other",
        };
        let seen = RequestSeen { method, path: request.path.clone(), range: request.range.clone(), status };
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
    }
}
