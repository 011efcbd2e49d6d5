//! Types, domains, sequences, schemas, publications and privileges: what is made, named anew, dropped and granted.

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode, Stmt};

use super::column::type_name;
use super::syntax::{name, name_of, name_of_parts, plain, says, tokens, words};
use super::{Action, Move, Name};

/// What gets another name or schema.
#[derive(Clone, Debug)]
pub(crate) struct Rename {
    /// `schema`, `type`, `domain`, `function`, `sequence` …
    pub(crate) kind: &'static str,
    pub(crate) name: Name,
    pub(crate) renamed: Renamed,
}

/// Which part of it.
#[derive(Clone, Debug)]
pub(crate) enum Renamed {
    /// All of it.
    Whole(Move),
    /// A value of an enum, as its text says it.
    Value(String),
    Attribute(String),
}

#[derive(Clone, Debug)]
pub(crate) struct CreateDomain {
    pub(crate) domain: Name,
    /// The type below it, as in [`super::Column::kind`].
    pub(crate) kind: String,
    /// Whether it refuses anything that the type takes: a check or `not null`.
    pub(crate) refuses: bool,
}

/// What a publication sends from now on.
#[derive(Clone, Debug)]
pub(crate) struct Publish {
    pub(crate) all_tables: bool,
    /// Tables with the words of their row filters.
    pub(crate) tables: Vec<(Name, Vec<String>)>,
    /// Whether updates or deletes are among it.
    pub(crate) changes: bool,
}

/// What is granted to or revoked from whom.
#[derive(Clone, Debug)]
pub(crate) struct Grants {
    pub(crate) to_public: bool,
    /// What is granted, in the statement's own words.
    pub(crate) what: String,
    /// The same without the privileges: `table s.t`.
    pub(crate) on: String,
    pub(crate) roles: Vec<String>,
}

/// What a statement does to such an object.
pub(super) fn action(statement: &Stmt) -> Option<Action> {
    let node = statement.syntax();
    let drop = |kind, names: Vec<Name>| Action::Drop { kind, names };
    Some(match statement {
        Stmt::DropType(it) => drop("type", names(it.type_name_refs())),
        Stmt::DropDomain(it) => drop("domain", names(it.domain_refs())),
        Stmt::DropSequence(it) => drop("sequence", names(it.sequence_refs())),
        Stmt::DropOwned(it) => drop("owned", names(it.role_ref_list()?.role_refs())),
        Stmt::CreateType(it) => Action::CreateNamed {
            name: name_of(it.type_name())?,
        },
        Stmt::CreateDomain(it) => Action::CreateDomain(CreateDomain {
            domain: name_of(it.domain())?,
            kind: type_name(it.ty()?.syntax()),
            refuses: it.domain_qualifiers().any(|qualifier| {
                let words = words(qualifier.syntax());
                words.contains(&"check".to_owned())
                    || words.windows(2).any(|two| two == ["not", "null"])
            }),
        }),
        Stmt::AlterDomain(it) => {
            let domain = name_of(it.domain_ref())?;
            match it.action()? {
                ast::AlterDomainAction::AddConstraint(added) => Action::ConstrainDomain {
                    domain,
                    not_valid: says(added.syntax(), &["not", "valid"]),
                },
                ast::AlterDomainAction::SetNotNull(_)
                | ast::AlterDomainAction::ValidateConstraint(_) => Action::ConstrainDomain {
                    domain,
                    not_valid: false,
                },
                _ => renamed("domain", domain, node)?,
            }
        }
        Stmt::AlterType(it) => {
            let name = name_of(it.type_name_ref())?;
            match it.action()? {
                ast::AlterTypeAction::AddValue(added) => Action::AddEnumValue {
                    name,
                    value: added.literal()?.string_value()?,
                },
                ast::AlterTypeAction::RenameValue(value) => Action::Rename(Rename {
                    kind: "type",
                    name,
                    renamed: Renamed::Value(
                        tokens(value.syntax())
                            .nth(2)?
                            .text()
                            .trim_matches('\'')
                            .to_owned(),
                    ),
                }),
                ast::AlterTypeAction::RenameAttribute(renamed) => Action::Rename(Rename {
                    kind: "type",
                    name,
                    renamed: Renamed::Attribute(plain(renamed.composite_field_ref())?),
                }),
                ast::AlterTypeAction::AlterTypeAttributeActionList(list) => {
                    let words = words(list.syntax());
                    let changes =
                        |verb: &str| words.windows(2).any(|two| two == [verb, "attribute"]);
                    if !changes("drop") && !changes("alter") {
                        return None;
                    }
                    Action::ChangeAttribute {
                        name,
                        dropped: changes("drop"),
                    }
                }
                _ => renamed("type", name, node)?,
            }
        }
        Stmt::AlterSchema(it) => {
            let name = Name {
                schema: None,
                name: plain(it.schema_ref())?,
            };
            renamed("schema", name, node)?
        }
        Stmt::CreateSequence(it) => Action::CreateNamed {
            name: name_of(it.sequence())?,
        },
        Stmt::AlterSequence(it) => {
            let sequence = name_of(it.sequence_ref())?;
            let renamed = renamed("sequence", sequence.clone(), node);
            renamed.unwrap_or(Action::AlterSequence { sequence })
        }
        Stmt::AlterIndex(it) => {
            if !says(node, &["set", "tablespace"]) {
                return None;
            }
            Action::MoveIndex {
                index: name_of(it.index_ref()),
            }
        }
        Stmt::CreatePublication(it) => {
            let all_tables = says(node, &["all", "tables"]);
            let tables = it.publication_for_clause();
            Action::Publish(Publish {
                all_tables,
                tables: tables.map(|it| published(it.syntax())).unwrap_or_default(),
                changes: it.with_params().is_none_or(|params| {
                    let words = words(params.syntax()).join(" ");
                    !words.contains("publish =")
                        || words.contains("update")
                        || words.contains("delete")
                }),
            })
        }
        Stmt::AlterPublication(it) => Action::Publish(Publish {
            all_tables: false,
            tables: match it.action()? {
                ast::AlterPublicationAction::AddPublicationObjects(added) => {
                    published(added.syntax())
                }
                ast::AlterPublicationAction::SetPublicationObjects(set) => published(set.syntax()),
                _ => return None,
            },
            changes: true,
        }),
        Stmt::Grant(it) => Action::Grant(grants(node, "to", it.role_ref_list())),
        Stmt::Revoke(it) => Action::Revoke(grants(node, "from", it.role_ref_list())),
        _ => return None,
    })
}

