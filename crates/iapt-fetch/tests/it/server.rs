//! A small HTTP server that does whatever a test scripts, and remembers what it was asked.

use std::{
    sync::{Arc, Mutex, atomic::AtomicUsize, atomic::Ordering},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::sleep,
};

/// What a client asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) path: String,
    head: String,
}

impl Asked {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let is_named =
            |line: &&str| line.split(':').next().is_some_and(|found| found.eq_ignore_ascii_case(name));
        Some(self.head.lines().find(is_named)?.split_once(':')?.1.trim())
    }

    /// Where the range that is asked for begins.
    pub(crate) fn range_start(&self) -> Option<usize> {
        self.header("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
    }
}

/// What the server answers.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// How many bytes of the body are sent before the connection is cut.
    sent: Option<usize>,
    /// How long the server is silent before the last half of what it sends.
    silence: Duration,
}

impl Reply {
    pub(crate) fn new(status: u16, body: &[u8]) -> Self {
        let headers = vec![("content-length", body.len().to_string())];
        Self { status, headers, body: body.to_vec(), sent: None, silence: Duration::ZERO }
    }

    pub(crate) fn ok(body: &[u8]) -> Self {
        Self::new(200, body)
    }

    /// With another header, or another value of one.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(found, _)| *found != name);
        self.headers.push((name, value.into()));
        self
    }

    /// Without a length: the end of the connection is the end of the body.
    pub(crate) fn without_length(mut self) -> Self {
        self.headers.retain(|(found, _)| *found != "content-length");
        self
    }

    pub(crate) fn cut_after(mut self, n_bytes: usize) -> Self {
        self.sent = Some(n_bytes);
        self
    }

    pub(crate) fn silent_for(mut self, silence: Duration) -> Self {
        self.silence = silence;
        self
    }

    /// Sends it; `near_end` is called while the client still lacks the last bytes.
    async fn send(self, stream: &mut TcpStream, near_end: impl FnOnce()) -> std::io::Result<()> {
        let mut head = format!("HTTP/1.1 {} Scripted\r\nconnection: close\r\n", self.status);
        for (name, value) in &self.headers {
            head = format!("{head}{name}: {value}\r\n");
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).await?;
        let sent = &self.body[..self.sent.unwrap_or(self.body.len())];
        let (first, last) = sent.split_at(sent.len() / 2);
        stream.write_all(first).await?;
        stream.flush().await?;
        sleep(self.silence).await;
        near_end();
        stream.write_all(last).await?;
        stream.shutdown().await
    }
}

type Script = dyn Fn(&Asked, usize) -> Reply + Send + Sync;

/// A running server; it stops with the test's runtime.
pub(crate) struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    most_at_once: Arc<AtomicUsize>,
}

impl Server {
    /// Answers each request by the script, which also gets the number of requests before it.
    pub(crate) async fn start(script: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Self { port, asked: Arc::default(), most_at_once: Arc::default() };
        let (asked, most_at_once) = (Arc::clone(&server.asked), Arc::clone(&server.most_at_once));
        let script: Arc<Script> = Arc::new(script);
        let at_once = Arc::new(AtomicUsize::new(0));
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                most_at_once.fetch_max(at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                let (asked, script, at_once) =
                    (Arc::clone(&asked), Arc::clone(&script), Arc::clone(&at_once));
                tokio::spawn(async move {
                    // A client that hangs up early is no fault of the server's.
                    let near_end = || _ = at_once.fetch_sub(1, Ordering::SeqCst);
                    let _ = answer(&mut stream, &asked, &script, near_end).await;
                });
            }
        });
        server
    }

    /// Answers the first request with the first reply, and so on; the last reply is repeated.
    pub(crate) async fn replying(replies: Vec<Reply>) -> Self {
        Self::start(move |_, n_before| replies[n_before.min(replies.len() - 1)].clone()).await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn most_at_once(&self) -> usize {
        self.most_at_once.load(Ordering::SeqCst)
    }
}

async fn answer(
    stream: &mut TcpStream,
    asked: &Mutex<Vec<Asked>>,
    script: &Arc<Script>,
    near_end: impl FnOnce(),
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split(' ').nth(1).unwrap().to_owned();
    let request = Asked { path, head };
    let reply = {
        let mut all = asked.lock().unwrap();
        all.push(request.clone());
        script(&request, all.len() - 1)
    };
    reply.send(stream, near_end).await
}
