//! A socket before the server that answers late, as over a distance, and counts what is asked.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// Passes on everything, half the delay later in each direction.
pub(crate) struct Wire {
    folder: PathBuf,
    questions: Arc<AtomicUsize>,
    received: Arc<AtomicUsize>,
}

impl Wire {
    /// Stands before a server's socket; the folder is its own.
    pub(crate) fn to(server: PathBuf, folder: PathBuf, delay: Duration) -> Self {
        std::fs::create_dir_all(&folder).unwrap();
        let listener = UnixListener::bind(folder.join(".s.PGSQL.5432")).unwrap();
        let questions = Arc::new(AtomicUsize::new(0));
        let received = Arc::new(AtomicUsize::new(0));
        let (counter, answers) = (Arc::clone(&questions), Arc::clone(&received));
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let server = UnixStream::connect(&server).unwrap();
                let to_server = late(server.try_clone().unwrap(), delay / 2);
                let to_client = late(client.try_clone().unwrap(), delay / 2);
                let counter = Arc::clone(&counter);
                std::thread::spawn(move || messages(client, &to_server, &counter));
                let answers = Arc::clone(&answers);
                std::thread::spawn(move || bytes(server, &to_client, &answers));
            }
        });
        Self {
            folder,
            questions,
            received,
        }
    }

    /// The folder of its socket.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Messages since the last call that wanted an answer, and bytes that came from the server.
    pub(crate) fn taken(&self) -> (usize, usize) {
        let taken = |counter: &AtomicUsize| counter.swap(0, Ordering::SeqCst);
        (taken(&self.questions), taken(&self.received))
    }
}

type Late = Sender<(Instant, Vec<u8>)>;

/// Writes what is sent when its time has come; an end without more closes the stream.
fn late(mut stream: UnixStream, delay: Duration) -> Late {
    let (sender, receiver): (Late, Receiver<_>) = channel();
    std::thread::spawn(move || {
        for (read, bytes) in receiver {
            std::thread::sleep((read + delay).saturating_duration_since(Instant::now()));
            if stream.write_all(&bytes).is_err() {
                break;
            }
        }
        let _ = stream.shutdown(Shutdown::Both);
    });
    sender
}

fn bytes(mut stream: UnixStream, late: &Late, received: &AtomicUsize) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        received.fetch_add(length, Ordering::SeqCst);
        if late
            .send((Instant::now(), buffer[..length].to_vec()))
            .is_err()
        {
            break;
        }
    }
}

/// The first message has no type, the others begin with it.
fn messages(mut stream: UnixStream, late: &Late, questions: &AtomicUsize) {
    let mut is_first = true;
    loop {
        let head = if is_first { 4 } else { 5 };
        let mut message = vec![0; head];
        if stream.read_exact(&mut message).is_err() {
            return;
        }
        let length = u32::from_be_bytes(message[head - 4..].try_into().unwrap()) as usize;
        message.resize(head + length - 4, 0);
        if stream.read_exact(&mut message[head..]).is_err() {
            return;
        }
        if !is_first && matches!(message[0], b'Q' | b'S') {
            questions.fetch_add(1, Ordering::SeqCst);
        }
        is_first = false;
        if late.send((Instant::now(), message)).is_err() {
            return;
        }
    }
}
