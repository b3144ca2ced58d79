//! The server as a raw client sees it, behaving and misbehaving.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    sync::Arc,
    time::{Duration, Instant},
};

use iapt_files::Sha256;
use iapt_publisher::{RequestSeen, Server, StandIn};

use crate::fixture::{EXPECTED_RAR, EXPECTED_ZIP, RAR_PATH, ZIP_PATH, release, stand_in, text};

/// One answer, as it came over the wire.
struct Reply {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Reply {
    fn field(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.filter(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    fn length(&self) -> usize {
        self.field("Content-Length").unwrap().parse().unwrap()
    }
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.address().strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// Sends bytes on a new connection and reads to its end.
fn exchange(server: &Server, sent: &str) -> std::io::Result<Reply> {
    let mut stream = connect(server);
    stream.write_all(sent.as_bytes())?;
    let mut received = Vec::new();
    stream.read_to_end(&mut received)?;
    let end = received.windows(4).position(|window| window == b"\r\n\r\n").ok_or(ErrorKind::UnexpectedEof)?;
    let head = String::from_utf8(received[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Ok(Reply { status, head, body: received[end + 4..].to_vec() })
}

fn get_with(server: &Server, path: &str, fields: &str) -> std::io::Result<Reply> {
    let path = path.replace(' ', "%20");
    exchange(server, &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{fields}\r\n"))
}

fn get(server: &Server, path: &str) -> Reply {
    get_with(server, path, "").unwrap()
}

async fn serve(script: &str) -> (Arc<StandIn>, Server) {
    let stand_in = stand_in(&[]).unwrap();
    let server = Arc::clone(&stand_in).serve(script.parse().unwrap()).await.unwrap();
    (stand_in, server)
}

fn zip_pack(stand_in: &StandIn) -> Vec<u8> {
    stand_in.pack(&release(stand_in, "2017-18")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_release_stands_at_its_path() {
    let (stand_in, server) = serve("").await;
    for (path, period, content_type, expected) in [
        (ZIP_PATH, "2017-18", "application/zip", EXPECTED_ZIP),
        (RAR_PATH, "2018-19", "application/vnd.rar", EXPECTED_RAR),
    ] {
        let reply = get(&server, path);
        let pack = stand_in.pack(&release(&stand_in, period)).unwrap();
        assert_eq!((reply.status, reply.length()), (200, pack.len()), "{path}");
        assert_eq!(reply.field("Content-Type"), Some(content_type));
        assert_eq!(reply.field("ETag"), Some(format!("\"{}\"", Sha256::of(&pack)).as_str()));
        assert_eq!(reply.field("Last-Modified"), None);
        assert_eq!(reply.body, pack);
        assert_eq!(text(&reply.body), expected);
    }
    for path in ["/", "/annual-2017-18.zip", "/1A/F2ABB3/annual-2019-20.zip"] {
        assert_eq!(get(&server, path).status, 404, "{path}");
    }
    let seen = server.requests();
    let first = RequestSeen { method: "GET", path: ZIP_PATH.to_owned(), range: None, status: Some(200) };
    assert_eq!(seen.first(), Some(&first));
    assert_eq!(seen.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_has_the_fields_and_no_body() {
    let (stand_in, server) = serve("").await;
    let reply = exchange(&server, &format!("HEAD {ZIP_PATH} HTTP/1.1\r\nConnection: close\r\n\r\n")).unwrap();
    assert_eq!((reply.status, reply.length(), reply.body.len()), (200, zip_pack(&stand_in).len(), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_is_served_while_the_file_is_the_same() {
    let (stand_in, server) = serve("").await;
    let pack = zip_pack(&stand_in);
    let length = pack.len();
    let etag = format!("\"{}\"", Sha256::of(&pack));
    for (fields, status, range) in [
        ("Range: bytes=10-\r\n".to_owned(), 206, 10..length),
        ("Range: bytes=10-19\r\n".to_owned(), 206, 10..20),
        (format!("Range: bytes=10-\r\nIf-Range: {etag}\r\n"), 206, 10..length),
        ("Range: bytes=10-\r\nIf-Range: \"0000\"\r\n".to_owned(), 200, 0..length),
        ("Range: bytes=-5\r\n".to_owned(), 200, 0..length),
    ] {
        let reply = get_with(&server, ZIP_PATH, &fields).unwrap();
        assert_eq!((reply.status, reply.length()), (status, range.len()), "{fields}");
        assert_eq!(reply.body, pack[range.clone()], "{fields}");
        let said = (status == 206).then(|| format!("bytes {}-{}/{length}", range.start, range.end - 1));
        assert_eq!(reply.field("Content-Range"), said.as_deref());
        assert_eq!(reply.field("ETag"), Some(etag.as_str()));
    }
    let beyond = get_with(&server, ZIP_PATH, &format!("Range: bytes={length}-\r\n")).unwrap();
    assert_eq!(beyond.status, 416);
    assert_eq!(beyond.field("Content-Range"), Some(format!("bytes */{length}").as_str()));
    assert_eq!(server.requests()[0].range.as_deref(), Some("bytes=10-"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_serves_several_requests() {
    let (stand_in, server) = serve("").await;
    let pack = zip_pack(&stand_in);
    let mut stream = connect(&server);
    // Two requests in one piece, then one that comes in two.
    let request = format!("GET {ZIP_PATH} HTTP/1.1\r\nHost: x\r\n\r\n");
    stream.write_all(request.repeat(2).as_bytes()).unwrap();
    let mut received = Vec::new();
    let mut read_one = |stream: &mut TcpStream| {
        let mut buffer = [0; 4096];
        loop {
            if let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n")
                && received.len() >= end + 4 + pack.len()
            {
                let rest = received.split_off(end + 4 + pack.len());
                let reply = std::mem::replace(&mut received, rest);
                return reply[end + 4..].to_vec();
            }
            let n_read = stream.read(&mut buffer).unwrap();
            assert_ne!(n_read, 0);
            received.extend_from_slice(&buffer[..n_read]);
        }
    };
    assert_eq!(read_one(&mut stream), pack);
    assert_eq!(read_one(&mut stream), pack);
    let (before, after) = request.split_at(20);
    stream.write_all(before.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(20));
    stream.write_all(after.as_bytes()).unwrap();
    assert_eq!(read_one(&mut stream), pack);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_is_refused() {
    let (_, server) = serve("").await;
    for (sent, status) in [
        ("nonsense\r\n\r\n".to_owned(), 400),
        (format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(65)), 431),
        (format!("GET / HTTP/1.1\r\nX: {}", "y".repeat(16 << 10)), 431),
        (format!("DELETE {ZIP_PATH} HTTP/1.1\r\nConnection: close\r\n\r\n"), 405),
        (format!("POST {ZIP_PATH} HTTP/1.1\r\nContent-Length: 2\r\n\r\nab"), 405),
    ] {
        let reply = exchange(&server, &sent).unwrap_or_else(|error| panic!("{status}: {error}"));
        assert_eq!(reply.status, status);
    }
    assert_eq!(get(&server, ZIP_PATH).status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_download_is_resumed_by_a_range() {
    let (stand_in, server) = serve("cut:100").await;
    let pack = zip_pack(&stand_in);
    let first = get(&server, ZIP_PATH);
    assert_eq!((first.status, first.length(), first.body.len()), (200, pack.len(), 100));
    let fields = format!("Range: bytes=100-\r\nIf-Range: {}\r\n", first.field("ETag").unwrap());
    let rest = get_with(&server, ZIP_PATH, &fields).unwrap();
    assert_eq!(rest.status, 206);
    assert_eq!([first.body, rest.body].concat(), pack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_length_announces_more_than_there_is() {
    let (stand_in, server) = serve("length:7").await;
    let pack = zip_pack(&stand_in);
    // Without `Connection: close` too, the end of the connection is all that tells.
    let reply = exchange(&server, &format!("GET {ZIP_PATH} HTTP/1.1\r\n\r\n")).unwrap();
    assert_eq!((reply.length(), &reply.body), (pack.len() + 7, &pack));
    assert_eq!(get(&server, ZIP_PATH).length(), pack.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_answer_takes_its_time_and_is_whole() {
    let (stand_in, server) = serve("slow:150ms").await;
    let start = Instant::now();
    assert_eq!(get(&server, ZIP_PATH).body, zip_pack(&stand_in));
    assert!(start.elapsed() >= Duration::from_millis(150));
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_answered_once_and_then_all_is_well() {
    let (_, server) = serve("404,429:2,503,html,redirect:/elsewhere,418").await;
    let replies: Vec<Reply> = (0..7).map(|_| get(&server, ZIP_PATH)).collect();
    let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses, [404, 429, 503, 200, 302, 418, 200]);
    assert_eq!(replies[1].field("Retry-After"), Some("2"));
    assert_eq!(replies[2].field("Retry-After"), None);
    assert_eq!(replies[3].field("Content-Type"), Some("text/html; charset=utf-8"));
    assert!(replies[3].body.starts_with(b"<!DOCTYPE html>"));
    assert_eq!(replies[4].field("Location"), Some("/elsewhere"));
    assert_eq!(text(&replies[6].body), EXPECTED_ZIP);
    let seen: Vec<Option<u16>> = server.requests().into_iter().map(|request| request.status).collect();
    assert_eq!(seen, statuses.into_iter().map(Some).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_bytes_are_another_pack_of_the_same_figures() {
    let (stand_in, server) = serve("changed*2").await;
    for (path, period, expected) in [(ZIP_PATH, "2017-18", EXPECTED_ZIP), (RAR_PATH, "2018-19", EXPECTED_RAR)]
    {
        let changed = get(&server, path);
        assert_eq!(changed.field("ETag"), Some(format!("\"{}\"", Sha256::of(&changed.body)).as_str()));
        assert_ne!(changed.body, stand_in.pack(&release(&stand_in, period)).unwrap());
        assert_eq!(text(&changed.body), expected);
    }
    assert_eq!(get(&server, ZIP_PATH).body, zip_pack(&stand_in));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_leaves_no_answer() {
    let (_, server) = serve("reset").await;
    let error = get_with(&server, ZIP_PATH, "").err().unwrap();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(server.requests()[0].status, None);
    assert_eq!(get(&server, ZIP_PATH).status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_a_path_wait_for_it() {
    let (_, server) = serve("2018-19.rar=404").await;
    assert_eq!(get(&server, ZIP_PATH).status, 200);
    assert_eq!(get(&server, RAR_PATH).status, 404);
    assert_eq!(get(&server, RAR_PATH).status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_server_stops_listening_and_talking() {
    let (_, server) = serve("").await;
    let mut open = connect(&server);
    open.write_all(format!("GET {ZIP_PATH} HTTP/1.1\r\n\r\n").as_bytes()).unwrap();
    let mut byte = [0];
    open.read_exact(&mut byte).unwrap();
    let address = server.address().strip_prefix("http://").unwrap().to_owned();
    drop(server);
    // Aborting takes effect when the task is next polled.
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(TcpStream::connect(address).is_err());
    let mut rest = Vec::new();
    open.read_to_end(&mut rest).unwrap();
}
