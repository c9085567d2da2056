//! One request and its answer, as much of HTTP as that takes.
//!
//! Source: RFC 9110, sections 9.3.1, 9.3.2 and 15; RFC 9112, sections 2, 3 and 9.6.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use super::deadline::Deadline;

/// Reads a request and answers it with `text`, where that is what it asks for. Ends within about `patience`.
pub(super) fn answer(connection: &TcpStream, text: &str, patience: Duration) -> io::Result<()> {
    let mut stream = Deadline::new(connection, patience);
    let head = read_head(&mut stream)?;
    stream.write_all(&response(head.as_deref(), text))?;
    // Closing while something is unread would take back what the other end has not read yet.
    connection.shutdown(Shutdown::Write)?;
    let mut rest = Deadline::new(connection, patience.min(LINGER)).take(MAX_REST);
    io::copy(&mut rest, &mut io::sink()).map(drop)
}

/// The head of a request up to its empty line; none where it is longer than it may be or ends before.
fn read_head(stream: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let (mut head, mut buffer) = (Vec::new(), [0; 1024]);
    while head.len() <= MAX_HEAD {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        // The end may stand on both sides of what came before.
        let start = head.len().saturating_sub(3);
        head.extend(buffer.iter().take(count));
        let new = head.get(start..).unwrap_or_default();
        if [&b"\r\n\r\n"[..], b"\n\n"].iter().any(|end| new.windows(end.len()).any(|it| it == *end)) {
            return Ok(Some(head).filter(|head| head.len() <= MAX_HEAD));
        }
    }
    Ok(None)
}

/// The whole answer to a request's head.
fn response(head: Option<&[u8]>, text: &str) -> Vec<u8> {
    let (status, extra, body) = match head.and_then(request_line) {
        None => ("400 Bad Request", "", "this is no HTTP request\n"),
        Some((method, _)) if !matches!(method, "GET" | "HEAD") => {
            ("405 Method Not Allowed", "Allow: GET, HEAD\r\n", "only GET and HEAD are answered\n")
        }
        Some((_, "/metrics")) => ("200 OK", "", text),
        Some((_, "/")) => ("200 OK", "", "sagap: the metrics are at /metrics\n"),
        Some(_) => ("404 Not Found", "", "there is nothing here but /metrics\n"),
    };
    let length = body.len();
    let is_head = head.and_then(request_line).is_some_and(|(method, _)| method == "HEAD");
    let body = if is_head { "" } else { body };
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {CONTENT_TYPE}\r\nContent-Length: {length}\r\n{extra}\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

/// The method and the path, without its query, of a request.
fn request_line(head: &[u8]) -> Option<(&str, &str)> {
    let line = head.split(|&byte| byte == b'\n').next()?;
    let line = std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)).ok()?;
    let mut words = line.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let is_method = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_http = matches!(version, "HTTP/1.1" | "HTTP/1.0") && words.next().is_none();
    let path = target.split('?').next()?;
    (is_method && is_http && !target.is_empty()).then_some((method, path))
}

/// Of Prometheus' text format.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Bytes of a request's head.
const MAX_HEAD: usize = 8 << 10;

/// How long what else comes is read and thrown away.
const LINGER: Duration = Duration::from_secs(1);

/// Bytes of that.
const MAX_REST: u64 = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn told(request: &[u8]) -> String {
        let head = read_head(&mut io::Cursor::new(request)).unwrap();
        String::from_utf8(response(head.as_deref(), "up 1\n")).unwrap()
    }

    fn status(request: &[u8]) -> String {
        told(request).lines().next().unwrap().to_owned()
    }

    #[test]
    fn metrics_are_given_whole_and_their_head_alone() {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n\
                    Content-Length: 5\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n";
        assert_eq!(told(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), format!("{head}up 1\n"));
        assert_eq!(told(b"GET /metrics?a=b HTTP/1.0\n\n"), format!("{head}up 1\n"));
        assert_eq!(told(b"HEAD /metrics HTTP/1.1\r\n\r\nmore"), head);
    }

    #[test]
    fn what_else_is_asked_is_refused_by_its_number() {
        assert!(told(b"GET / HTTP/1.1\r\n\r\n").ends_with("\r\n\r\nsagap: the metrics are at /metrics\n"));
        assert_eq!(status(b"GET /other HTTP/1.1\r\n\r\n"), "HTTP/1.1 404 Not Found");
        assert_eq!(status(b"GET /metrics/ HTTP/1.1\r\n\r\n"), "HTTP/1.1 404 Not Found");
        assert_eq!(status(b"POST /metrics HTTP/1.1\r\n\r\n"), "HTTP/1.1 405 Method Not Allowed");
        assert!(told(b"PUT / HTTP/1.1\r\n\r\n").contains("\r\nAllow: GET, HEAD\r\n"));
        for bad in [
            &b""[..],
            b"\r\n\r\n",
            b"GET /metrics HTTP/1.1\r\n",
            b"GET /metrics\r\n\r\n",
            b"GET /metrics HTTP/2.0\r\n\r\n",
            b"GET /metrics HTTP/1.1 x\r\n\r\n",
            b"get /metrics HTTP/1.1\r\n\r\n",
            b"GET  HTTP/1.1\r\n\r\n",
            b"\x16\x03\x01\xff\n\n",
        ] {
            assert_eq!(status(bad), "HTTP/1.1 400 Bad Request", "{bad:?}");
        }
    }

    #[test]
    fn a_head_is_bounded_and_its_end_is_found_wherever_it_comes() {
        for length in 900..1_100 {
            let filler = "x".repeat(length);
            let request = format!("GET / HTTP/1.1\r\nA: {filler}\r\n\r\n");
            assert_eq!(status(request.as_bytes()), "HTTP/1.1 200 OK", "{length}");
        }
        let long = format!("GET / HTTP/1.1\r\nA: {}\r\n\r\n", "x".repeat(9_000));
        assert_eq!(status(long.as_bytes()), "HTTP/1.1 400 Bad Request");
    }
}
