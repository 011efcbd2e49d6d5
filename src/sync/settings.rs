//! `sync/notion.toml`: the functions of an outbox, and for each resource its data source and its properties.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::property::{Property, PropertyKind};
use crate::error::{Error, Result};
use crate::files::TextFile;
use crate::files::suggest::suggestion;
use crate::files::toml::{self, Spanned};
use crate::sql::{catalog_name, qualified};

/// Where a project has it.
pub const FILE: &str = "sync/notion.toml";

/// The file as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What empties the outbox.
    pub outbox: Outbox,
    /// Resource → what becomes of it.
    pub resources: BTreeMap<String, Spanned<Resource>>,
}

/// The names of what empties an outbox: schema and name as SQL has them. Once read, each is quoted, and nothing else than a
/// name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outbox {
    /// The table: `id, resource_type, resource_id, event, payload, status, attempts, next_attempt_at, last_error`.
    pub table: String,
    /// `(worker text, batch integer, lease interval)` → messages, each with `lease_id` and `leased_until`.
    pub claim: String,
    /// `(id, page text, lease, last_edited timestamptz)` → boolean.
    pub complete: String,
    /// `(id, error text, retry_after interval, lease)` → text.
    pub fail: String,
    /// `(id, last_edited timestamptz, lease)` → boolean.
    pub conflict: String,
    /// `(id, error text, lease)` → boolean: a dead letter at once.
    pub bury: String,
    /// `(id)` → boolean: a dead letter or a conflict is sent again.
    pub retry: String,
    /// `(resource_type text, resource_id uuid)` → jsonb: the resource as it is now.
    pub payload: String,
    /// `(resource_type text, resource_id uuid)` → jsonb: its `page`, when that was `edited`, and what it `shown`, at the last
    /// sync.
    pub state: Option<String>,
    /// `(resource_type text, resource_id uuid, page text, edits jsonb, edited timestamptz, shown jsonb, is_decided boolean)`
    /// → text: takes over what was changed on a page.
    pub pull: Option<String>,
    /// `(resource_type text, resource_id uuid, page text, fields jsonb, edited timestamptz, shown jsonb)` → jsonb: takes over
    /// a page that was there before.
    pub import: Option<String>,
    /// The channel on which new messages are announced.
    pub channel: String,
    /// The role that may do all this.
    pub role: Option<String>,
}

/// What becomes of a resource.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// The data source of its pages: an id, or `$VARIABLE`.
    pub data_source: Option<String>,
    /// The property that holds the resource's id.
    pub key: Option<String>,
    /// Its messages need no request, since another resource's tell the same.
    pub covered_by: Option<String>,
    /// Without its data source it is not synced at all, and that is no mistake.
    #[serde(default)]
    pub optional: bool,
    /// Properties whose edits in Notion count here.
    #[serde(default)]
    pub pull: Vec<String>,
    /// Property → where its value comes from.
    #[serde(default)]
    pub properties: BTreeMap<String, Spanned<Property>>,
}

/// Whether a text can stand in the path of a request: it comes from rows and from other people's files.
pub(super) fn is_id(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !text.is_empty() && text.bytes().all(is_plain)
}

/// Whether a variable may be named: the file of a project must neither send nor show what the environment keeps for others.
fn is_variable(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_secret = [
        "NOTION_TOKEN",
        "NOTION_BASE_URL",
        "NOTION_VERIFICATION_TOKEN",
    ]
    .contains(&name);
    name.starts_with("NOTION_") && name.bytes().all(is_plain) && !is_secret
}

impl Outbox {
    /// What is the name of something in a schema, with its key.
    fn names(&mut self) -> impl Iterator<Item = (&'static str, &mut String)> {
        let optional = [
            ("state", &mut self.state),
            ("pull", &mut self.pull),
            ("import", &mut self.import),
        ];
        [
            ("table", &mut self.table),
            ("claim", &mut self.claim),
            ("complete", &mut self.complete),
            ("fail", &mut self.fail),
            ("conflict", &mut self.conflict),
            ("bury", &mut self.bury),
            ("retry", &mut self.retry),
            ("payload", &mut self.payload),
        ]
        .into_iter()
        .chain(
            optional
                .into_iter()
                .filter_map(|(key, name)| Some((key, name.as_mut()?))),
        )
    }
}

impl Resource {
    /// Where its pages are; nothing where it has none.
    #[must_use]
    pub fn pages(&self) -> Option<(&str, &str)> {
        match self {
            Self {
                covered_by: None,
                data_source: Some(source),
                key: Some(key),
                ..
            } => Some((source, key)),
            _ => None,
        }
    }
}

