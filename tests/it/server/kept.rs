//! The kept server.

use std::fs;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use workroom::event::Silent;
use workroom::server::{Options, Server, Status, reset, status, stop};

use super::{Kept, eventually, kill, mode, open_folder};
use crate::support::server::{execute, query, try_query};
use crate::support::step;

#[test]
fn starts_once_is_reused_stops_and_keeps_its_data() {
    let kept = Kept::new();
    assert_eq!(status(&kept.options).unwrap(), Status::Missing);
    assert!(
        !stop(&kept.options, &Silent).unwrap(),
        "nothing to stop yet"
    );

    let server = Server::start(&kept.options, &Silent).unwrap();
    assert_eq!(server.binaries().version.major, 18);
    execute(&server.url(), "create table kept as select 42 as answer");
    let process = kept.process();
    let again = Server::start(&kept.options, &Silent).unwrap();
    assert_eq!((again.url(), kept.process()), (server.url(), process));

    assert!(stop(&kept.options, &Silent).unwrap());
    assert!(matches!(status(&kept.options).unwrap(), Status::Stopped(_)));
    let server = Server::start(&kept.options, &Silent).unwrap();
    assert_eq!(query(&server.url(), "select answer from kept"), ["42"]);

    assert!(reset(&kept.options, &Silent).unwrap());
    assert_eq!(status(&kept.options).unwrap(), Status::Missing);
    assert!(
        !reset(&kept.options, &Silent).unwrap(),
        "nothing is left to reset"
    );
}

#[test]
fn is_durable_deterministic_and_closed_to_others() {
    let kept = Kept::new();
    let server = Server::start(&kept.options, &Silent).unwrap();
    let settings = "select string_agg(current_setting(name), ' ' order by name) from unnest(array[
        'fsync', 'full_page_writes', 'synchronous_commit', 'TimeZone', 'jit', 'listen_addresses',
        'server_encoding', 'lc_messages', 'max_locks_per_transaction']) as name";
    assert_eq!(
        query(&server.url(), settings),
        ["UTC on on off C  256 UTF8 on"]
    );
    let folder = server.folder();
    // The account of root's server goes through root's folder to its data and its socket.
    let is_root = rustix::process::geteuid().is_root();
    assert_eq!(mode(folder), if is_root { 0o711 } else { 0o700 });
    assert_eq!(mode(&server.connection().socket_folder), 0o700);
    assert_eq!(mode(&kept.data()), 0o700);
    assert_eq!(mode(&server.connection().socket()), 0o700);
    assert_eq!(mode(&folder.join("password")), 0o600);
    assert_eq!(mode(&folder.join("server.log")), 0o600);
    assert_eq!(server.tcp_url().unwrap(), None);
}

#[test]
fn listens_on_a_port_only_when_asked_and_then_wants_a_password() {
    let mut kept = Kept::new();
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    kept.options.port = Some(port);
    let server = Server::start(&kept.options, &Silent).unwrap();
    let url = server.tcp_url().unwrap().unwrap();
    assert_eq!(query(&url, "select 'in'"), ["in"]);
    assert!(
        try_query(
            &format!("postgres://postgres:wrong@127.0.0.1:{port}/postgres"),
            "select 1"
        )
        .is_err()
    );

    let elsewhere = Options {
        port: Some(port.wrapping_add(1)),
        ..kept.options.clone()
    };
    let error = Server::start(&elsewhere, &Silent).unwrap_err();
    assert!(error.hints[0].contains("workroom server stop"), "{error:?}");
}

#[test]
fn eight_processes_starting_at_once_get_one_server() {
    let kept = Kept::new();
    let starts: Vec<_> = (0..8)
        .map(|_| {
            let mut command = step::command("start");
            command.env("WORKROOM_DATA", kept.options.data.as_ref().unwrap());
            std::thread::spawn(move || step::finish(command))
        })
        .collect();
    let lines: Vec<_> = starts
        .into_iter()
        .map(|start| start.join().unwrap())
        .collect();
    assert_eq!(lines[0].len(), 2, "{lines:#?}");
    assert!(lines.iter().all(|each| *each == lines[0]), "{lines:#?}");
}

#[test]
fn starts_again_after_its_server_was_killed_under_load() {
    let kept = Kept::new();
    let server = Server::start(&kept.options, &Silent).unwrap();
    execute(&server.url(), "create table kept as select 42 as answer");
    let url = server.url();
    let load = std::thread::spawn(move || try_query(&url, "select pg_sleep(60)"));
    let busy = "select true from pg_stat_activity where query like '%pg_sleep(60)' and pid <> pg_backend_pid()";
    eventually("a busy session", || query(&server.url(), busy) == ["t"]);
    let killed = kept.process().unwrap();
    kill("-KILL", killed);
    eventually("the end of the server", || kept.process().is_none());

    let server = Server::start(&kept.options, &Silent).unwrap();
    assert_ne!(kept.process(), Some(killed));
    assert_eq!(query(&server.url(), "select answer from kept"), ["42"]);
    assert!(load.join().unwrap().is_err());
}

