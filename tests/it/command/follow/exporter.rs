//! Metrics fetched from an exporter.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use sagap::command::follow::Exporter;

fn exporter() -> Exporter {
    Exporter::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap()
}

fn fetched(exporter: &Exporter, request: &str) -> String {
    let mut connection = TcpStream::connect(exporter.local_addr()).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    connection.write_all(request.as_bytes()).unwrap();
    let mut told = String::new();
    connection.read_to_string(&mut told).unwrap();
    told
}

const GET: &str = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";

#[test]
fn the_text_published_last_is_served() {
    let exporter = exporter();
    assert!(fetched(&exporter, GET).ends_with("\r\n\r\n"));
    let long = "sagap_frames_total 1\n".repeat(100_000);
    for text in ["first\n", "second\n", &long] {
        exporter.publish(text.to_owned());
        assert!(fetched(&exporter, GET).ends_with(&format!("\r\n\r\n{text}")));
    }
    let post = format!("POST /metrics HTTP/1.1\r\nContent-Length: 50000\r\n\r\n{}", "x".repeat(50_000));
    assert!(fetched(&exporter, &post).starts_with("HTTP/1.1 405 "));
}

#[test]
fn clients_that_say_nothing_or_read_nothing_keep_nobody_waiting() {
    let exporter = exporter();
    exporter.publish("x".repeat(50_000_000));
    let connect = || TcpStream::connect(exporter.local_addr()).unwrap();
    let silent: Vec<TcpStream> = (0..3).map(|_| connect()).collect();
    let deaf: Vec<TcpStream> = (0..3).map(|_| connect()).collect();
    for mut connection in &deaf {
        connection.write_all(GET.as_bytes()).unwrap();
    }
    exporter.publish("here\n".to_owned());
    assert!(fetched(&exporter, GET).ends_with("\r\n\r\nhere\n"));
    drop((silent, deaf));
}

#[test]
fn too_many_connections_are_closed_and_their_places_come_back() {
    let exporter = exporter();
    exporter.publish("here\n".to_owned());
    let many: Vec<TcpStream> = (0..40).map(|_| TcpStream::connect(exporter.local_addr()).unwrap()).collect();
    let mut last = many.last().unwrap();
    last.set_read_timeout(Some(Exporter::PATIENCE / 2)).unwrap();
    let ended = last.read(&mut [0; 10]).map_err(|error| error.kind());
    assert!(matches!(ended, Ok(0) | Err(ErrorKind::ConnectionReset)), "{ended:?}");
    drop(many);
    // Their threads see the end of the connections before long.
    let mut told = String::new();
    for _ in 0..100 {
        let mut connection = TcpStream::connect(exporter.local_addr()).unwrap();
        let _ = connection.write_all(GET.as_bytes());
        let _ = connection.read_to_string(&mut told);
        if !told.is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(told.ends_with("\r\n\r\nhere\n"), "{told}");
}

#[test]
fn dropped_it_gives_its_port_back() {
    let exporter = exporter();
    let address = exporter.local_addr();
    assert!(Exporter::bind(address).is_err());
    drop(exporter);
    let bound = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        TcpListener::bind(address).is_ok()
    });
    assert!(bound);
}
