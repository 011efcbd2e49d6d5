//! `[environments.NAME]` of `workroom.toml`: the databases that a project has, by name. None of their URLs stands there.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::Error;
use crate::files::TextFile;
use crate::files::toml::Spanned;

/// A database of the project, such as `staging`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// The variable that holds its URL.
    pub url_env: Option<String>,
    /// Whether it is the project's embedded server.
    #[serde(default)]
    pub embedded: bool,
    /// Whether its content may be thrown away; where nothing is said, the mark of the database counts.
    pub disposable: Option<bool>,
}

/// Mistakes of the environments.
pub(super) fn mistakes(
    environments: &BTreeMap<Spanned<String>, Environment>,
    file: &TextFile,
) -> Vec<Error> {
    let mut mistakes = Vec::new();
    for (name, environment) in environments {
        let wrong = |message: String| Error::project(message).at(file.place(name.span()));
        let name = name.get_ref();
        let is_variable = |text: &str| {
            text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                && text
                    .chars()
                    .all(|part| part.is_ascii_alphanumeric() || part == '_')
        };
        match (&environment.url_env, environment.embedded) {
            (Some(variable), false) if is_variable(variable) => {}
            (Some(_), false) => mistakes.push(
                wrong(format!("`url_env` of environment `{name}` is no name of a variable"))
                    .because("a URL holds a password, and a password does not stand in a file of the project")
                    .hint(format!("write url_env = \"{}_DATABASE_URL\", and the URL into that variable", name.to_ascii_uppercase())),
            ),
            (None, true) => {}
            (None, false) => mistakes.push(
                wrong(format!("environment `{name}` says no database"))
                    .hint(format!("write url_env = \"{}_DATABASE_URL\", or embedded = true", name.to_ascii_uppercase())),
            ),
            (Some(_), true) => mistakes.push(
                wrong(format!("environment `{name}` says two databases"))
                    .hint("leave out `url_env` or `embedded`"),
            ),
        }
    }
    mistakes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::toml;

    #[derive(Deserialize)]
    struct Part {
        environments: BTreeMap<Spanned<String>, Environment>,
    }

    #[test]
    fn an_environment_names_a_variable_or_the_embedded_server() {
        let mistakes = |text: &str| {
            let text = format!("[environments.staging]\n{text}\n");
            let file = TextFile::new("workroom.toml", text);
            let part: Part = toml::read(&file).unwrap();
            let found = mistakes(&part.environments, &file);
            found.into_iter().map(|it| it.message).collect::<Vec<_>>()
        };
        for right in [
            "url_env = 'STAGING_URL'",
            "embedded = true\ndisposable = true",
        ] {
            assert_eq!(mistakes(right), [""; 0], "{right}");
        }
        for wrong in [
            "",
            "disposable = true",
            "url_env = 'postgres://ann:secret@db/x'",
            "url_env = 'A'\nembedded = true",
        ] {
            let found = mistakes(wrong);
            assert_eq!(found.len(), 1, "{wrong}");
            assert!(!found[0].contains("secret"));
        }
    }
}
