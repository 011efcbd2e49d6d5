//! Places in files as whoever runs a command finds them: a project names its files from its own folder.

use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Place};
use crate::report::{Block, Report};

/// The way from one folder to the project's.
#[derive(Clone, Debug)]
pub struct Places {
    project: PathBuf,
    base: PathBuf,
}

impl Places {
    /// Of a project, for somebody in another folder; nothing where that is the project's own.
    #[must_use]
    pub fn seen_from(base: &Path, project: &Path) -> Option<Self> {
        let (project, base) = (project.canonicalize().ok()?, base.canonicalize().ok()?);
        (project != base).then_some(Self { project, base })
    }

    /// Names the files of an error.
    pub fn of_error(&self, error: &mut Error) {
        self.name(error.place.as_mut());
        for other in &mut error.others {
            self.of_error(other);
        }
    }

    /// Names the files of a report.
    pub fn of_report(&self, report: &mut Report) {
        for block in &mut report.blocks {
            match block {
                Block::Checks { checks, .. } => {
                    checks
                        .iter_mut()
                        .for_each(|check| self.name(check.place.as_mut()));
                }
                Block::Findings { findings, .. } => {
                    findings
                        .iter_mut()
                        .for_each(|finding| self.name(Some(&mut finding.place)));
                }
                Block::Text { .. } | Block::Table(_) => {}
            }
        }
        if let Some(mistakes) = &mut report.mistakes {
            self.of_error(mistakes);
        }
    }

    /// A file that was named on the command line is named from there already.
    fn name(&self, place: Option<&mut Place>) {
        let Some(place) = place else { return };
        if self.project.join(&place.path).exists() && !Path::new(&place.path).is_absolute() {
            let is_folder = place.path.ends_with('/');
            place.path = way(&self.base, &self.project.join(&place.path));
            if is_folder {
                place.path.push('/');
            }
        }
    }
}

/// The path of a file from a folder, with forward slashes.
fn way(base: &Path, file: &Path) -> String {
    let (base, file): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (base.components().collect(), file.components().collect());
    let common = base
        .iter()
        .zip(&file)
        .take_while(|(one, other)| one == other)
        .count();
    let up = base[common..].iter().map(|_| "..".to_owned());
    let down = file[common..]
        .iter()
        .map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_from_where_the_command_runs() {
        let folder = tempfile::tempdir().unwrap();
        let project = folder.path().join("db/shop");
        std::fs::create_dir_all(project.join("sql/app")).unwrap();
        std::fs::write(project.join("sql/app/V001__a.sql"), "").unwrap();
        let named = |base: &Path, path: &str| {
            let mut error = Error::project("x").at(Place::file(path));
            error.push(Error::project("y").at(Place::file(path)));
            if let Some(places) = Places::seen_from(base, &project) {
                places.of_error(&mut error);
            }
            let paths: Vec<String> = error
                .iter()
                .filter_map(|it| Some(it.place.as_ref()?.path.clone()))
                .collect();
            assert_eq!(paths[0], paths[1]);
            paths[0].clone()
        };
        for (base, path, shown) in [
            (".", "sql/app/V001__a.sql", "db/shop/sql/app/V001__a.sql"),
            (".", "sql/app/", "db/shop/sql/app/"),
            ("db/shop", "sql/app/V001__a.sql", "sql/app/V001__a.sql"),
            ("db/shop/sql", "sql/app/V001__a.sql", "app/V001__a.sql"),
            (".", "other.sql", "other.sql"),
        ] {
            assert_eq!(named(&folder.path().join(base), path), shown, "{base}");
        }
        std::fs::create_dir(folder.path().join("beside")).unwrap();
        assert_eq!(
            named(&folder.path().join("beside"), "sql/app/V001__a.sql"),
            "../db/shop/sql/app/V001__a.sql"
        );
    }
}