#[test]
fn a_stale_process_id_that_now_belongs_to_another_program_is_no_obstacle() {
    let kept = Kept::new();
    let server = Server::start(&kept.options, &Silent).unwrap();
    let file = kept.data().join("postmaster.pid");
    let text = fs::read_to_string(&file).unwrap();
    stop(&kept.options, &Silent).unwrap();
    let (_, rest) = text.split_once('\n').unwrap();
    fs::write(&file, format!("{}\n{rest}", std::process::id())).unwrap();
    fs::write(server.connection().socket(), "").unwrap();

    assert!(matches!(status(&kept.options).unwrap(), Status::Stopped(_)));
    let server = Server::start(&kept.options, &Silent).unwrap();
    assert_eq!(query(&server.url(), "select 1"), ["1"]);
}

#[test]
fn half_of_a_data_folder_is_made_anew() {
    let kept = Kept::new();
    let folder = kept.data().parent().unwrap().to_owned();
    Server::start(&kept.options, &Silent).unwrap();
    stop(&kept.options, &Silent).unwrap();
    fs::rename(kept.data(), folder.join("data.new")).unwrap();
    fs::remove_file(folder.join("data.new/PG_VERSION")).unwrap();

    let server = Server::start(&kept.options, &Silent).unwrap();
    assert_eq!(query(&server.url(), "select 1"), ["1"]);
    assert!(!folder.join("data.new").exists());
}

#[test]
fn a_path_that_does_not_do_for_a_socket_gets_a_private_folder_elsewhere() {
    for unsuitable in ["long/".repeat(20).as_str(), "one, two"] {
        let mut kept = Kept::new();
        kept.options.data = Some(kept.folder.path().join(unsuitable));
        let server = Server::start(&kept.options, &Silent).unwrap();
        assert_eq!(query(&server.url(), "select 1"), ["1"]);
        let socket_folder = server.connection().socket_folder.clone();
        assert!(!socket_folder.starts_with(kept.folder.path()));
        assert_eq!(mode(&socket_folder), 0o700);
        drop(kept);
        assert!(!socket_folder.exists());
    }
}

#[test]
fn a_server_that_does_not_start_shows_the_end_of_its_log() {
    let kept = Kept::new();
    Server::start(&kept.options, &Silent).unwrap();
    stop(&kept.options, &Silent).unwrap();
    let settings = kept.data().join("postgresql.conf");
    let good = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, format!("{good}\nno_such_setting = on\n")).unwrap();

    let error = Server::start(&kept.options, &Silent).unwrap_err();
    assert_eq!(error.message, "the embedded server did not start");
    assert!(
        error
            .causes
            .iter()
            .any(|line| line.contains("no_such_setting")),
        "{error:?}"
    );
    assert!(error.hints[0].contains("server.log"), "{error:?}");
    fs::write(&settings, good).unwrap();
    Server::start(&kept.options, &Silent).unwrap();
}

#[test]
fn existing_data_is_not_given_to_another_postgres_than_its_own() {
    let kept = Kept::new();
    Server::start(&kept.options, &Silent).unwrap();
    stop(&kept.options, &Silent).unwrap();
    let older = Options {
        major: Some(16),
        ..kept.options.clone()
    };
    let more = Options {
        extensions: vec!["no_such_extension".to_owned()],
        ..kept.options.clone()
    };
    for options in [older, more] {
        let error = Server::start(&options, &Silent).unwrap_err();
        assert!(
            error
                .hints
                .iter()
                .any(|hint| hint.contains("workroom server reset")),
            "{error:?}"
        );
    }
    assert!(kept.data().join("PG_VERSION").exists());
}

#[test]
fn an_ordinary_user_has_servers_of_their_own() {
    let folder = open_folder();
    let home = folder.path().join("hôme sweet home");
    fs::create_dir(&home).unwrap();
    let program = folder.path().join("it");
    // Copied by another process: a program that is open for writing in a fork of this one cannot be run.
    let copied = Command::new("cp")
        .arg(std::env::current_exe().unwrap())
        .arg(&program)
        .status();
    assert!(copied.unwrap().success());
    let is_root = rustix::process::geteuid().is_root();
    let command = |step: &str| {
        let mut command = step::command_of(&program, step);
        command.env_remove("XDG_CACHE_HOME").env("HOME", &home);
        if is_root {
            // The programs that root has fetched already serve everybody.
            command
                .env("WORKROOM_CACHE", "/var/cache/workroom")
                .gid(65534)
                .uid(65534);
        }
        command
    };
    if is_root {
        std::os::unix::fs::chown(&home, Some(65534), Some(65534)).unwrap();
        crate::support::server::server(18);
    }
    let lines = step::finish(command("start"));
    let made = home.join(".local/share/workroom/default");
    let owner = std::os::unix::fs::MetadataExt::uid(&fs::metadata(&made).unwrap());
    let reset = step::finish(command("reset"));
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(
        owner,
        if is_root {
            65534
        } else {
            rustix::process::geteuid().as_raw()
        }
    );
    assert_eq!(reset, ["Ok(true)"]);
    assert!(!made.exists());
}
