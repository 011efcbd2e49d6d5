//! Connecting by TCP: passwords that stay secret, and TLS with every `sslmode`.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use workroom::event::Silent;
use workroom::server::{Options, Server, reset};

use crate::server::fast_folder;
use crate::support::command::workroom;
use crate::support::project::{ORDERS, TestProject};
use crate::support::server::{NEWEST, execute};

/// A server that listens on 127.0.0.1 with a password.
struct Tcp {
    options: Options,
    server: Server,
    port: u16,
    _folder: TempDir,
}

impl Tcp {
    fn start(major: u32) -> Self {
        let folder = fast_folder();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let options = Options {
            data: Some(folder.path().join("data")),
            major: Some(major),
            port: Some(port),
            ..Options::default()
        };
        let server = Server::start(&options, &Silent).unwrap();
        Self {
            options,
            server,
            port,
            _folder: folder,
        }
    }

    /// A URL of the user on this host, with the rest behind it.
    fn url(&self, host: &str, rest: &str) -> String {
        let password = self.server.tcp_url().unwrap().unwrap();
        let password = password.split([':', '@']).nth(2).unwrap().to_owned();
        format!(
            "postgres://postgres:{password}@{host}:{}/postgres{rest}",
            self.port
        )
    }

    /// The data folder's path of a file that belongs to the server's account.
    fn give(&self, name: &str, text: &str) -> PathBuf {
        let data = fs::canonicalize(self.server.folder().join("data")).unwrap();
        let owner = fs::metadata(&data).unwrap();
        let path = data.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
        path
    }
}

impl Drop for Tcp {
    fn drop(&mut self) {
        let _ = reset(&self.options, &Silent);
    }
}

