//! `manifests/<system>.json`: what a system's files make, in bytes that only a change of the files changes, so that a
//! change is read in a review as it will be in the database: a property is a line.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::catalog::{Object, Objects, Properties};
use crate::error::{Error, Result};
use crate::files::TextFile;

/// What a system's files make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The major version of the server that wrote its texts.
    pub postgres: u32,
    /// The objects.
    pub objects: Objects,
}

/// The file as it is written; a text of several lines is a list of them.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Written {
    postgres: u32,
    objects: Map<String, Value>,
}

/// Where the manifest of a system lies in a project.
#[must_use]
pub fn manifest_path(system: &str) -> String {
    format!("manifests/{system}.json")
}

impl Manifest {
    /// The file's text.
    #[must_use]
    pub fn text(&self) -> String {
        let objects = self.objects.iter().map(|(name, object)| {
            let mut entries = properties(&object.properties);
            for (part, held) in &object.parts {
                entries.insert(part.clone(), Value::Object(properties(held)));
            }
            (name.clone(), Value::Object(entries))
        });
        let written = Written {
            postgres: self.postgres,
            objects: objects.collect(),
        };
        // Text keys and text values: nothing of it can fail.
        let mut text = serde_json::to_string_pretty(&written).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Reads the file.
    ///
    /// # Errors
    /// When it is not one that [`Manifest::text`] has written.
    pub fn read(file: &TextFile) -> Result<Self> {
        let unreadable = |line: usize, cause: String| {
            let lines = file.text.split_inclusive('\n');
            let start: usize = lines.clone().take(line).map(str::len).sum();
            let length = lines
                .clone()
                .nth(line)
                .map_or(0, |line| line.trim_end().len());
            Error::project(format!("{} is not a manifest", file.path))
                .at(file.place(start..start + length))
                .because(cause)
                .hint("`workroom db manifest` writes it anew from the project's files")
        };
        let written: Written = serde_json::from_str(&file.text)
            .map_err(|error| unreadable(error.line().saturating_sub(1), error.to_string()))?;
        let mut objects = Objects::new();
        for (name, entries) in written.objects {
            let object = read_object(entries).ok_or_else(|| {
                let at = file.text.lines().position(|line| line.contains(&name));
                unreadable(
                    at.unwrap_or_default(),
                    format!("{name} has something that is no text"),
                )
            })?;
            objects.insert(name, object);
        }
        Ok(Self {
            postgres: written.postgres,
            objects,
        })
    }
}

fn properties(held: &Properties) -> Map<String, Value> {
    let written = held.iter().map(|(name, value)| {
        let value = if value.contains('\n') {
            value.split('\n').collect()
        } else {
            Value::from(value.as_str())
        };
        (name.clone(), value)
    });
    written.collect()
}

fn read_object(entries: Value) -> Option<Object> {
    let Value::Object(entries) = entries else {
        return None;
    };
    let mut object = Object::default();
    for (name, entry) in entries {
        if let Value::Object(held) = entry {
            let held = held.into_iter();
            let held = held.map(|(name, value)| Some((name, text_of(value)?)));
            object.parts.insert(name, held.collect::<Option<_>>()?);
        } else {
            object.properties.insert(name, text_of(entry)?);
        }
    }
    Some(object)
}

fn text_of(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Array(lines) => {
            let lines: Option<Vec<&str>> = lines.iter().map(Value::as_str).collect();
            Some(lines?.join("\n"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let texts = |pairs: &[(&str, &str)]| -> Properties {
            let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            pairs.iter().map(owned).collect()
        };
        let view = Object {
            properties: texts(&[
                ("owner", "(deployer)"),
                ("definition", " SELECT \"a\"\n   FROM b;"),
            ]),
            parts: [("column a".to_owned(), texts(&[("type", "text")]))].into(),
        };
        Manifest {
            postgres: 18,
            objects: [("view shop.v".to_owned(), view)].into(),
        }
    }

    #[test]
    fn a_property_is_a_line_and_is_read_back() {
        let text = manifest().text();
        assert_eq!(
            text,
            r#"{
  "postgres": 18,
  "objects": {
    "view shop.v": {
      "column a": {
        "type": "text"
      },
      "definition": [
        " SELECT \"a\"",
        "   FROM b;"
      ],
      "owner": "(deployer)"
    }
  }
}
"#
        );
        let file = TextFile::new("manifests/shop.json", text);
        assert_eq!(Manifest::read(&file).unwrap(), manifest());
    }

    #[test]
    fn what_is_no_manifest_is_refused_at_its_line() {
        for (text, line) in [
            ("", 1),
            (
                "{\n  \"postgres\": 18,\n  \"objects\": {\n    \"table a.b\": {\"owner\": 5}\n  }\n}\n",
                4,
            ),
            ("{\n  \"postgres\": \"18\"\n}\n", 2),
            ("{\n<<<<<<< HEAD\n", 2),
        ] {
            let error = Manifest::read(&TextFile::new("manifests/shop.json", text)).unwrap_err();
            let place = error.place.unwrap();
            assert_eq!(place.line_column().unwrap().0, line, "{text}");
            assert!(error.hints[0].contains("workroom db manifest"));
        }
    }
}
