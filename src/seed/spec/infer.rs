//! What follows from the catalog for a column without a line; what does not follow is an error, never a guess.

use super::draft::{Draft, text_of};
use super::header::Header;
use super::reader::{Reader, Slot};
use crate::catalog::{Catalog, ConstraintKind, Identity};
use crate::seed::column_type::{self, ColumnType};
use crate::seed::grammar::reference::{Choice, Reference};
use crate::seed::grammar::{Generator, Key};
use crate::seed::value::{UNIT, Value, date, parse_number};

/// What is known of the column.
pub(super) struct Facts<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) header: &'a Header,
    pub(super) draft: &'a Draft<'a>,
    pub(super) slot: &'a Slot,
}

/// The generator of a column without a line, and why it is that one.
pub(super) fn infer(
    reader: &mut Reader<'_>,
    facts: &Facts<'_>,
) -> Result<(Generator, &'static str), &'static str> {
    let Facts {
        catalog,
        header,
        draft,
        slot,
    } = facts;
    let names = reader.names.tables[slot.table].columns[slot.column].clone();
    let Some(data_type) = names.data_type.clone() else {
        return Err("a helper value needs one");
    };
    let column = draft
        .stored
        .iter()
        .find(|column| column.name == names.name)
        .ok_or("it is not in the catalog")?;
    let is_tenant = header.tenant_column.as_deref() == Some(names.name.as_str());
    let is_tenants = text_of(header.tenant_table.as_ref()) == Some(&draft.label);
    if is_tenant && is_tenants {
        return Ok((Generator::Key(Key::Uuid), "the tenant's own key"));
    }
    if is_tenant {
        return Ok((Generator::Tenant, "tenant"));
    }
    let key: Vec<&str> = catalog
        .constraints
        .iter()
        .filter(|constraint| {
            constraint.relation == draft.name && constraint.kind == ConstraintKind::PrimaryKey
        })
        .flat_map(|constraint| constraint.columns.iter().map(String::as_str))
        .filter(|column| header.tenant_column.as_deref() != Some(*column))
        .collect();
    let is_key = key == [names.name.as_str()];
    let default = column_type::default_of(catalog, column);
    // A default that is a value may be one that no row has, as that of `on delete set default`.
    let has_value =
        default.is_some_and(|default| !default.contains('(') && !default.starts_with("NULL"));
    if let Some((target, own)) = slot.references
        && (names.not_null || has_value && target != slot.table)
        && (target, own) != (slot.table, slot.column)
    {
        let parent = reader.names.tables[slot.table].parent;
        let choice = if parent == Some(target) {
            Choice::Parent
        } else if is_key {
            Choice::Same
        } else {
            Choice::Uniform
        };
        reader.references += 1;
        return Ok((
            Generator::Reference(Box::new(Reference::inferred(
                reader.references,
                target,
                own,
                choice,
            ))),
            "foreign key",
        ));
    }
    // What the server numbers, and nobody refers to.
    let is_referred_to = catalog.constraints.iter().any(|constraint| {
        let target = constraint.references.as_ref();
        target.is_some_and(|target| {
            target.relation == draft.name && target.columns.contains(&names.name)
        })
    });
    if column.identity == Some(Identity::Always) && !is_key && !is_referred_to {
        return Ok((Generator::Server, "identity"));
    }
    if is_key || column.identity.is_some() {
        match data_type {
            ColumnType::Uuid => return Ok((Generator::Key(Key::Uuid), "primary key")),
            ColumnType::Int(_) => {
                return Ok((Generator::Key(Key::Number(1)), "primary key"));
            }
            _ => {}
        }
    }
    if !names.not_null && default.is_none() {
        return Ok((Generator::Constant(Value::Null), "nullable"));
    }
    if let Some(found) = by_default(reader, default, &data_type, slot) {
        return Ok(found);
    }
    let labels = match &data_type {
        ColumnType::Enum(labels) => Some(labels.clone()),
        _ => names.labels,
    };
    if let Some(label) = labels.and_then(|labels| labels.into_iter().next()) {
        let word = reader.words.word(&label);
        return Ok((Generator::Constant(Value::Word(word)), "first label"));
    }
    if default.is_some() {
        return Ok((Generator::Server, "default"));
    }
    Err(match data_type {
        ColumnType::Other(_) => {
            "its values are written as texts that the server reads, and it has no default"
        }
        _ => "nothing in the catalog says what it holds",
    })
}

/// A default that is a literal, or the time of writing.
fn by_default(
    reader: &mut Reader<'_>,
    default: Option<&str>,
    data_type: &ColumnType,
    slot: &Slot,
) -> Option<(Generator, &'static str)> {
    let default = default?;
    let is_now = matches!(
        default,
        "now()"
            | "CURRENT_TIMESTAMP"
            | "CURRENT_DATE"
            | "transaction_timestamp()"
            | "statement_timestamp()"
            | "clock_timestamp()"
    );
    if is_now {
        let created = reader.names.column(slot.table, "created_at");
        let is_update = slot.label.ends_with(".updated_at");
        if let (Some(column), true) = (created, is_update) {
            let path = crate::seed::expression::Path {
                root: crate::seed::expression::Root::Own,
                hops: Vec::new(),
                end: crate::seed::expression::End::Column(column),
            };
            return Some((
                Generator::Value(Box::new(crate::seed::expression::Expression::Path(path))),
                "as created_at",
            ));
        }
        let days = i64::from(reader.as_of) * date::DAY;
        let value = if *data_type == ColumnType::Date {
            Value::Date(reader.as_of)
        } else {
            Value::Timestamp(days)
        };
        return Some((Generator::Constant(value), "as_of"));
    }
    let literal = default.split("::").next()?.trim();
    let text = literal
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''));
    let value = match (data_type, text) {
        (ColumnType::Bool, _) if matches!(literal, "true" | "false") => {
            Value::Bool(literal == "true")
        }
        (ColumnType::Int(_) | ColumnType::Float(_) | ColumnType::Numeric(_), _) => {
            let number = parse_number(text.unwrap_or(literal).trim_matches(['(', ')']))?;
            if number % UNIT == 0 {
                Value::Int(number / UNIT)
            } else {
                Value::Number(number)
            }
        }
        (ColumnType::Text(_) | ColumnType::Character(_) | ColumnType::Enum(_), Some(text)) => {
            Value::Word(reader.words.word(&text.replace("''", "'")))
        }
        (ColumnType::Texts(_), Some("{}")) => Value::List(std::sync::Arc::from([])),
        (ColumnType::Json | ColumnType::Jsonb, Some(text @ ("{}" | "[]"))) => {
            Value::Json(text.into())
        }
        (ColumnType::Date, Some(text)) => Value::Date(date::parse(text)?),
        _ => return None,
    };
    Some((Generator::Constant(value), "default"))
}