/// An authority that signs certificates.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "An authority for tests");
        let certificate = params.self_signed(&key).unwrap().pem();
        Self {
            issuer: Issuer::new(params, key),
            certificate,
        }
    }

    /// Certificate and key for a name.
    fn sign(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

fn status(project: &TestProject, url: &str) -> String {
    project.workroom(["db", "status"]).on(url).run()
}

#[test]
fn a_password_is_never_shown() {
    let tcp = Tcp::start(NEWEST);
    let project = TestProject::new(&[ORDERS]);
    let wrong = format!(
        "postgres://postgres:hunter2-s3cret@127.0.0.1:{}/postgres",
        tcp.port
    );
    let mut said = status(&project, &wrong);
    assert_snapshot!(said, @r#"
        ----- stderr -----
        error: cannot connect to postgres@127.0.0.1:[port]/postgres
        cause: password authentication failed for user "postgres" (28P01)
        hint: check user and password; a password may also come from PGPASSWORD or ~/.pgpass
        exit status: 2
        "#);
    let url = format!("postgres://postgres@127.0.0.1:{}/postgres", tcp.port);
    said += &project
        .workroom(["db", "status", "-v"])
        .on(&url)
        .env("PGPASSWORD", "hunter2-s3cret")
        .run();
    for url in [
        "postgres://ann:hunter2-s3cret@host:port/x",
        "postgres://ann:hunter2-s3cret@nowhere.invalid/x?sslmode=maybe",
        "host=127.0.0.1 port=1 user=ann password='hunter2-s3cret",
        "host=127.0.0.1 port=1 user=ann password=hunter2-s3cret",
        "mysql://ann:hunter2-s3cret@host/x",
        "ann:hunter2-s3cret",
    ] {
        let output = status(&project, url);
        assert!(output.ends_with("exit status: 2\n"), "{url}\n{output}");
        said += &output;
        said += &workroom(["db", "status", "--database-url", url])
            .within(project.folder())
            .run();
    }
    assert!(
        !said.contains("hunter2") && !said.contains("s3cret"),
        "{said}"
    );
    let right = tcp.url("127.0.0.1", "");
    let output = status(&project, &right);
    assert!(output.ends_with("exit status: 0\n"), "{output}");
}

#[test]
fn tls_is_as_strict_as_it_is_asked_to_be() {
    // The wheel's servers are built without TLS; Debian's 15 has it.
    let tcp = Tcp::start(15);
    let project = TestProject::new(&[ORDERS]);
    let run = |host: &str, rest: &str| status(&project, &tcp.url(host, rest));
    let shown = |output: &str| output.ends_with("exit status: 0\n");

    // Without TLS on the server, `require` is refused and `prefer` goes on.
    assert_snapshot!(run("localhost", "?sslmode=require"), @"
        ----- stderr -----
        error: cannot connect to postgres@localhost:[port]/postgres
        cause: server does not support TLS
        cause: error performing TLS handshake
        hint: check host, port and TLS mode of the database URL, and that the server is running
        hint: without a database URL, workroom runs an embedded server
        exit status: 2
        ");
    assert!(shown(&run("localhost", "?sslmode=prefer")));

    let (authority, other) = (Authority::new(), Authority::new());
    let (certificate, key) = authority.sign("localhost");
    tcp.give("tls.crt", &certificate);
    tcp.give("tls.key", &key);
    tcp.give("clients.crt", &authority.certificate);
    let superuser = tcp.server.url();
    for setting in [
        "ssl_cert_file = 'tls.crt'",
        "ssl_key_file = 'tls.key'",
        "ssl_ca_file = 'clients.crt'",
        "ssl = on",
    ] {
        execute(&superuser, &format!("alter system set {setting}"));
    }
    let hba = PathBuf::from(&crate::support::server::query(&superuser, "show hba_file")[0]);
    let rules = fs::read_to_string(&hba).unwrap();
    fs::write(
        &hba,
        format!(
            "hostssl all carol 127.0.0.1/32 cert\nhostnossl all all 127.0.0.1/32 reject\n{rules}"
        ),
    )
    .unwrap();
    execute(
        &superuser,
        "create role carol login superuser; select pg_reload_conf()",
    );
    crate::support::command::eventually("the server speaks TLS", || {
        shown(&run("localhost", "?sslmode=require"))
    });

    let files = TempDir::new().unwrap();
    let file = |name: &str, text: &str| -> String {
        let path: &Path = &files.path().join(name);
        fs::write(path, text).unwrap();
        path.display().to_string()
    };
    let root = file("root.crt", &authority.certificate);
    let wrong = file("wrong.crt", &other.certificate);

    assert_snapshot!(run("localhost", "?sslmode=disable"), @r#"
        ----- stderr -----
        error: cannot connect to postgres@localhost:[port]/postgres
        cause: pg_hba.conf rejects connection for host "127.0.0.1", user "postgres", database "postgres", no encryption (28000)
        hint: check user and password; a password may also come from PGPASSWORD or ~/.pgpass
        exit status: 2
        "#);
    assert!(shown(&run(
        "127.0.0.1",
        &format!("?sslmode=verify-ca&sslrootcert={root}")
    )));
    assert!(shown(&run(
        "localhost",
        &format!("?sslmode=verify-full&sslrootcert={root}")
    )));
    for (host, mode, authority, why) in [
        ("127.0.0.1", "verify-full", &root, "another name"),
        ("localhost", "verify-ca", &wrong, "another authority"),
        ("localhost", "require", &wrong, "another authority"),
        ("localhost", "verify-full", &wrong, "another authority"),
    ] {
        let output = run(host, &format!("?sslmode={mode}&sslrootcert={authority}"));
        assert!(output.contains("certificate"), "{mode}, {why}\n{output}");
        assert!(
            output.ends_with("exit status: 2\n"),
            "{mode}, {why}\n{output}"
        );
    }
    let output = project
        .workroom(["db", "status"])
        .on(&tcp.url(
            "localhost",
            &format!("?sslmode=verify-full&sslrootcert={wrong}"),
        ))
        .run();
    assert_snapshot!(output, @"
        ----- stderr -----
        error: cannot connect to postgres@localhost:[port]/postgres
        cause: invalid peer certificate: BadSignature
        cause: error performing TLS handshake
        hint: the server's certificate is not signed by `sslrootcert`, or was made for another host name: check both, and that the URL names the server that is meant
        exit status: 2
        ");
    let missing = project
        .workroom(["db", "status"])
        .on(&tcp.url("localhost", "?sslmode=verify-full&sslrootcert=/nowhere.crt"))
        .run();
    assert_snapshot!(missing, @"
        ----- stderr -----
        error: /nowhere.crt cannot be used for TLS
        cause: I/O error: No such file or directory (os error 2)
        hint: check `sslrootcert` in the database URL: a readable file in PEM format
        exit status: 2
        ");

    // A client certificate instead of a password.
    let (certificate, key) = authority.sign("carol");
    let (certificate, key) = (file("carol.crt", &certificate), file("carol.key", &key));
    let carol = format!(
        "postgres://carol@localhost:{}/postgres?sslmode=verify-full&sslrootcert={root}",
        tcp.port
    );
    assert!(!shown(&status(&project, &carol)));
    assert_snapshot!(status(&project, &format!("{carol}&sslcert={certificate}")), @"
        ----- stderr -----
        error: a client certificate needs both `sslcert` and `sslkey`
        hint: give both in the database URL, or set both PGSSLCERT and PGSSLKEY
        exit status: 2
        ");
    let output = status(
        &project,
        &format!("{carol}&sslcert={certificate}&sslkey={key}"),
    );
    assert!(shown(&output), "{output}");
    // The same from libpq's variables.
    let output = project
        .workroom(["db", "status"])
        .on(&format!("postgres://carol@localhost:{}/postgres", tcp.port))
        .env("PGSSLMODE", "verify-full")
        .env("PGSSLROOTCERT", &root)
        .env("PGSSLCERT", &certificate)
        .env("PGSSLKEY", &key)
        .run();
    assert!(shown(&output), "{output}");
}
