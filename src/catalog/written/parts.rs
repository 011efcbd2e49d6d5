//! What belongs to a table, read from its definition.

use super::clauses::Clauses;
use crate::catalog::{
    Constraint, ConstraintKind, Index, Name, Properties, Reference, ReferenceAction, Trigger,
    TriggerEnabled,
};
use crate::sql::identifier;

pub(super) fn owned(properties: &Properties, name: &str) -> Option<String> {
    properties.get(name).cloned()
}

pub(super) fn constraint(
    relation: &Name,
    name: String,
    held: &Properties,
    columns: &[String],
) -> Option<Constraint> {
    let definition = owned(held, "definition")?;
    let said = Clauses::of(&definition)?;
    let kinds: [(&[&str], ConstraintKind); 5] = [
        (&["PRIMARY", "KEY"], ConstraintKind::PrimaryKey),
        (&["UNIQUE"], ConstraintKind::Unique),
        (&["FOREIGN", "KEY"], ConstraintKind::ForeignKey),
        (&["EXCLUDE"], ConstraintKind::Exclusion),
        (&["CHECK"], ConstraintKind::Check),
    ];
    let mut known = kinds.into_iter();
    let kind = known
        .find(|(words, _)| said.after(words) == Some(words.len()))?
        .1;
    let columns = match kind {
        ConstraintKind::Check => said.mentioned(columns),
        ConstraintKind::Exclusion => {
            let items = said.items(0)?;
            items.iter().filter_map(|item| said.column(item)).collect()
        }
        _ => said.columns(0)?,
    };
    let references = match said.after(&["REFERENCES"]) {
        Some(at) if kind == ConstraintKind::ForeignKey => {
            let (relation, end) = said.qualified(at)?;
            Some(Reference {
                relation,
                columns: said.columns(end)?,
                on_update: action(&said, "UPDATE"),
                on_delete: action(&said, "DELETE"),
            })
        }
        _ => None,
    };
    Some(Constraint {
        relation: relation.clone(),
        on_domain: false,
        name,
        kind,
        columns,
        references,
        validated: !said.says(&["NOT", "VALID"]) && !said.says(&["NOT", "ENFORCED"]),
        deferrable: said.says(&["DEFERRABLE"]) && !said.says(&["NOT", "DEFERRABLE"]),
        inherited: false,
        definition,
        comment: owned(held, "comment"),
    })
}

fn action(said: &Clauses<'_>, when: &str) -> ReferenceAction {
    let does = |words: &[&str]| said.says(&[&["ON", when], words].concat());
    if does(&["CASCADE"]) {
        ReferenceAction::Cascade
    } else if does(&["RESTRICT"]) {
        ReferenceAction::Restrict
    } else if does(&["SET", "NULL"]) {
        ReferenceAction::SetNull
    } else if does(&["SET", "DEFAULT"]) {
        ReferenceAction::SetDefault
    } else {
        ReferenceAction::NoAction
    }
}

pub(super) fn index(
    relation: &Name,
    name: String,
    held: &Properties,
    table: &Properties,
) -> Option<Index> {
    let definition = owned(held, "definition")?;
    let said = Clauses::of(&definition)?;
    let using = said.after(&["USING"])?;
    let items = said.items(using)?;
    let included = match said.after(&["INCLUDE"]) {
        Some(at) => said.columns(at)?,
        None => Vec::new(),
    };
    let predicate = said.after(&["WHERE"]).and_then(|at| said.rest(at));
    let own = identifier(&name);
    let has_mark =
        |property: &str, mark: &str| table.get(property).is_some_and(|found| found == mark);
    Some(Index {
        name: Name::new(&relation.schema, name),
        relation: relation.clone(),
        method: said.word(using)?,
        unique: said.says(&["CREATE", "UNIQUE"]),
        primary: false,
        valid: !held.contains_key("valid"),
        ready: !held.contains_key("valid"),
        is_partition: held.contains_key("attached to"),
        keys: items.iter().map(|item| said.column(item)).collect(),
        included,
        predicate,
        constraint: None,
        replica_identity: has_mark("replica identity", &format!("index {own}")),
        clustered: has_mark("clustered on", &own),
        statistics: held
            .get("statistics targets")
            .into_iter()
            .cloned()
            .map(Some)
            .collect(),
        definition,
        comment: owned(held, "comment"),
    })
}

pub(super) fn trigger(relation: &Name, name: String, held: &Properties) -> Option<Trigger> {
    let definition = owned(held, "definition")?;
    let said = Clauses::of(&definition)?;
    let function = said.qualified(said.after(&["EXECUTE", "FUNCTION"])?)?.0;
    Some(Trigger {
        relation: relation.clone(),
        name,
        function,
        enabled: match held.get("fires").map(String::as_str) {
            None => TriggerEnabled::Origin,
            Some("always") => TriggerEnabled::Always,
            Some("replica") => TriggerEnabled::Replica,
            Some(_) => TriggerEnabled::Disabled,
        },
        inherited: false,
        definition,
        comment: owned(held, "comment"),
    })
}
