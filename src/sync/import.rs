//! Pages that were in Notion before: each is matched with the row that its key names, or becomes a row, and then gets that
//! row's key. Afterwards all of it is read again, and counts and keys must agree.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::notion::Api;
use super::outbox::{begin, json as json_literal, moment, present, text};
use super::page::{Page, field, is_same, is_uuid};
use super::pages::{all_pages, patient};
use super::property::PropertyKind;
use super::pull::{ask, pulled};
use super::settings::{Resource, Settings};
use crate::database::Session;
use crate::error::{Error, Result};
use crate::report::{Outcome, Report, Table};

/// What became of the pages of one resource.
#[derive(Default)]
struct Count {
    pages: usize,
    matched: usize,
    loaded: usize,
    absent: usize,
    copies: usize,
    differing: usize,
}

/// A page that has become a row, and must be told its key.
struct Keyless {
    page: String,
    key: String,
    id: String,
}

/// Loads everything in one transaction, or nothing; without `is_confirmed` nothing.
///
/// # Errors
/// With every page that cannot become a row, and when Notion or the database cannot be asked.
pub async fn import(
    session: &Session,
    settings: &Arc<Settings>,
    api: &Arc<Api>,
    is_confirmed: bool,
) -> Result<Report> {
    let function = settings
        .outbox
        .import
        .as_deref()
        .filter(|_| settings.outbox.state.is_some());
    let function = function.ok_or_else(|| {
        Error::refused("sync/notion.toml does not say what takes over pages")
            .hint("name the functions under [outbox]: state = \"schema.name\", import = \"schema.name\"; docs/sync.md says what they take")
    })?;
    begin(session, settings, false).await?;
    let mut read = Vec::new();
    for name in in_order(settings) {
        let Some((resource, (source, key))) = settings
            .resource(name)
            .and_then(|resource| Some((resource, resource.pages()?)))
        else {
            continue;
        };
        let pages = pages_of(api, source).await?;
        read.push((name, resource, key, pages));
    }
    session.run("beginning the import", "begin;").await?;
    let loaded = load(session, settings, function, &read).await;
    let end = if is_confirmed && loaded.is_ok() {
        "commit;"
    } else {
        "rollback;"
    };
    session.run("ending the import", end).await?;
    let (counts, keyless) = loaded?;
    let columns = [
        "resource",
        "pages",
        "matched",
        "loaded",
        "no_such_row",
        "copies",
        "differing",
    ];
    let mut table = Table::new("", &columns);
    for (name, count) in &counts {
        let numbers = [
            count.pages,
            count.matched,
            count.loaded,
            count.absent,
            count.copies,
            count.differing,
        ];
        table.row(
            std::iter::once((*name).to_owned()).chain(numbers.map(|number| number.to_string())),
        );
    }
    let mut report = Report::table(table);
    let is_odd = |count: &Count| count.absent + count.copies + count.differing > 0;
    if counts.iter().any(|(_, count)| is_odd(count)) {
        report.outcome = Outcome::Found;
        report.push_text(
            "a page whose row is gone, or that is a copy of another's, is left alone: archive it, or empty its key to load it; \
             pages that differ from their row are shown by --pull",
        );
    }
    if !is_confirmed {
        report.push_text("nothing was written; `workroom sync notion --import --yes` does it");
        return Ok(report);
    }
    let told = ask(api, move |api| {
        for Keyless { page, key, id } in &keyless {
            let key =
                json!({ key: { "rich_text": [{ "type": "text", "text": { "content": id } }] } });
            patient(api, |deadline| api.update(page, &key, deadline))?;
        }
        Ok(())
    });
    told.await.map_err(|error| {
        error.hint(
            "the rows are loaded; the same command again tells the pages that are left their keys",
        )
    })?;
    verify(session, settings, api, &mut report).await?;
    Ok(report)
}

/// Resources in an order in which those that others relate to come first.
fn in_order(settings: &Settings) -> Vec<&str> {
    let mut order: Vec<&str> = Vec::new();
    while order.len() < settings.resources.len() {
        let before = order.len();
        for (name, resource) in &settings.resources {
            let mut targets = resource
                .get_ref()
                .properties
                .values()
                .filter_map(|property| property.get_ref().to.as_deref());
            let is_ready = targets.all(|to| to == name || order.contains(&to));
            if is_ready && !order.contains(&name.as_str()) {
                order.push(name);
            }
        }
        if order.len() == before {
            // Those that relate to one another in a circle come as they stand.
            let left = settings.resources.keys().map(String::as_str);
            let left: Vec<&str> = left.filter(|name| !order.contains(name)).collect();
            order.extend(left);
        }
    }
    order
}

async fn pages_of(api: &Arc<Api>, source: &str) -> Result<Vec<Page>> {
    let source = source.to_owned();
    let pages = ask(api, move |api| {
        let mut pages = Vec::new();
        all_pages(api, &source, |page| pages.push(page)).map(|()| pages)
    });
    pages.await
}

type Read<'a> = (&'a str, &'a Resource, &'a str, Vec<Page>);

