//! Behind a pooler that shares its backends, workroom refuses instead of half-locking, and leaves nothing there.

use std::fs::{self, Permissions};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use insta::assert_snapshot;

use crate::support::command::eventually;
use crate::support::debian;
use crate::support::project::{ORDERS, TestProject};
use crate::support::server::query;

/// PgBouncer, which ends with the value.
struct Pooler {
    process: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Pooler {
    fn before(socket_folder: &str, mode: &str, ignored: &str) -> Self {
        let program = program();
        let folder = tempfile::Builder::new()
            .permissions(Permissions::from_mode(0o755))
            .tempdir_in("/tmp")
            .unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let file = folder.path().join("pgbouncer.ini");
        fs::write(folder.path().join("users"), "\"postgres\" \"\"\n").unwrap();
        let text = format!(
            "[databases]\n* = host={socket_folder} port=5432 user=postgres\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n\
             pool_mode = {mode}\ndefault_pool_size = 2\nignore_startup_parameters = {ignored}\n\
             auth_file = {}\n",
            folder.path().join("users").display()
        );
        fs::write(
            &file,
            text.replace("auth_type = any\n", "auth_type = trust\n"),
        )
        .unwrap();
        let mut command = Command::new(program);
        // Like the server, PgBouncer refuses to run as root.
        if rustix::process::geteuid().is_root() {
            command.args(["-u", owner(socket_folder).as_str()]);
        }
        let process = command
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        eventually("the pooler listens", || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        Self {
            process,
            port,
            _folder: folder,
        }
    }

    fn url(&self, database: &str) -> String {
        format!(
            "postgres://postgres@127.0.0.1:{}/{database}?sslmode=disable",
            self.port
        )
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The account that may use the socket.
fn owner(folder: &str) -> String {
    let output = Command::new("stat")
        .args(["-c", "%U", folder])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// PgBouncer on the path; otherwise it is installed, or unpacked below the build folder by who is not root.
fn program() -> PathBuf {
    let on_path = || {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path)
            .chain(["/usr/sbin".into()])
            .map(|folder| folder.join("pgbouncer"))
            .find(|program| program.is_file())
    };
    if let Some(program) = on_path() {
        return program;
    }
    if rustix::process::geteuid().is_root() {
        debian::install("pgbouncer");
        return on_path().expect("apt-get installs pgbouncer");
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pgbouncer");
    fs::create_dir_all(&folder).unwrap();
    let program = folder.join("usr/sbin/pgbouncer");
    if !program.is_file() {
        debian::run(
            &folder,
            "apt-get download pgbouncer libevent-2.1-7 libcares2 && for file in *.deb; do dpkg -x \"$file\" .; done",
        );
    }
    program
}

fn refuses(ignored: &str) -> String {
    let project = TestProject::with_database(&[ORDERS]);
    let pooler = Pooler::before(&project.database().socket_folder(), "transaction", ignored);
    let url = pooler.url(project.database().name());
    let output = project.workroom(["db", "migrate"]).on(&url).run();
    // Nothing was done, no lock is left on a pooled backend, and none of its settings was changed.
    assert_eq!(
        project.query(
            "select count(*) from pg_locks where locktype = 'advisory' \
             and database = (select oid from pg_database where datname = current_database())"
        ),
        ["0"]
    );
    assert_eq!(
        project.query("select to_regnamespace('workroom') is null"),
        ["t"]
    );
    assert_eq!(
        query(
            &url,
            "select current_setting('row_security'), current_setting('lock_timeout')"
        ),
        ["on|0"]
    );
    // Directly it works, also while the pooler holds its backends.
    project.migrate();
    output
}

#[test]
fn a_pooler_is_refused_whatever_it_does_with_start_up_parameters() {
    // One drops those that it does not know, the other rejects them.
    for ignored in ["options", "extra_float_digits"] {
        insta::allow_duplicates! {
            assert_snapshot!(refuses(ignored), @"
            ----- stderr -----
            error: the deployment lock does not stay with this session
            cause: the connection goes through a pooler: the backend was started by somebody else, and may be given to others between two messages
            hint: connect to the server itself with `--database-url`
            hint: a pooler in session mode keeps backends apart, which cannot be seen from here: if it is one, say so with `--session-pooler`
            exit status: 2
            ");
        }
    }
}

#[test]
fn a_pooler_in_session_mode_is_used_when_it_is_said_to_be_one() {
    let project = TestProject::with_database(&[ORDERS]);
    let pooler = Pooler::before(
        &project.database().socket_folder(),
        "session",
        "extra_float_digits",
    );
    let url = pooler.url(project.database().name());
    let refused = project.workroom(["db", "migrate"]).on(&url).run();
    assert!(refused.contains("`--session-pooler`"), "{refused}");
    let done = project
        .workroom(["db", "migrate", "--session-pooler"])
        .on(&url)
        .run();
    assert!(done.ends_with("exit status: 0\n"), "{done}");
    let again = project
        .workroom(["db", "migrate"])
        .on(&url)
        .env("WORKROOM_SESSION_POOLER", "1")
        .run();
    assert!(again.starts_with("nothing to do"), "{again}");
    // The pooler gives its backends back as they were.
    assert_eq!(
        project.query(
            "select count(*) from pg_locks where locktype = 'advisory' \
             and database = (select oid from pg_database where datname = current_database())"
        ),
        ["0"]
    );
    assert_eq!(
        query(&url, "select current_setting('row_security')"),
        ["on"]
    );
}
