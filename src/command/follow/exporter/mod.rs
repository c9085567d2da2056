//! The metrics on a TCP port, for Prometheus to fetch.

mod deadline;
mod request;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Serves the text published last.
///
/// Each connection has a thread of its own, at most [`Self::MAX_CONNECTIONS`] at a time; one more is closed at once. A
/// connection ends after [`Self::PATIENCE`], however slow its other end is. Dropped, it serves no longer.
pub struct Exporter {
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// What the threads of an exporter have in common.
#[derive(Default)]
struct Shared {
    text: Mutex<Arc<str>>,
    connections: AtomicUsize,
    ended: AtomicBool,
}

impl Exporter {
    /// How many connections are served at a time.
    pub const MAX_CONNECTIONS: usize = 8;

    /// How long a connection may take from its begin to the end of the answer.
    pub const PATIENCE: Duration = Duration::from_secs(5);

    /// Begins to serve an empty text on `address`; with port 0 the system chooses one.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on, or no thread be begun.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let shared = Arc::<Shared>::default();
        let served = Arc::clone(&shared);
        thread::Builder::new().name("metrics".to_owned()).spawn(move || accept(&listener, &served))?;
        Ok(Self { address, shared })
    }

    /// The address that is listened on.
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves `text` from now on. Waits for nobody who is reading.
    pub fn publish(&self, text: String) {
        *self.shared.text.lock().unwrap_or_else(PoisonError::into_inner) = text.into();
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Release);
        // A last connection wakes the thread that waits for one.
        let ip = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        drop(TcpStream::connect_timeout(&SocketAddr::new(ip, self.address.port()), WAKE));
    }
}

/// Takes connections until the exporter is gone.
fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    loop {
        let connection = listener.accept();
        if shared.ended.load(Ordering::Acquire) {
            return;
        }
        match connection {
            Ok((connection, _)) => serve(connection, shared),
            // No more files can be opened, or the other end is gone already: not to be asked again at once.
            Err(_) => thread::sleep(PAUSE),
        }
    }
}

/// Serves a connection on a thread of its own, where there are not too many.
fn serve(connection: TcpStream, shared: &Arc<Shared>) {
    let before = shared.connections.fetch_add(1, Ordering::AcqRel);
    let place = Place(Arc::clone(shared));
    if before >= Exporter::MAX_CONNECTIONS {
        return;
    }
    // Where no thread can be begun the connection is closed.
    drop(thread::Builder::new().name("metrics".to_owned()).spawn(move || {
        let text = Arc::clone(&place.0.text.lock().unwrap_or_else(PoisonError::into_inner));
        // Whoever goes away before the end has lost interest.
        drop(request::answer(&connection, &text, Exporter::PATIENCE));
    }));
}

/// A connection's place among those that may be served; given back when it is dropped.
struct Place(Arc<Shared>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::AcqRel);
    }
}

/// How long the end waits for its own connection.
const WAKE: Duration = Duration::from_millis(200);

/// How long nothing is taken after a connection could not be.
const PAUSE: Duration = Duration::from_millis(100);
