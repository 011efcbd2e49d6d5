//! Other migrators, where they are on the `PATH`: the same files, laid out as each wants them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::finish;

/// A migrator and the folder that it reads.
pub(crate) struct Peer {
    /// The program.
    pub(crate) name: &'static str,
    folder: PathBuf,
}

impl Peer {
    /// The peers that are installed, with their files; says which are not.
    pub(crate) fn all(folder: &Path, migrations: &[String]) -> Vec<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let is_there = |name: &str| std::env::split_paths(&path).any(|at| at.join(name).is_file());
        let mut found = Vec::new();
        for name in ["sqlx", "refinery", "diesel"] {
            if !is_there(name) {
                println!("  {name}: not installed");
                continue;
            }
            let peer = Self {
                name,
                folder: folder.join(name),
            };
            for (at, text) in migrations.iter().enumerate() {
                let number = at + 1;
                let file = match name {
                    "sqlx" => format!("{number:04}_create_t{number}.sql"),
                    "refinery" => format!("V{number}__create_t{number}.sql"),
                    _ => format!("{number:04}_create_t{number}/up.sql"),
                };
                let path = peer.folder.join(file);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
            found.push(peer);
        }
        found
    }

    /// Applies all of them.
    pub(crate) fn migrate(&self, url: &str) -> Output {
        let mut command = Command::new(self.name);
        command.env("DATABASE_URL", url);
        match self.name {
            "sqlx" => command
                .args(["migrate", "run", "--source"])
                .arg(&self.folder),
            "refinery" => command
                .args(["migrate", "-e", "DATABASE_URL", "-p"])
                .arg(&self.folder),
            _ => command
                .args(["migration", "run", "--migration-dir"])
                .arg(&self.folder),
        };
        finish(&mut command)
    }
}
