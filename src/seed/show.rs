//! `[[show]]`: questions whose answers tell what the data are worth, asked as an ordinary role of one tenant.

use crate::database::Session;
use crate::error::Result;
use crate::files::suggest;
use crate::files::toml::Node;
use crate::report::Table;
use crate::seed::dataset::{Dataset, Show};
use crate::seed::grammar::centre;
use crate::seed::spec::{Fields, Reader};
use crate::seed::value::embedding::{self, MOST, embed};
use crate::seed::value::{Value, uuid};
use crate::sql::{identifier, literal};

/// Reads `[[show]]`.
pub(crate) fn read(reader: &mut Reader<'_>, node: &Node) -> Vec<Show> {
    let mut shows = Vec::new();
    for item in reader.array(node).unwrap_or_default() {
        let mut fields = Fields::of(item);
        let mut text = |reader: &mut Reader<'_>, name| {
            let node = fields.take(name)?;
            reader
                .text(node)
                .map(|text| (text.to_owned(), node.span.clone()))
        };
        let (title, sql) = (text(reader, "title"), text(reader, "sql"));
        let (tenant, role, sign_in) = (
            text(reader, "tenant"),
            text(reader, "role"),
            text(reader, "sign_in"),
        );
        let (topic, asked) = (text(reader, "topic"), text(reader, "embed"));
        let size = fields
            .take("size")
            .and_then(|node| reader.count(node, 1..=MOST as i64))
            .unwrap_or(1536) as usize;
        reader.finish(fields, "[[show]]");
        let tenant = tenant.and_then(|(name, span)| {
            let found = reader.tenants.iter().position(|known| *known == name);
            if found.is_none() {
                let hint = suggest::hint(&name, reader.tenants.iter().map(String::as_str));
                reader.mistake(span, format!("there is no tenant `{name}`"), hint);
            }
            found
        });
        let vector = match (topic, asked) {
            (topic, None) => topic.map(|(topic, _)| centre(&topic, size)),
            (Some(_), Some((_, span))) => {
                let message = "`{vector}` stands for the vector of a topic or of a text";
                reader.mistake(span, message, Some("leave one of them away".to_owned()));
                None
            }
            (None, Some((asked, span))) => {
                let vector = embed(&asked, size);
                if vector.is_none() {
                    reader.mistake(span, "a text without a letter or digit has no vector", None);
                }
                vector
            }
        };
        match (title, sql) {
            (Some((title, _)), Some((sql, _))) => shows.push(Show {
                title,
                tenant,
                role: role.map(|(role, _)| role),
                sign_in: sign_in.map(|(sql, _)| sql),
                vector,
                sql,
            }),
            _ => reader.mistake(
                item.span.clone(),
                "[[show]] needs a title and its sql",
                None,
            ),
        }
    }
    shows
}

/// Asks and returns the answer as a table. Nothing is changed.
///
/// # Errors
/// When the question cannot be asked.
pub async fn ask(session: &Session, data: &Dataset, show: &Show) -> Result<Table> {
    // A deployment turns row security off, loudly; here it is what is asked for.
    let mut sql = String::from("begin read only;\nset local row_security = on;\n");
    if let (Some(tenant), Some(setting)) = (show.tenant, &data.tenant_setting)
        && let Value::Uuid(id) = data.tenants[tenant].id
    {
        let mut text = String::new();
        uuid::write(&mut text, &id);
        sql.push_str(&format!("set local {setting} = {};\n", literal(&text)));
    }
    if let Some(sign_in) = &show.sign_in {
        sql.push_str(&format!("{};\n", sign_in.trim().trim_end_matches(';')));
    }
    if let Some(role) = &show.role {
        sql.push_str(&format!("set local role {};\n", identifier(role)));
    }
    let mut question = show.sql.trim().trim_end_matches(';').to_owned();
    if let Some(vector) = &show.vector {
        question = question.replace("{vector}", &literal(&embedding::literal(vector)));
    }
    // As JSON, because the simple protocol's rows come without their columns' names.
    sql.push_str(&format!("select answer.key, answer.value from ({question}) as row_, pg_catalog.json_each_text(pg_catalog.to_json(row_)) as answer;\n"));
    sql.push_str("rollback;");
    let failed = session
        .run(&format!("asking for \"{}\"", show.title), &sql)
        .await;
    if failed.is_err() {
        // The question's own failure is what matters.
        let _ = session.batch("rollback").await;
    }
    let results = failed?;
    let cells = results
        .iter()
        .rev()
        .find(|rows| !rows.is_empty())
        .cloned()
        .unwrap_or_default();
    Ok(table(&show.title, &cells))
}

/// Rows from pairs of column and value: a new one begins where the first column comes again.
fn table(title: &str, cells: &[Vec<Option<String>>]) -> Table {
    let text = |cell: Option<&Option<String>>| cell.cloned().flatten().unwrap_or_default();
    let mut columns: Vec<String> = Vec::new();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for pair in cells {
        let (key, value) = (text(pair.first()), text(pair.get(1)));
        if columns.first() == Some(&key) || rows.is_empty() {
            rows.push(Vec::new());
        }
        if !columns.contains(&key) {
            columns.push(key);
        }
        if let Some(row) = rows.last_mut() {
            row.push(value);
        }
    }
    let names: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut table = Table::new(title, &names);
    rows.into_iter().for_each(|row| table.row(row));
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_become_rows() {
        let pair = |key: &str, value: &str| vec![Some(key.to_owned()), Some(value.to_owned())];
        let made = table(
            "t",
            &[
                pair("a", "1"),
                pair("b", "2"),
                pair("a", "3"),
                pair("b", "4"),
            ],
        );
        assert_eq!(made.columns, ["a", "b"]);
        assert_eq!(made.rows, [["1", "2"], ["3", "4"]]);
    }
}