impl Settings {
    /// Reads the file; `variable` gives the environment's variables, which name data sources, some of them optional.
    ///
    /// # Errors
    /// With every mistake of the file, and every variable that is not set.
    pub fn read(file: &TextFile, variable: impl Fn(&str, bool) -> Option<String>) -> Result<Self> {
        let mut settings: Self = toml::read(file)?;
        let mut mistakes = Vec::new();
        for (key, name) in settings.outbox.names() {
            match name.split_once('.') {
                Some((schema, of)) if !schema.is_empty() && !of.is_empty() => {
                    *name = qualified(&catalog_name(schema), &catalog_name(of));
                }
                _ => mistakes.push(
                    Error::project(format!("`outbox.{key}` names no schema"))
                        .at(file.place(0..0))
                        .hint(format!("write schema and name: {key} = \"schema.name\"")),
                ),
            }
        }
        let names: Vec<String> = settings.resources.keys().cloned().collect();
        for (name, spanned) in &mut settings.resources {
            let place = file.place(spanned.span());
            let mut wrong = |message: String, hint: String| {
                mistakes.push(Error::project(message).at(place.clone()).hint(hint));
            };
            let resource = spanned.get_mut();
            if resource.covered_by.is_some() {
                continue;
            }
            if resource.key.is_none() {
                wrong(
                    format!("`resources.{name}` names no key"),
                    "give the property that holds the resource's id: key = \"Workroom ID\""
                        .to_owned(),
                );
            }
            match resource
                .data_source
                .as_deref()
                .map(|named| (named, named.strip_prefix('$')))
            {
                Some((_, Some(named))) if !is_variable(named) => wrong(
                    format!("{named} is no variable for a data source"),
                    "name one that begins with NOTION_: what others hold is nobody else's to know"
                        .to_owned(),
                ),
                Some((_, Some(named))) => match variable(named, resource.optional)
                    .filter(|value| !value.is_empty())
                {
                    Some(value) if is_id(&value) => resource.data_source = Some(value),
                    Some(_) => wrong(
                        format!("{named} holds no id of a data source"),
                        "copy it in Notion: Manage data sources, ••• → Copy data source ID"
                            .to_owned(),
                    ),
                    None if resource.optional => resource.data_source = None,
                    None => wrong(
                        format!("{named} is not set"),
                        format!("export {named}=… with the id of the data source for each {name}"),
                    ),
                },
                Some((id, None)) if is_id(id) => {}
                Some((id, None)) => wrong(
                    format!("`{id}` is no id of a data source"),
                    "copy it in Notion, or name the variable that holds it: \"$NOTION_…\""
                        .to_owned(),
                ),
                None => wrong(
                    format!("`resources.{name}` names no data source"),
                    "data_source = \"…\", or covered_by = \"another resource\"".to_owned(),
                ),
            }
            let mut titles = 0;
            for (property, value) in &resource.properties {
                match value.get_ref().kind() {
                    None => wrong(
                        format!("`{property}` of {name} needs one kind with its field"),
                        "for example { text = \"name\" }".to_owned(),
                    ),
                    Some((PropertyKind::Title, _)) => titles += 1,
                    Some((PropertyKind::Relation, _)) => {
                        let to = value.get_ref().to.clone().unwrap_or_default();
                        if !names.contains(&to) {
                            let hint = suggestion(&to, names.iter().map(String::as_str));
                            wrong(
                                format!(
                                    "`{property}` of {name} relates `to` no resource of this file"
                                ),
                                hint,
                            );
                        }
                    }
                    Some(_) => {}
                }
            }
            for pulled in &resource.pull {
                let kind = resource
                    .properties
                    .get(pulled)
                    .and_then(|property| property.get_ref().kind());
                if kind.is_none_or(|(kind, _)| kind == PropertyKind::Relation) {
                    wrong(
                        format!(
                            "`pull` of {name} names `{pulled}`, which is no property whose value could come back"
                        ),
                        suggestion(pulled, resource.properties.keys().map(String::as_str)),
                    );
                }
            }
            if titles != 1 {
                wrong(
                    format!("the properties of {name} have {titles} titles"),
                    "every page has exactly one".to_owned(),
                );
            }
        }
        Error::all(mistakes)?;
        Ok(settings)
    }

    /// What becomes of a resource.
    #[must_use]
    pub fn resource(&self, name: &str) -> Option<&Resource> {
        self.resources.get(name).map(Spanned::get_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(table: &str) -> Result<Settings> {
        let names = [
            "claim", "complete", "fail", "conflict", "bury", "retry", "payload",
        ];
        let names: String = names
            .iter()
            .map(|key| format!("{key} = \"shop.{key}\"\n"))
            .collect();
        let text = format!("[outbox]\ntable = '{table}'\nchannel = \"shop\"\n{names}[resources]\n");
        Settings::read(&TextFile::new(FILE, text), |_, _| None)
    }

    #[test]
    fn a_name_is_a_name_and_no_other_sql() {
        assert_eq!(read("Shop.outbox").unwrap().outbox.table, "shop.outbox");
        assert_eq!(
            read("shop.\"Out box\"").unwrap().outbox.table,
            "shop.\"Out box\""
        );
        assert_eq!(
            read("shop.a; select 1").unwrap().outbox.table,
            "shop.\"a; select 1\""
        );
        let error = read("outbox").unwrap_err();
        assert!(
            error.message.contains("`outbox.table` names no schema"),
            "{error:?}"
        );
    }

    #[test]
    fn a_file_names_neither_other_peoples_variables_nor_paths() {
        let said = |source: &str| {
            let text = format!(
                "[outbox]\n{}channel = \"shop\"\n[resources.one]\ndata_source = \"{source}\"\nkey = \"Key\"\nproperties = {{ Name = {{ title = \"name\" }} }}\n",
                [
                    "table", "claim", "complete", "fail", "conflict", "bury", "retry", "payload"
                ]
                .map(|key| format!("{key} = \"shop.{key}\"\n"))
                .concat()
            );
            let variable = |name: &str, _| Some(format!("{}/..", name.to_lowercase()));
            let read = Settings::read(&TextFile::new(FILE, text), variable);
            read.err().map_or_else(String::new, |error| error.message)
        };
        assert_eq!(said("1f-a"), "");
        assert_eq!(said("../users"), "`../users` is no id of a data source");
        assert_eq!(
            said("$NOTION_ONE"),
            "NOTION_ONE holds no id of a data source"
        );
        for other in ["HOME", "NOTION_TOKEN", "NOTION_BASE_URL", "NOTION_A B"] {
            let expected = format!("{other} is no variable for a data source");
            assert_eq!(said(&format!("${other}")), expected);
        }
    }
}
