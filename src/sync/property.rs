//! One property of the settings: its kind, in Notion's words, and the field that it shows.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Where a property's value comes from: one of the kinds, naming a field of the payload.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Property {
    title: Option<String>,
    text: Option<String>,
    select: Option<String>,
    status: Option<String>,
    date: Option<String>,
    url: Option<String>,
    number: Option<String>,
    checkbox: Option<String>,
    relation: Option<String>,
    /// The resource whose page a relation points to.
    pub to: Option<String>,
    /// `key` where the field holds the resource's id, and not its page's.
    pub by: Option<String>,
    /// Payload value → what Notion shows.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
}

/// Kinds of properties, in Notion's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PropertyKind {
    /// The page's title.
    Title,
    /// `rich_text`
    Text,
    /// An option that is made on the fly.
    Select,
    /// An option that the data source has.
    Status,
    /// A day or a moment.
    Date,
    /// An address.
    Url,
    /// A number.
    Number,
    /// Yes or no.
    Checkbox,
    /// Another page.
    Relation,
}

/// All kinds.
pub(super) const KINDS: [PropertyKind; 9] = [
    PropertyKind::Title,
    PropertyKind::Text,
    PropertyKind::Select,
    PropertyKind::Status,
    PropertyKind::Date,
    PropertyKind::Url,
    PropertyKind::Number,
    PropertyKind::Checkbox,
    PropertyKind::Relation,
];

impl PropertyKind {
    /// Notion's word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Text => "rich_text",
            Self::Select => "select",
            Self::Status => "status",
            Self::Date => "date",
            Self::Url => "url",
            Self::Number => "number",
            Self::Checkbox => "checkbox",
            Self::Relation => "relation",
        }
    }
}

impl Property {
    /// Its kind and field, if it has exactly one.
    #[must_use]
    pub fn kind(&self) -> Option<(PropertyKind, &str)> {
        let given = [
            (PropertyKind::Title, &self.title),
            (PropertyKind::Text, &self.text),
            (PropertyKind::Select, &self.select),
            (PropertyKind::Status, &self.status),
            (PropertyKind::Date, &self.date),
            (PropertyKind::Url, &self.url),
            (PropertyKind::Number, &self.number),
            (PropertyKind::Checkbox, &self.checkbox),
            (PropertyKind::Relation, &self.relation),
        ];
        let mut given = given
            .into_iter()
            .filter_map(|(kind, field)| Some((kind, field.as_deref()?)));
        let first = given.next();
        first.filter(|_| given.next().is_none())
    }
}
