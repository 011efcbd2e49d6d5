//! A socket between client and server that counts what the client asks for.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

/// Passes on everything between its socket and a server's, and counts.
pub(crate) struct Proxy {
    folder: TempDir,
    connections: Arc<AtomicUsize>,
    round_trips: Arc<AtomicUsize>,
}

impl Proxy {
    /// Stands before the server whose socket is this one.
    pub(crate) fn before(server: PathBuf) -> Self {
        let folder = TempDir::new().unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let round_trips = Arc::new(AtomicUsize::new(0));
        let counters = (Arc::clone(&connections), Arc::clone(&round_trips));
        // Ends with the process: a listener cannot be told to stop.
        std::thread::spawn(move || {
            for client in listener.incoming() {
                counters.0.fetch_add(1, Ordering::SeqCst);
                let server = UnixStream::connect(&server).unwrap();
                pass_on(client.unwrap(), server, &counters.1);
            }
        });
        Self {
            folder,
            connections,
            round_trips,
        }
    }

    /// The folder of its socket.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Connections so far.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Messages so far for whose answer a client has to wait.
    pub(crate) fn round_trips(&self) -> usize {
        self.round_trips.load(Ordering::SeqCst)
    }
}

fn pass_on(client: UnixStream, server: UnixStream, round_trips: &Arc<AtomicUsize>) {
    let mut answers = (server.try_clone().unwrap(), client.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut answers.0, &mut answers.1);
        let _ = answers.1.shutdown(Shutdown::Both);
    });
    let counter = Arc::clone(round_trips);
    std::thread::spawn(move || {
        // The client has gone, or the server: both ends are told.
        let _ = questions(&client, &server, &counter);
        let _ = server.shutdown(Shutdown::Both);
    });
}

/// Reads the client's messages one by one: the first has no type, the others begin with it.
fn questions(
    mut client: &UnixStream,
    mut server: &UnixStream,
    round_trips: &AtomicUsize,
) -> std::io::Result<()> {
    let mut is_first = true;
    loop {
        let mut head = vec![0; if is_first { 4 } else { 5 }];
        client.read_exact(&mut head)?;
        let length = u32::from_be_bytes(head[head.len() - 4..].try_into().unwrap());
        let mut body = vec![0; length as usize - 4];
        client.read_exact(&mut body)?;
        // Query and Sync are answered with ReadyForQuery, password messages with the next question.
        if !is_first && matches!(head[0], b'Q' | b'S' | b'p') {
            round_trips.fetch_add(1, Ordering::SeqCst);
        }
        is_first = false;
        server.write_all(&head)?;
        server.write_all(&body)?;
    }
}
