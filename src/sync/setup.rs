//! Whether the data sources have the properties that the settings fill; makes those that a program can make.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::notion::{Api, Trouble};
use super::pages::{failed, patient};
use super::property::PropertyKind;
use super::settings::{Resource, Settings};
use crate::error::{Error, Kind, Result};
use crate::report::{Outcome, Report, Table};

/// A property, and what became of it.
struct Line {
    property: String,
    wanted: &'static str,
    state: String,
    is_left: bool,
}

/// Checks each data source and makes the properties that are missing; what a person has to do is said.
///
/// # Errors
/// When Notion does not answer, or does not take the token.
pub async fn setup(settings: &Arc<Settings>, api: &Arc<Api>) -> Result<Report> {
    let (settings, api) = (Arc::clone(settings), Arc::clone(api));
    let work = move || all(&settings, &api);
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::new(Kind::Bug, "the check ended early").because(error))?
}

fn all(settings: &Settings, api: &Api) -> Result<Report> {
    let mut table = Table::new("", &["resource", "property", "type", "state"]);
    let mut left = 0;
    for (name, resource) in &settings.resources {
        let resource = resource.get_ref();
        let Some((source, _)) = resource.pages() else {
            continue;
        };
        let found = patient(api, |deadline| api.schema(source, deadline));
        let lines = match found {
            Ok(found) => lines(settings, resource, source, &found, api),
            Err(Trouble::Refused { status: 404, .. }) => Ok(vec![Line {
                property: String::new(),
                wanted: "",
                state: "not found: check the id of the data source, and share it with the integration (••• → Connections)".to_owned(),
                is_left: true,
            }]),
            Err(other) => Err(other),
        };
        for line in
            lines.map_err(|trouble| failed("the data sources could not be looked at", trouble))?
        {
            left += usize::from(line.is_left);
            table.row([name.as_str(), &line.property, line.wanted, &line.state]);
        }
    }
    let mut report = Report::table(table);
    if left > 0 {
        report.outcome = Outcome::Found;
        report.push_text(format!(
            "{left} left to a person; then run `workroom sync notion --setup` again"
        ));
    } else {
        report.push_text("everything is there: `workroom sync notion --once` can begin");
    }
    Ok(report)
}

fn lines(
    settings: &Settings,
    resource: &Resource,
    source: &str,
    found: &Value,
    api: &Api,
) -> Result<Vec<Line>, Trouble> {
    let mut lines = Vec::new();
    let mut missing = Map::new();
    let key = resource
        .key
        .iter()
        .map(|key| (key, PropertyKind::Text, None));
    let named = resource.properties.iter().filter_map(|(name, property)| {
        let property = property.get_ref();
        Some((name, property.kind()?.0, property.to.as_deref()))
    });
    for (name, kind, to) in key.chain(named) {
        let wanted = kind.word();
        let mut line = Line {
            property: name.clone(),
            wanted,
            state: "there".to_owned(),
            is_left: false,
        };
        match (found["properties"][name]["type"].as_str(), kind) {
            (Some(is), _) if is == wanted => {}
            (Some(is), _) => {
                line.state = format!(
                    "is {is}: change its type in Notion, or name another property in the settings"
                );
                line.is_left = true;
            }
            (None, PropertyKind::Title) => {
                line.state = "rename the title property to this in Notion".to_owned();
                line.is_left = true;
            }
            (None, PropertyKind::Status) => {
                line.state = "make it in Notion, with its options: programs cannot".to_owned();
                line.is_left = true;
            }
            (None, PropertyKind::Relation) => {
                let target = to.and_then(|to| settings.resource(to)?.data_source.clone());
                missing.insert(name.clone(), json!({ "relation": { "data_source_id": target, "type": "single_property", "single_property": {} } }));
                line.state = "made".to_owned();
            }
            (None, _) => {
                missing.insert(name.clone(), json!({ wanted: {} }));
                line.state = "made".to_owned();
            }
        }
        lines.push(line);
    }
    if !missing.is_empty() {
        let missing = Value::Object(missing);
        patient(api, |deadline| api.extend(source, &missing, deadline))?;
    }
    Ok(lines)
}
