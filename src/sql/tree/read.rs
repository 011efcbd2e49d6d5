//! From squawk's syntax tree to plain values. `sql/tree/` is the only home of `squawk_syntax`.

use squawk_syntax::ast::{self, AstNode, Stmt};

use super::syntax::{name, name_of, plain, says, words};
use super::{Action, CreateRoutine, CreateTable, Name};
use super::{index, object, routine, rows, table, view};

/// What a statement does, if it is anything that somebody asks for.
pub(super) fn action(statement: &Stmt) -> Option<Action> {
    let node = statement.syntax();
    Some(match statement {
        Stmt::CreateTable(create) => Action::CreateTable(table::created(create)?),
        Stmt::CreateTableAs(create) => {
            let is_filled = !says(node, &["with", "no", "data"]);
            Action::CreateTable(CreateTable {
                query: create
                    .query()
                    .filter(|_| is_filled)
                    .map(|query| rows::read_by(query.syntax()))
                    .unwrap_or_default(),
                ..table::created_from_query(
                    create.table_name()?,
                    create.persistence(),
                    create.if_not_exists().is_some(),
                )?
            })
        }
        Stmt::SelectInto(select) => {
            let into = select.into_clause()?;
            Action::CreateTable(CreateTable {
                query: rows::read_by(node),
                ..table::created_from_query(into.table_name()?, into.persistence(), false)?
            })
        }
        Stmt::CreateForeignTable(create) => Action::CreateTable(table::created_foreign(create)?),
        Stmt::AlterTable(alter) if alter.all_in_tablespace().is_some() => {
            Action::Rewrite { table: None }
        }
        Stmt::AlterTable(alter) => {
            let (table, changes) = table::altered(alter.table_relation_name(), alter.actions())?;
            Action::AlterTable { table, changes }
        }
        Stmt::AlterForeignTable(alter) => {
            let (table, changes) = table::altered(alter.table_relation_name(), alter.actions())?;
            Action::AlterTable { table, changes }
        }
        Stmt::DropForeignTable(drop) => Action::DropTable {
            tables: names(drop.table_name_refs()),
        },
        Stmt::DropTable(drop) => Action::DropTable {
            tables: names(drop.table_name_refs()),
        },
        Stmt::CreateIndex(create) => Action::CreateIndex(index::created(create)?),
        Stmt::DropIndex(drop) => Action::DropIndex {
            indexes: names(drop.index_refs()),
            concurrently: says(node, &["index", "concurrently"]),
        },
        Stmt::Reindex(reindex) => {
            let target = reindex.reindex_target()?;
            let is_index = matches!(target, ast::ReindexTarget::ReindexTargetIndex(_));
            let is_table = matches!(target, ast::ReindexTarget::ReindexTargetTable(_));
            Action::Reindex {
                target: (is_index || is_table)
                    .then(|| name(target.syntax()))
                    .flatten(),
                is_index,
                concurrently: reindex.is_concurrently(),
            }
        }
        Stmt::CreateView(create) => Action::CreateView(view::created(create)?),
        Stmt::CreateMaterializedView(create) => {
            Action::CreateView(view::created_materialized(create)?)
        }
        Stmt::DropView(drop) => Action::DropView {
            views: names(drop.view_refs()),
        },
        Stmt::DropMaterializedView(drop) => Action::DropView {
            views: names(drop.view_refs()),
        },
        Stmt::AlterView(alter) => {
            let (view, to) = view::moved(alter)?;
            Action::MoveView { view, to }
        }
        Stmt::AlterMaterializedView(_) if says(node, &["set", "tablespace"]) => {
            Action::Rewrite { table: name(node) }
        }
        Stmt::AlterMaterializedView(alter) => {
            let (view, to) = view::moved_materialized(alter)?;
            Action::MoveView { view, to }
        }
        Stmt::DropSchema(drop) => Action::DropSchema {
            schemas: drop
                .schema_refs()
                .filter_map(|schema| plain(Some(schema)))
                .collect(),
        },
        Stmt::Refresh(refresh) => Action::RefreshView {
            view: name_of(refresh.view_ref())?,
            concurrently: says(node, &["concurrently"]),
        },
        Stmt::CreateFunction(create) => Action::CreateRoutine(CreateRoutine {
            arguments: arguments(create.param_list()).unwrap_or_default(),
            is_trigger: create.ret_type().is_some_and(|result| {
                let words = words(result.syntax());
                words
                    .last()
                    .is_some_and(|word| word == "trigger" || word == "event_trigger")
            }),
            replaces: create.or_replace().is_some(),
            ..routine::created(
                name_of(create.name())?,
                create.option_list(),
                create.body().is_some(),
            )
        }),
        Stmt::CreateProcedure(create) => Action::CreateRoutine(CreateRoutine {
            arguments: arguments(create.param_list()).unwrap_or_default(),
            is_procedure: true,
            replaces: create.or_replace().is_some(),
            ..routine::created(
                name_of(create.name())?,
                create.option_list(),
                create.body().is_some(),
            )
        }),
        Stmt::CreateAggregate(create) => Action::CreateAggregate {
            name: name_of(create.aggregate_name())?,
            replaces: create.or_replace().is_some(),
        },
        Stmt::DropFunction(drop) => Action::DropRoutine {
            routines: names(drop.function_sig_list()?.function_sigs()),
        },
        Stmt::DropProcedure(drop) => Action::DropRoutine {
            routines: names(drop.procedure_sig_list()?.procedure_sigs()),
        },
        Stmt::DropRoutine(drop) => Action::DropRoutine {
            routines: names(drop.routine_sig_list()?.routine_sigs()),
        },
        Stmt::DropAggregate(drop) => Action::DropRoutine {
            routines: names(drop.aggregates()),
        },
        Stmt::AlterFunction(alter) => {
            let signature = alter.function_sig()?;
            let name = name_of(signature.function_name_ref())?;
            match object::renamed("function", name.clone(), node) {
                Some(renamed) => renamed,
                None => Action::AlterRoutine(routine::altered(
                    name,
                    arguments(signature.param_list()),
                    node,
                )),
            }
        }
        Stmt::AlterProcedure(alter) => {
            let signature = alter.procedure_sig()?;
            let name = name_of(signature.procedure_name_ref())?;
            match object::renamed("procedure", name.clone(), node) {
                Some(renamed) => renamed,
                None => Action::AlterRoutine(routine::altered(
                    name,
                    arguments(signature.param_list()),
                    node,
                )),
            }
        }
        Stmt::AlterRoutine(alter) => {
            let signature = alter.routine_sig()?;
            Action::AlterRoutine(routine::altered(
                name_of(signature.routine_name_ref())?,
                arguments(signature.param_list()),
                node,
            ))
        }
        Stmt::CreatePolicy(create) => Action::Policy {
            table: name_of(create.on_table())?,
        },
        Stmt::AlterPolicy(alter) => Action::Policy {
            table: name_of(alter.on_table())?,
        },
        Stmt::DropPolicy(drop) => Action::Policy {
            table: name_of(drop.on_table())?,
        },
        Stmt::CreateTrigger(create) => Action::Trigger {
            table: name_of(create.on_relation())?,
            function: Some(routine::called(&create.call_expr()?)?),
        },
        Stmt::DropTrigger(drop) => Action::Trigger {
            table: name_of(drop.on_relation())?,
            function: None,
        },
        Stmt::CreateRule(create) => Action::CreateRule {
            table: name_of(create.rule_on())?,
        },
        Stmt::Update(_)
        | Stmt::Delete(_)
        | Stmt::Merge(_)
        | Stmt::Insert(_)
        | Stmt::Select(_)
        | Stmt::CompoundSelect(_)
        | Stmt::ParenSelect(_)
        | Stmt::Table(_) => rows::action(node)?,
        Stmt::Prepare(prepare) => rows::action(prepare.stmt()?.syntax())?,
        Stmt::Explain(explain) => rows::explained(explain)?,
        Stmt::Truncate(truncate) => Action::Truncate {
            tables: names(truncate.table_list()?.table_relation_names()),
            cascade: says(node, &["cascade"]),
        },
        Stmt::Lock(lock) => Action::LockTable {
            tables: names(lock.relation_list()?.relation_names()),
        },
        Stmt::Cluster(cluster) => Action::Rewrite {
            table: name_of(cluster.table_name_ref()),
        },
        Stmt::Vacuum(vacuum) if vacuum.is_full() => Action::Rewrite {
            table: name_of(vacuum.table_and_columns_list()),
        },
        Stmt::Repack(repack) if !says(node, &["concurrently"]) => Action::Rewrite {
            table: name_of(repack.table_and_columns_list()),
        },
        Stmt::CommentOn(comment) => {
            let object = comment.comment_object()?;
            let words = words(object.syntax());
            let kind = words
                .iter()
                .take_while(|word| ["materialized", "foreign"].contains(&word.as_str()))
                .count();
            Action::Comment {
                kind: words.get(kind)?.clone(),
                target: name(object.syntax())?,
            }
        }
        Stmt::Set(set) => setting(&words(set.set_target()?.syntax()))?,
        Stmt::Reset(_) => {
            let words = words(node);
            Action::Set {
                setting: words.get(1)?.clone(),
                value: "default".to_owned(),
            }
        }
        Stmt::Do(_) => Action::Do,
        _ => return object::action(statement),
    })
}

/// `timezone = 'utc'`, `timezone to 'utc'`, `time zone 'utc'`.
fn setting(words: &[String]) -> Option<Action> {
    let (setting, value) = match words {
        [time, zone, value @ ..] if time == "time" && zone == "zone" => ("timezone".into(), value),
        _ => {
            let at = words.iter().position(|word| word == "=" || word == "to")?;
            (words[..at].concat(), &words[at + 1..])
        }
    };
    Some(Action::Set {
        setting,
        value: value.join(" "),
    })
}

fn names<N: AstNode>(parts: impl Iterator<Item = N>) -> Vec<Name> {
    parts.filter_map(|part| name_of(Some(part))).collect()
}

fn arguments(list: Option<ast::ParamList>) -> Option<usize> {
    Some(list?.params().count())
}
