//! The numbers of `[systems.<name>.expect]`, and which objects make a number wrong.

use std::collections::BTreeSet;

use super::Scope;
use crate::catalog::{Name, RelationKind};
use crate::files::toml::Spanned;
use crate::project::{Comparison, Count};
use crate::report::Check;
use crate::sql;

/// One kind of object: what lives, and what should.
struct Kind {
    /// The key in `workroom.toml`.
    key: &'static str,
    /// One of them, for people.
    one: &'static str,
    /// What lives, as people write it.
    live: Vec<Live>,
    /// What the files create, as people write it; `None` when they were not read for it.
    declared: Option<BTreeSet<String>>,
}

/// A live object.
struct Live {
    /// What it is called in a detail.
    label: String,
    /// What the files call it; overloads of a function share it.
    declared_as: String,
    /// Whether it comes with something else, as a primary key's index does, and is not declared itself.
    is_implied: bool,
}

impl Live {
    fn named(name: &Name) -> Self {
        Self {
            label: name.to_string(),
            declared_as: name.to_string(),
            is_implied: false,
        }
    }
}

pub(super) fn checks(scope: &Scope<'_>) -> Vec<Check> {
    let expect = &scope.system.expect;
    let expected = [
        &expect.tables,
        &expect.views,
        &expect.materialized_views,
        &expect.functions,
        &expect.indexes,
        &expect.policies,
    ];
    expected
        .into_iter()
        .zip(kinds(scope))
        .filter_map(|(count, kind)| Some(check(scope, count.as_ref()?, &kind)))
        .collect()
}

fn check(scope: &Scope<'_>, count: &Spanned<Count>, kind: &Kind) -> Check {
    let found = kind.live.len() as u64;
    let expected = count.get_ref();
    let mut check = scope.passed(
        &format!("expect/{}", kind.key),
        &kind.key.replace('_', " "),
        &expected.to_string(),
        found.to_string(),
    );
    check.place = Some(scope.place(count.span()));
    let live: BTreeSet<&String> = kind.live.iter().map(|live| &live.declared_as).collect();
    let missing: Vec<&String> = kind
        .declared
        .iter()
        .flatten()
        .filter(|name| !live.contains(name))
        .collect();
    let surplus: Vec<&Live> = match &kind.declared {
        Some(declared) => kind
            .live
            .iter()
            .filter(|live| !live.is_implied && !declared.contains(&live.declared_as))
            .collect(),
        None => Vec::new(),
    };
    // A number that holds while one object is gone and a stranger stands in its place, holds by accident.
    let is_by_name = expected.comparison == Comparison::AsTheFilesMake;
    let holds = expected.holds(found) && (!is_by_name || surplus.is_empty());
    let is_known = !is_by_name || kind.declared.is_some();
    check.passed = holds && missing.is_empty() && is_known;
    if check.passed {
        return check;
    }
    if expected.holds(found) {
        check.found = format!("{found}, not the same ones");
    }
    let correct = format!("correct `{}` in {}", kind.key, scope.file.path);
    if is_by_name && kind.declared.is_none() {
        check.details.push(format!(
            "nothing tells which {} the files make",
            kind.key.replace('_', " ")
        ));
        check.hint = Some(format!(
            "give a number for `{}` in {}; `workroom db manifest` holds every object by name",
            kind.key, scope.file.path
        ));
        return check;
    }
    if kind.declared.is_none() {
        check.details = kind
            .live
            .iter()
            .map(|live| format!("found: {} {}", kind.one, live.label))
            .collect();
        check.hint = Some(format!("{}, or {correct}", scope.migrate()));
        return check;
    }
    check.hint = Some(if !missing.is_empty() {
        format!(
            "{}; if nothing is pending there, it was dropped by hand: bring it back in a new migration",
            scope.migrate()
        )
    } else if !surplus.is_empty() {
        let way = if is_by_name {
            "add it to the project's files"
        } else {
            &correct
        };
        format!("drop what is surplus in a new migration, or {way}")
    } else {
        check
            .details
            .push("the project's files create exactly what was found".to_owned());
        format!("{correct}, or add what is missing to the project's files")
    });
    for name in missing {
        check.details.push(format!("missing: {} {name}", kind.one));
    }
    for object in surplus {
        check
            .details
            .push(format!("surplus: {} {}", kind.one, object.label));
    }
    check
}

