//! The folder of a kept server: its name, what lies in it, and what is remembered there.

use std::fs::{self, DirBuilder, File};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use super::account::{Account, make_open_folders, open_folder};
use super::binaries::{Binaries, Version};
use super::directories::Home;
use super::failure::failed;
use super::process::{self, Running};
use super::{Options, lock, owned, wheel};
use crate::error::{Error, Result};
use crate::event::Observer;
use crate::files::fingerprint_of_bytes;

/// A log longer than this is set aside at the next start.
const LONGEST_LOG_BYTES: u64 = 10_000_000;

/// The folder of a kept server, with the account that owns the data and the socket in it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) account: Account,
    home: PathBuf,
    folder: PathBuf,
}

impl Place {
    /// The place for a project, whether or not a server is there.
    ///
    /// # Errors
    /// When there is no home for it.
    pub(super) fn of(options: &Options) -> Result<Self> {
        let account = Account::for_this_process()?;
        let home = match &options.data {
            Some(folder) => folder.clone(),
            None => Home::Data.folder(&account)?,
        };
        // The server is recognised by the path it was started with, so there must be one spelling of it.
        let home = fs::canonicalize(&home).unwrap_or(home);
        let folder = home.join(name_for(options.project.as_deref()));
        Ok(Self {
            account,
            home,
            folder,
        })
    }

    /// The folder in which the servers lie.
    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    /// The place of another server of the same home.
    pub(super) fn beside(&self, folder: PathBuf) -> Self {
        Self {
            folder,
            ..self.clone()
        }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    pub(super) fn password_file(&self) -> PathBuf {
        self.folder.join("password")
    }

    /// The file that says to people whose folder this is.
    pub(super) fn project_file(&self) -> PathBuf {
        self.folder.join("project")
    }

    /// The file that remembers which Postgres made the data.
    fn binaries_file(&self) -> PathBuf {
        self.folder.join("binaries")
    }

    /// Keeps other workrooms from starting, stopping or removing the server.
    pub(super) fn lock(&self, observer: &dyn Observer) -> Result<File> {
        let path = self.folder.with_extension("lock");
        lock::take(
            &path,
            "another workroom that starts or stops the server",
            observer,
        )
    }

    /// Whether a server has been made here.
    pub(super) fn exists(&self) -> bool {
        self.data().join("PG_VERSION").is_file()
    }

    pub(super) fn running(&self) -> Option<Running> {
        process::running(&self.data())
    }

    /// The password for connections over TCP.
    pub(super) fn password(&self) -> Result<String> {
        let path = self.password_file();
        // An earlier workroom gave it to the account.
        let bytes = owned::read(&path, Some(self.account.user()))
            .map_err(|error| failed("read", &path, &error))?;
        Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
    }

    /// The data folder's parents, reachable for the account.
    pub(super) fn make_home(&mut self) -> Result<()> {
        make_open_folders(&self.home)?;
        if !self.account.reaches(&self.home) {
            return Err(wheel::closed(Home::Data, &self.home, &self.account));
        }
        Home::Data.check(&self.home, &self.account)?;
        let home = fs::canonicalize(&self.home)
            .map_err(|error| failed("find the folder", &self.home, &error))?;
        let name = self.folder.file_name().unwrap_or_default().to_owned();
        self.folder = home.join(name);
        self.home = home;
        Ok(())
    }

    /// The Postgres that this server ran with last, unless it is gone.
    pub(super) fn remembered(&self) -> Option<Binaries> {
        let bytes = owned::read(&self.binaries_file(), None).ok()?;
        let end_of_version = bytes.iter().position(|&byte| byte == b'\n')?;
        let version = Version::parse(std::str::from_utf8(&bytes[..end_of_version]).ok()?)?;
        let folder = PathBuf::from(std::ffi::OsString::from_vec(
            bytes[end_of_version + 1..].to_vec(),
        ));
        folder
            .join("postgres")
            .is_file()
            .then_some(Binaries { folder, version })
    }

    pub(super) fn remember(&self, binaries: &Binaries) -> Result<()> {
        let mut bytes = format!("{}\n", binaries.version).into_bytes();
        bytes.extend_from_slice(binaries.folder.as_os_str().as_bytes());
        let path = self.binaries_file();
        if owned::read(&path, None).is_ok_and(|found| found == bytes) {
            return Ok(());
        }
        owned::replace(&path, &bytes)
    }

    /// Makes the folder, or takes it back from the account, to which an earlier workroom gave it. Call it under the
    /// lock and when no server runs there: its socket was in the folder itself.
    ///
    /// # Errors
    /// When it is somebody else's.
    pub(super) fn settle_folder(&self) -> Result<()> {
        let folder = self.folder();
        let made = DirBuilder::new().mode(0o700).create(folder);
        match made {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(failed("create the folder", folder, &error));
            }
            _ if !self.account.is_root() => return Ok(()),
            _ => {}
        }
        let wrong = |error: std::io::Error| failed("open the folder", folder, &error);
        let opened = open_folder(folder).map_err(wrong)?;
        let owner = opened.metadata().map_err(wrong)?.uid();
        let ours = rustix::process::geteuid().as_raw();
        if owner != ours && owner != self.account.user() {
            return Err(Error::refused(format!(
                "the folder `{}` belongs to somebody else (user {owner})",
                folder.display()
            ))
            .hint("remove it, or set WORKROOM_DATA to another folder"));
        }
        fchown(&opened, Some(ours), None).map_err(wrong)?;
        // The account goes through to data and socket; what else is in it only root reads.
        opened
            .set_permissions(fs::Permissions::from_mode(0o711))
            .map_err(wrong)?;
        if owner != ours {
            if let Ok(password) = self.password() {
                owned::replace(&self.password_file(), password.as_bytes())?;
            }
            for file in [self.log(), self.binaries_file(), self.project_file()] {
                if owned::open(&file, None).is_err() {
                    // Whatever it is, it is not root's.
                    let _ = fs::remove_file(&file);
                }
            }
        }
        Ok(())
    }

    pub(super) fn set_long_log_aside(&self) {
        let log = self.log();
        if fs::symlink_metadata(&log).is_ok_and(|metadata| metadata.len() > LONGEST_LOG_BYTES) {
            // A log that stays is no reason not to start.
            let _ = fs::rename(&log, log.with_extension("log.old"));
        }
    }
}

/// The name of a project's folder: readable, and different for every path.
fn name_for(project: Option<&Path>) -> String {
    let Some(project) = project else {
        return "default".to_owned();
    };
    let path = fs::canonicalize(project).unwrap_or_else(|_| project.to_owned());
    let readable: String = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '-'
            }
        })
        .take(16)
        .collect();
    let hash = fingerprint_of_bytes(path.as_os_str().as_bytes());
    format!("{readable}-{}", &hash[..12])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_project_folder_has_a_name_of_its_own() {
        assert_eq!(name_for(None), "default");
        let first = name_for(Some(Path::new("/no such/my wörk")));
        assert!(first.starts_with("my-w-rk-"), "{first}");
        assert_ne!(first, name_for(Some(Path::new("/other/my wörk"))));
    }
}