async fn load<'a>(
    session: &Session,
    settings: &Settings,
    function: &str,
    read: &[Read<'a>],
) -> Result<(Vec<(&'a str, Count)>, Vec<Keyless>)> {
    let mut ids: BTreeMap<&str, String> = BTreeMap::new();
    let mut counts = Vec::new();
    let mut keyless = Vec::new();
    let mut mistakes = Vec::new();
    for (name, resource, key, pages) in read {
        let mut count = Count {
            pages: pages.len(),
            ..Count::default()
        };
        for page in pages {
            let own = page.key(key);
            let mut wrong = |why: &str| {
                mistakes.push(
                    Error::refused(format!("the {name} {} cannot be loaded", page.url))
                        .because(why.to_owned()),
                );
            };
            let fields = match fields(resource, page, &ids) {
                Ok(fields) => fields,
                Err(why) if own.is_none() => {
                    wrong(&why);
                    continue;
                }
                Err(_) => Map::new(),
            };
            let mut state = (moment(&page.edited), page.shown(resource));
            let mut differs = false;
            if let Some(own) = &own {
                if !is_uuid(own) {
                    wrong(&format!(
                        "`{own}` in `{key}` is no id; empty it to load the page"
                    ));
                    continue;
                }
                let known = present(session, settings, &[(name, own)]).await?;
                let (row, known) = known.into_iter().next().unwrap_or_default();
                differs = !known.shown.is_object()
                    && !row.is_null()
                    && pulled(resource).any(|(property, of, values)| {
                        !is_same(&row[of], &field(&page.plain(property), values))
                    });
                // What was synced already is left to --pull; where both sides say something else nobody knows which counts.
                if differs || known.shown.is_object() {
                    state = ("null".to_owned(), Value::Null);
                }
            }
            let sql = format!(
                "select {function}({}, {}, {}, {}, {}, {});",
                text(name),
                own.as_deref().map_or_else(|| "null".to_owned(), text),
                text(&page.id),
                json_literal(&Value::Object(fields)),
                state.0,
                json_literal(&state.1)
            );
            let rows = session.run("taking over a page", &sql).await?;
            let said = rows.first().and_then(|rows| rows.first()?.first()?.clone());
            let said: Value = serde_json::from_str(&said.unwrap_or_default()).unwrap_or_default();
            let id = said["id"].as_str().unwrap_or_default().to_owned();
            match said["outcome"].as_str().unwrap_or_default() {
                "matched" => count.matched += 1,
                "loaded" => count.loaded += 1,
                "copy" => {
                    count.copies += 1;
                    continue;
                }
                "absent" => {
                    count.absent += 1;
                    continue;
                }
                _ => {
                    wrong(
                        said["reason"]
                            .as_str()
                            .unwrap_or("the function said nothing"),
                    );
                    continue;
                }
            }
            count.differing += usize::from(differs);
            if own.is_none() {
                keyless.push(Keyless {
                    page: page.id.clone(),
                    key: (*key).to_owned(),
                    id: id.clone(),
                });
            }
            ids.insert(page.id.as_str(), id);
        }
        counts.push((*name, count));
    }
    Error::all(mistakes)?;
    Ok((counts, keyless))
}

/// A page as the fields of a payload: relations by key become the ids of rows.
fn fields(
    resource: &Resource,
    page: &Page,
    ids: &BTreeMap<&str, String>,
) -> Result<Map<String, Value>, String> {
    let mut fields = Map::new();
    for (name, property) in &resource.properties {
        let property = property.get_ref();
        let Some((kind, of)) = property.kind() else {
            continue;
        };
        let value = page.plain(name);
        let value = if kind == PropertyKind::Relation {
            let to = value.get(0).and_then(Value::as_str).map(str::to_owned);
            match to {
                None => Value::Null,
                Some(to) if property.by.as_deref() == Some("key") => match ids.get(to.as_str()) {
                    Some(id) => Value::String(id.clone()),
                    None => {
                        return Err(format!(
                            "`{name}` leads to a page that is not among those read"
                        ));
                    }
                },
                Some(to) => Value::String(to),
            }
        } else {
            field(&value, &property.values)
        };
        fields.insert(of.to_owned(), value);
    }
    Ok(fields)
}

/// Reads everything again: each page names a row, each row its page, and there are as many of both.
async fn verify(
    session: &Session,
    settings: &Settings,
    api: &Arc<Api>,
    report: &mut Report,
) -> Result<()> {
    let mut table = Table::new("read again", &["resource", "pages", "rows", "not_agreeing"]);
    let mut wrong = 0;
    for (name, resource) in &settings.resources {
        let Some((source, key)) = resource.get_ref().pages() else {
            continue;
        };
        let pages = pages_of(api, source).await?;
        let mut rows = BTreeSet::new();
        let mut left = 0;
        for batch in pages.chunks(100) {
            let keys: Vec<String> = batch
                .iter()
                .map(|page| page.key(key).unwrap_or_default())
                .collect();
            let asked: Vec<(&str, &str)> = keys
                .iter()
                .filter(|id| is_uuid(id))
                .map(|id| (name.as_str(), id.as_str()))
                .collect();
            let found = if asked.is_empty() {
                Vec::new()
            } else {
                present(session, settings, &asked).await?
            };
            let states: BTreeMap<&str, Option<String>> = asked
                .iter()
                .map(|(_, id)| *id)
                .zip(found.into_iter().map(|(_, state)| state.page))
                .collect();
            for (page, id) in batch.iter().zip(&keys) {
                match states.get(id.as_str()) {
                    Some(Some(known)) if *known == page.id => {
                        rows.insert(id.clone());
                    }
                    _ => left += 1,
                }
            }
        }
        wrong += left;
        table.row([
            name.clone(),
            pages.len().to_string(),
            rows.len().to_string(),
            left.to_string(),
        ]);
    }
    report.push_table(table);
    if wrong == 0 {
        report.push_text("each page names its row, and each of these rows its page");
    } else {
        report.outcome = Outcome::Found;
    }
    Ok(())
}
