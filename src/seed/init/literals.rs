//! Texts that the server reads as values of types that have no form of their own here: enumerations in arrays, composite
//! types, ranges, and whatever extensions bring. Nothing is known of a type but what the catalog says of its parts; texts
//! of usual shapes are tried, and the server's own input function decides.

use std::collections::{BTreeMap, BTreeSet};

use super::shapes::{NUMBERED, filled, line, shapes};
use crate::catalog::{Catalog, TypeKind};
use crate::database::{BatchFailure, Session};
use crate::error::Result;
use crate::seed::restricted::Restricted;
use crate::sql::{literal, text_array};

/// What the server reads as a type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Some texts, as they were written.
    pub(super) plain: Vec<String>,
    /// A line whose values differ from row to row.
    pub(super) numbered: Option<String>,
}

/// What was found, by type.
#[derive(Clone, Debug, Default)]
pub struct Texts(BTreeMap<String, Found>);

/// Texts that a type gets at most.
const MOST: usize = 3;

/// Types inside of types are looked at so deep.
const DEPTH: usize = 6;

/// Rows for which a numbered text is tried.
const ROWS: [u32; 4] = [1, 2, 75, 100];

impl Texts {
    pub(super) fn of(&self, sql: &str) -> Option<&Found> {
        self.0.get(sql).filter(|found| !found.plain.is_empty())
    }

    /// Asks the server for texts of some types and of the types inside of them.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn ask(
        session: &Session,
        catalog: &Catalog,
        types: BTreeSet<String>,
    ) -> Result<Self> {
        let mut wanted = types;
        for _ in 0..DEPTH {
            let inner: Vec<String> = wanted.iter().flat_map(|sql| parts(catalog, sql)).collect();
            wanted.extend(inner);
        }
        let mut texts = Self::default();
        if wanted.is_empty() {
            return Ok(texts);
        }
        let what = "looking for texts of types";
        session
            .run(what, "begin; set local timezone = 'UTC'")
            .await?;
        let asked = async {
            let restricted = Restricted::begin(session).await?;
            let failed = |failure: BatchFailure| failure.of_our_own(what);
            restricted.run(session, READS).await.map_err(failed)?;
            // What is made of others comes after them.
            for _ in 0..=DEPTH {
                let ready: Vec<&String> = wanted
                    .iter()
                    .filter(|sql| !texts.0.contains_key(*sql))
                    .filter(|sql| {
                        parts(catalog, sql)
                            .iter()
                            .all(|part| texts.0.contains_key(part))
                    })
                    .collect();
                for sql in ready {
                    let found = texts.found(session, &restricted, catalog, sql).await?;
                    texts.0.insert(sql.clone(), found);
                }
            }
            Ok(())
        }
        .await;
        let ended = session.run(what, "rollback").await;
        asked?;
        ended.map(|_| texts)
    }

    async fn found(
        &self,
        session: &Session,
        restricted: &Restricted,
        catalog: &Catalog,
        sql: &str,
    ) -> Result<Found> {
        let mut asked = self.composed(catalog, sql);
        asked.extend(shapes(sql).iter().map(|shape| literal(shape)));
        let plain = asked.len();
        let rows = |pattern| ROWS.map(|row| literal(&filled(pattern, row)));
        asked.extend(NUMBERED.into_iter().flat_map(rows));
        let answers = read(session, restricted, sql, &asked).await?;
        let (plain, numbered) = answers.split_at_checked(plain).unwrap_or_default();
        let mut found = Found::default();
        for text in plain.iter().flatten() {
            if !found.plain.contains(text) && found.plain.len() < MOST {
                found.plain.push(text.clone());
            }
        }
        let mut patterns = NUMBERED.iter().zip(numbered.chunks(ROWS.len()));
        let pattern = patterns.find(|(_, rows)| {
            let different: BTreeSet<&String> = rows.iter().flatten().collect();
            different.len() == ROWS.len()
        });
        found.numbered = pattern.map(|(pattern, _)| line(pattern));
        Ok(found)
    }

    /// Values made of those of the parts, as SQL expressions of texts.
    fn composed(&self, catalog: &Catalog, sql: &str) -> Vec<String> {
        let part = |sql: &String, at: usize| {
            let plain = self.0.get(sql).map_or(&[][..], |found| &found.plain);
            let text = plain.get(at).or(plain.last());
            text.map(|text| format!("{}::{sql}", literal(text)))
        };
        let parts = parts(catalog, sql);
        let is_array = sql.ends_with("[]");
        let range = !is_array
            && kind(catalog, sql).is_some_and(|kind| matches!(kind, TypeKind::Range { .. }));
        let mut made = Vec::new();
        if let Some(TypeKind::Domain { base, .. }) = kind(catalog, sql) {
            let plain = self.0.get(base).map_or(&[][..], |found| &found.plain);
            return plain.iter().map(|text| literal(text)).collect();
        }
        for at in 0..MOST {
            let values: Option<Vec<String>> = parts.iter().map(|sql| part(sql, at)).collect();
            let Some(values) = values.filter(|values| !values.is_empty()) else {
                continue;
            };
            if is_array {
                made.push(format!("array[{}]::{sql}::text", values[0]));
            } else if range {
                let next = part(&parts[0], at + 1).unwrap_or_default();
                made.push(format!("{sql}({}, {next})::text", values[0]));
                made.push(format!("{sql}({next}, {})::text", values[0]));
            } else {
                made.push(format!("row({})::{sql}::text", values.join(", ")));
            }
        }
        made
    }
}

