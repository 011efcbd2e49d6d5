//! A TCP connection between client and server that can be cut, before a message or after it or at any moment.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// What becomes of a message of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It goes on to the server.
    Pass,
    /// The connection breaks, and it never arrives.
    CutBefore,
    /// It arrives, and the connection breaks: its answer is lost.
    CutAfter,
}

/// Listens on a port of 127.0.0.1 and passes on to a server's socket.
pub(crate) struct Wire {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    server: PathBuf,
    questions: AtomicUsize,
    ends: Mutex<Vec<(TcpStream, UnixStream)>>,
    judge: Box<dyn Fn(usize) -> Verdict + Send + Sync>,
}

impl Wire {
    /// Asks `judge` about each message that the client wants an answer to, counted from 1 over all connections.
    pub(crate) fn to(
        server: PathBuf,
        judge: impl Fn(usize) -> Verdict + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            server,
            questions: AtomicUsize::new(0),
            ends: Mutex::default(),
            judge: Box::new(judge),
        });
        let accepting = Arc::clone(&shared);
        // Ends with the process: a listener cannot be told to stop.
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                // A server that is down refuses; so does the wire.
                if let Ok(server) = UnixStream::connect(&accepting.server) {
                    pass_on(&accepting, client, server);
                }
            }
        });
        Self { port, shared }
    }

    /// A URL of a database at the other end.
    pub(crate) fn url(&self, database: &str) -> String {
        format!(
            "postgres://postgres@127.0.0.1:{}/{database}?sslmode=disable",
            self.port
        )
    }

    /// Messages so far.
    pub(crate) fn questions(&self) -> usize {
        self.shared.questions.load(Ordering::SeqCst)
    }

    /// Breaks every connection.
    pub(crate) fn cut(&self) {
        for (client, server) in self.shared.ends.lock().unwrap().drain(..) {
            let _ = client.shutdown(Shutdown::Both);
            let _ = server.shutdown(Shutdown::Both);
        }
    }
}

fn pass_on(shared: &Arc<Shared>, client: TcpStream, server: UnixStream) {
    let _ = client.set_nodelay(true);
    let copies = (client.try_clone().unwrap(), server.try_clone().unwrap());
    shared.ends.lock().unwrap().push(copies);
    let (mut from, mut to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
    let shared = Arc::clone(shared);
    std::thread::spawn(move || {
        // The client has gone, or the server: both ends are told.
        let _ = questions(&shared, &client, &server);
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
    });
}

/// Reads the client's messages one by one: the first has no type, the others begin with it.
fn questions(
    shared: &Shared,
    mut client: &TcpStream,
    mut server: &UnixStream,
) -> std::io::Result<()> {
    let mut is_first = true;
    loop {
        let mut message = vec![0; if is_first { 4 } else { 5 }];
        client.read_exact(&mut message)?;
        let length = u32::from_be_bytes(message[message.len() - 4..].try_into().unwrap());
        let head = message.len();
        message.resize(head + length as usize - 4, 0);
        client.read_exact(&mut message[head..])?;
        let verdict = if !is_first && matches!(message[0], b'Q' | b'S') {
            (shared.judge)(shared.questions.fetch_add(1, Ordering::SeqCst) + 1)
        } else {
            Verdict::Pass
        };
        is_first = false;
        if verdict != Verdict::CutBefore {
            server.write_all(&message)?;
        }
        if verdict != Verdict::Pass {
            return Ok(());
        }
    }
}
