//! Django: `<app>/migrations/0001_name.py`, which are programs; `django_migrations`.

use super::convert::moment;
use super::format::Folder;
use super::{Format, Reader, code};
use crate::error::Result;
use crate::files::Tree;

pub(super) const FORMAT: Format = Format {
    name: "django",
    folder: ".",
    table: "django_migrations",
    beside: &[],
    read: Reader::Whole(read),
    history: |table| {
        format!(
            "select pg_catalog.concat(h.app, '.', h.name), 'applied', {}, session_user, 0 from {table} as h order by h.id;",
            moment("h.applied")
        )
    },
    mend: "run `python manage.py migrate`",
};

fn read(tree: &Tree) -> Result<Folder> {
    let mut steps = Vec::new();
    walk(tree, "", "", &mut steps)?;
    Ok(code::folder(steps, Vec::new()))
}

/// Goes past what was installed: the applications of others are no part of the project.
fn walk(tree: &Tree, folder: &str, above: &str, steps: &mut Vec<(String, String)>) -> Result<()> {
    let entries = tree.list(folder)?.unwrap_or_default();
    let name = folder.rsplit('/').next().unwrap_or_default();
    let is_installed = ["node_modules", "site-packages", "__pycache__"].contains(&name)
        || entries.iter().any(|entry| entry.name == "pyvenv.cfg");
    if is_installed {
        return Ok(());
    }
    for entry in entries {
        let path = match folder {
            "" => entry.name.clone(),
            folder => format!("{folder}/{}", entry.name),
        };
        if entry.is_folder {
            walk(tree, &path, name, steps)?;
        } else if name == "migrations"
            && let Some(stem) = entry.name.strip_suffix(".py")
            && !stem.starts_with('_')
        {
            steps.push((path, format!("{above}.{stem}")));
        }
    }
    Ok(())
}