/// Null where the server does not read it.
const READS: &str = "create function pg_temp.workroom_reads(question text, kind text) returns text language plpgsql as \
  'declare answer text; begin execute ''select '' || question into answer; \
   execute ''select ($1::'' || kind || '')::text'' using answer; return answer; \
   exception when others then return null; end'";

/// Which of some texts, given as SQL, the server reads as a type.
async fn read(
    session: &Session,
    restricted: &Restricted,
    sql: &str,
    texts: &[String],
) -> Result<Vec<Option<String>>> {
    let question = format!(
        "select pg_catalog.string_agg(coalesce(pg_temp.workroom_reads(question, {}), pg_catalog.chr(30)), pg_catalog.chr(31) order by place) \
         from pg_catalog.unnest({}) with ordinality as asked (question, place)",
        literal(sql),
        text_array(texts.iter().map(String::as_str))
    );
    let answer = restricted.ask(session, &question).await;
    let answer = answer.map_err(|failure| failure.of_our_own("looking for texts of types"))?;
    let answer = answer.unwrap_or_default();
    let answers = answer.split('\u{1f}');
    Ok(answers
        .map(|text| (text != "\u{1e}").then(|| text.to_owned()))
        .collect())
}

fn kind<'c>(catalog: &'c Catalog, sql: &str) -> Option<&'c TypeKind> {
    let mut types = catalog.types.iter();
    let found = types.find(|declared| declared.name.to_string() == sql);
    found.map(|declared| &declared.kind)
}

/// The types that a type is made of.
fn parts(catalog: &Catalog, sql: &str) -> Vec<String> {
    if let Some(element) = sql.strip_suffix("[]") {
        return vec![element.to_owned()];
    }
    match kind(catalog, sql) {
        Some(TypeKind::Range { subtype }) => vec![subtype.clone()],
        Some(TypeKind::Domain { base, .. }) => vec![base.clone()],
        Some(TypeKind::Composite { attributes }) => attributes
            .iter()
            .map(|attribute| after_name(attribute))
            .collect(),
        Some(TypeKind::Enum { .. }) | None => Vec::new(),
    }
}

/// The type of an attribute, `"a b" integer`.
fn after_name(attribute: &str) -> String {
    let end = match attribute.strip_prefix('"') {
        Some(rest) => {
            let mut quotes = rest.match_indices('"').map(|(at, _)| at).peekable();
            let mut end = rest.len();
            while let Some(at) = quotes.next() {
                // Two of them are one.
                if quotes.next_if_eq(&(at + 1)).is_none() {
                    end = at;
                    break;
                }
            }
            end + 2
        }
        None => attribute.find(' ').unwrap_or(attribute.len()),
    };
    attribute.get(end..).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_an_attribute_stands_after_its_name() {
        assert_eq!(after_name("width integer"), "integer");
        assert_eq!(
            after_name("\"a \"\"b\"\" c\" numeric(5,2)[]"),
            "numeric(5,2)[]"
        );
    }
}
