//! `workroom db new NAME`: the file of a new migration or of a new view, at its place and with its number.

use clap::Args;

use crate::commands::Context;
use crate::error::{Error, Kind, Result};
use crate::files::write_new;
use crate::project::System;
use crate::report::Report;
use crate::sql::qualified;

/// What to make.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What it is for, in a few words: `add order notes`, or for a view its name
    #[arg(value_name = "NAME", required = true)]
    pub words: Vec<String>,

    /// Make a view, which is applied again whenever its file changes, instead of a migration
    #[arg(long)]
    pub view: bool,
}

/// Writes the file and says where it is. Needs no database.
///
/// # Errors
/// When the project or its system cannot be read, the name has no letter, or a file is in the way.
pub fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    // Mistakes of other files are no reason not to begin a new one.
    let (project, _) = context.what_can_be_read()?;
    let systems = context.systems(&project)?;
    let Some(system) = systems.last() else {
        return Err(Error::refused("no system to make a file for"));
    };
    let folder = project.writable_folder()?;
    let words = arguments.words.join(" ");
    let name = in_snake_case(&words);
    if !name.starts_with(|first: char| first.is_ascii_lowercase()) {
        return Err(Error::new(
            Kind::Usage,
            format!("`{words}` makes no name: it begins with no letter"),
        )
        .hint("say what the migration is for: `workroom db new add order notes`"));
    }
    let (path, text) = match arguments.view {
        true => view(system, &name),
        false => migration(system, &name, &words),
    };
    write_new(folder, &[(path.clone(), text.into_bytes())])?;
    Ok(Report::text(format!(
        "made {path}\nnext: write it, then `workroom lint {path}` and `workroom db plan`"
    )))
}

/// Behind the last one, with as many digits.
fn migration(system: &System, name: &str, words: &str) -> (String, String) {
    let last = system.migrations.last();
    let version = last.map_or(0, |migration| migration.version) + 1;
    let digits = last.map_or(3, |migration| {
        let label = migration.label();
        label.find("__").map_or(3, |end| end - 1)
    });
    (
        format!("sql/{}/V{version:0digits$}__{name}.sql", system.name),
        format!("-- {words}: why, and what whoever reads it should know.\n\n"),
    )
}

fn view(system: &System, name: &str) -> (String, String) {
    let schema = system.schemas.first().map_or("public", String::as_str);
    (
        format!("views/{}/{name}.sql", system.name),
        format!(
            "-- What it shows, and to whom.\ncreate or replace view {} with (security_invoker = true) as\nselect 1 as to_be_written;\n",
            qualified(schema, name)
        ),
    )
}

/// `Add order-notes` → `add_order_notes`.
fn in_snake_case(words: &str) -> String {
    let plain = |part: char| {
        if part.is_ascii_alphanumeric() {
            part.to_ascii_lowercase()
        } else {
            '_'
        }
    };
    let name: String = words.chars().map(plain).collect();
    let parts: Vec<&str> = name.split('_').filter(|part| !part.is_empty()).collect();
    parts.join("_")
}

#[cfg(test)]
mod tests {
    use super::in_snake_case;

    #[test]
    fn words_become_a_name() {
        for (words, name) in [
            ("add order notes", "add_order_notes"),
            ("Add order-notes!", "add_order_notes"),
            ("add__x", "add_x"),
            ("größe", "gr_e"),
            ("42", "42"),
            ("--", ""),
        ] {
            assert_eq!(in_snake_case(words), name);
        }
    }
}