/// In the order of the expectations.
fn kinds(scope: &Scope<'_>) -> [Kind; 6] {
    let catalog = scope.catalog;
    let declared = scope.declared;
    let relations = |kind: RelationKind| {
        catalog
            .relations
            .iter()
            .filter(|relation| relation.kind == kind && scope.counts(&relation.name))
            .map(|relation| Live::named(&relation.name))
            .collect()
    };
    let names = |names: &Option<BTreeSet<Name>>| {
        names.as_ref().map(|names| {
            names
                .iter()
                .filter(|name| scope.counts(name))
                .map(ToString::to_string)
                .collect()
        })
    };
    let policy = |relation: &Name, name: &str| format!("{} on {relation}", sql::identifier(name));
    [
        Kind {
            key: "tables",
            one: "table",
            live: catalog
                .tables()
                .filter(|table| scope.counts(&table.name))
                .map(|table| Live::named(&table.name))
                .collect(),
            declared: names(&declared.tables),
        },
        Kind {
            key: "views",
            one: "view",
            live: relations(RelationKind::View),
            declared: names(&declared.views),
        },
        Kind {
            key: "materialized_views",
            one: "materialized view",
            live: relations(RelationKind::MaterializedView),
            declared: names(&declared.materialized_views),
        },
        Kind {
            key: "functions",
            one: "function",
            live: catalog
                .functions
                .iter()
                .filter(|function| scope.counts(&function.name))
                .map(|function| Live {
                    label: function.label(),
                    ..Live::named(&function.name)
                })
                .collect(),
            declared: names(&declared.functions),
        },
        Kind {
            key: "indexes",
            one: "index",
            live: catalog
                .indexes
                .iter()
                .filter(|index| !index.is_partition && scope.counts(&index.name))
                .map(|index| Live {
                    is_implied: index.constraint.is_some(),
                    ..Live::named(&index.name)
                })
                .collect(),
            declared: names(&declared.indexes),
        },
        Kind {
            key: "policies",
            one: "policy",
            live: catalog
                .policies
                .iter()
                .filter(|it| scope.counts(&it.relation))
                .map(|it| Live {
                    label: policy(&it.relation, &it.name),
                    declared_as: policy(&it.relation, &it.name),
                    is_implied: false,
                })
                .collect(),
            declared: declared.policies.as_ref().map(|policies| {
                policies
                    .iter()
                    .filter(|(relation, _)| scope.counts(relation))
                    .map(|(relation, name)| policy(relation, name))
                    .collect()
            }),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::super::sample::{deployed, table};
    use crate::catalog::{Name, RelationKind};
    use crate::project::{Comparison, Count};

    #[test]
    fn numbers_that_hold_pass_and_point_to_their_line() {
        let sample = deployed();
        for key in [
            "tables",
            "views",
            "materialized_views",
            "functions",
            "indexes",
            "policies",
        ] {
            let check = sample.passes(&format!("expect/{key}"));
            assert!(check.place.unwrap().line_column().unwrap().0 > 1);
        }
    }

    #[test]
    fn what_is_missing_and_what_is_surplus_is_named() {
        let mut sample = deployed();
        sample
            .catalog
            .relations
            .retain(|relation| relation.name.name != "orders");
        let check = sample.fails("expect/tables");
        assert_eq!((check.expected.as_str(), check.found.as_str()), ("2", "1"));
        assert_eq!(check.details, ["missing: table shop.orders"]);
        let hint = check.hint.unwrap();
        assert!(hint.starts_with("run `workroom db migrate --system shop`;"));

        let mut sample = deployed();
        sample.catalog.relations.push(table("Left Over"));
        let check = sample.fails("expect/tables");
        assert_eq!(check.details, ["surplus: table shop.\"Left Over\""]);
        assert!(check.hint.unwrap().starts_with("drop what is surplus"));
    }

    #[test]
    fn a_number_that_no_object_explains_is_itself_suspected() {
        let mut sample = deployed();
        sample
            .declared
            .tables
            .as_mut()
            .unwrap()
            .remove(&Name::new("shop", "orders"));
        sample
            .catalog
            .relations
            .retain(|relation| relation.name.name != "orders");
        let check = sample.fails("expect/tables");
        assert_eq!(
            check.details,
            ["the project's files create exactly what was found"]
        );
        assert!(
            check
                .hint
                .unwrap()
                .starts_with("correct `tables` in workroom.toml")
        );
    }

    #[test]
    fn where_the_files_do_not_tell_what_lives_is_listed() {
        let mut sample = deployed();
        sample.declared.views = None;
        sample
            .catalog
            .relations
            .retain(|relation| relation.kind != RelationKind::View);
        assert!(sample.fails("expect/views").details.is_empty());
        let mut sample = deployed();
        sample.declared.tables = None;
        sample.catalog.relations.push(table("left_over"));
        assert_eq!(sample.fails("expect/tables").details.len(), 3);
    }

    #[test]
    fn a_number_does_not_hold_by_accident() {
        let mut sample = deployed();
        sample.catalog.relations[1].name.name = "stand_in".to_owned();
        let check = sample.fails("expect/tables");
        assert_eq!(
            (check.expected.as_str(), check.found.as_str()),
            ("2", "2, not the same ones")
        );
        assert_eq!(
            check.details,
            ["missing: table shop.orders", "surplus: table shop.stand_in"]
        );
    }

    #[test]
    fn what_the_files_make_is_compared_by_name_alone() {
        let mut sample = deployed();
        let tables = sample.system.expect.tables.as_mut().unwrap();
        let count = crate::files::toml::Spanned::new(
            tables.span(),
            Count {
                comparison: Comparison::AsTheFilesMake,
                number: 0,
            },
        );
        *tables = count;
        let check = sample.passes("expect/tables");
        assert_eq!(
            (check.expected.as_str(), check.found.as_str()),
            ("as the files make", "2")
        );
        sample.catalog.relations.push(table("left_over"));
        let check = sample.fails("expect/tables");
        assert_eq!(check.details, ["surplus: table shop.left_over"]);
    }

    #[test]
    fn private_schemas_partitions_and_other_systems_are_not_counted() {
        let mut sample = deployed();
        let mut strangers = [table("a"), table("b"), table("c")];
        strangers[0].name.schema = "shop_private".to_owned();
        strangers[1].name.schema = "elsewhere".to_owned();
        strangers[2].partition_of = Some(Name::new("shop", "orders"));
        sample.catalog.relations.extend(strangers);
        sample.passes("expect/tables");
    }

    #[test]
    fn an_overload_that_no_file_declares_shows_in_the_number() {
        let mut sample = deployed();
        let mut overload = sample.catalog.functions[0].clone();
        overload.signature = "integer".to_owned();
        sample.catalog.functions.push(overload);
        assert_eq!(sample.fails("expect/functions").found, "2");
    }

    #[test]
    fn policies_are_told_with_their_tables() {
        let mut sample = deployed();
        sample.catalog.policies.clear();
        let details = sample.fails("expect/policies").details;
        assert_eq!(details, ["missing: policy tenant on shop.orders"]);
    }
}