/// `rename to` and `set schema`, read from the end of a statement.
pub(super) fn renamed(kind: &'static str, name: Name, node: &SyntaxNode) -> Option<Action> {
    let moved = says(node, &["rename", "to"]) || says(node, &["set", "schema"]);
    let last = name_of_parts(
        tokens(node)
            .filter(|token| token.text() != ";")
            .last()
            .into_iter(),
    )?;
    moved.then(|| {
        Action::Rename(Rename {
            kind,
            name,
            renamed: Renamed::Whole(match says(node, &["set", "schema"]) {
                true => Move::Schema(last.name),
                false => Move::Name(last.name),
            }),
        })
    })
}

fn names<N: AstNode>(parts: impl Iterator<Item = N>) -> Vec<Name> {
    parts
        .filter_map(|part| {
            let node = part.syntax();
            // A role's name is no path.
            name(node).or_else(|| name_of_parts(tokens(node)))
        })
        .collect()
}

fn published(node: &SyntaxNode) -> Vec<(Name, Vec<String>)> {
    let tables = node
        .descendants()
        .filter_map(ast::PublicationObjectTable::cast);
    tables
        .filter_map(|table| {
            let filter = table.where_condition_clause();
            let filter = filter.map(|filter| words(filter.syntax()));
            Some((name_of(table.table_name_ref())?, filter.unwrap_or_default()))
        })
        .collect()
}

fn grants(node: &SyntaxNode, whom: &str, roles: Option<ast::RoleRefList>) -> Grants {
    let written = |words: &[String]| words.join(" ").replace(" . ", ".").replace(" , ", ", ");
    let all = words(node);
    let end = all
        .iter()
        .rposition(|word| word == whom)
        .unwrap_or(all.len());
    let what = all.get(1..end).unwrap_or_default();
    let on = what
        .iter()
        .position(|word| word == "on")
        .map_or(0, |at| at + 1);
    let roles: Vec<String> = roles
        .iter()
        .flat_map(|roles| words(roles.syntax()))
        .collect();
    Grants {
        to_public: roles.iter().any(|role| role == "public"),
        on: written(&what[on..]).trim_start_matches("table ").to_owned(),
        what: written(what),
        roles: roles.into_iter().filter(|role| role != ",").collect(),
    }
}
