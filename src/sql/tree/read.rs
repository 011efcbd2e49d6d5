//! From squawk's syntax tree to plain values. `sql/tree/` is the only home of `squawk_syntax`.

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode, Stmt};

use super::syntax::{name, name_of, plain, says, span, words};
use super::{Action, CreateIndex, CreateRoutine, CreateView, Move, Name};
use super::{routine, table};

/// What a statement does, if it is anything that somebody asks for.
pub(super) fn action(statement: &Stmt) -> Option<Action> {
    let node = statement.syntax();
    Some(match statement {
        Stmt::CreateTable(create) => Action::CreateTable(table::created(create)?),
        Stmt::CreateTableAs(create) => Action::CreateTable(table::created_from_query(
            create.table_name()?,
            create.persistence(),
            create.if_not_exists().is_some(),
        )?),
        Stmt::SelectInto(select) => {
            let into = select.into_clause()?;
            Action::CreateTable(table::created_from_query(
                into.table_name()?,
                into.persistence(),
                false,
            )?)
        }
        Stmt::CreateForeignTable(create) => Action::CreateTable(table::created_foreign(create)?),
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
        Stmt::CreateIndex(create) => Action::CreateIndex(index(create)?),
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
        Stmt::CreateView(create) => Action::CreateView(CreateView {
            view: name_of(create.view())?,
            materialized: false,
            temporary: table::is_temporary(create.persistence()),
            security_invoker: create
                .with_params()
                .is_some_and(|params| is_security_invoker(params.syntax())),
            has_options: create.with_params().is_some(),
            options_at: match create.column_list() {
                Some(list) => span(list.syntax()).end,
                None => span(create.view()?.syntax()).end,
            },
        }),
        Stmt::CreateMaterializedView(create) => Action::CreateView(CreateView {
            view: name_of(create.view())?,
            materialized: true,
            temporary: false,
            security_invoker: false,
            has_options: create.with_params().is_some(),
            options_at: span(create.view()?.syntax()).end,
        }),
        Stmt::DropView(drop) => Action::DropView {
            views: names(drop.view_refs()),
        },
        Stmt::DropMaterializedView(drop) => Action::DropView {
            views: names(drop.view_refs()),
        },
        Stmt::AlterView(alter) => Action::MoveView {
            view: name_of(alter.view_ref())?,
            to: match alter.action()? {
                ast::AlterViewAction::ViewRenameTo(to) => Move::Name(plain(to.view())?),
                ast::AlterViewAction::SetSchema(to) => Move::Schema(plain(to.schema_ref())?),
                _ => return None,
            },
        },
        Stmt::AlterMaterializedView(alter) => Action::MoveView {
            view: name_of(alter.view_ref())?,
            to: alter.action().find_map(|action| match action {
                ast::AlterMaterializedViewAction::ViewRenameTo(to) => {
                    Some(Move::Name(plain(to.view())?))
                }
                ast::AlterMaterializedViewAction::SetSchema(to) => {
                    Some(Move::Schema(plain(to.schema_ref())?))
                }
                _ => None,
            })?,
        },
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
            Action::AlterRoutine(routine::altered(
                name_of(signature.function_name_ref())?,
                arguments(signature.param_list()),
                node,
            ))
        }
        Stmt::AlterProcedure(alter) => {
            let signature = alter.procedure_sig()?;
            Action::AlterRoutine(routine::altered(
                name_of(signature.procedure_name_ref())?,
                arguments(signature.param_list()),
                node,
            ))
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
        Stmt::Grant(grant) => Action::Grant {
            to_public: grant
                .role_ref_list()
                .is_some_and(|roles| words(roles.syntax()).iter().any(|word| word == "public")),
            what: words(node)
                .into_iter()
                .skip(1)
                .take_while(|word| word != "to")
                .collect::<Vec<_>>()
                .join(" ")
                .replace(" . ", ".")
                .replace(" , ", ", "),
        },
        Stmt::Update(update) => Action::Update {
            table: name_of(update.relation_name())?,
        },
        Stmt::Delete(delete) => Action::Delete {
            table: name_of(delete.relation_name())?,
        },
        Stmt::Insert(insert) => Action::Insert {
            table: name_of(insert.relation_name_ref())?,
            from_query: insert
                .insert_source()
                .is_some_and(|source| says(source.syntax(), &["from"])),
        },
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
        Stmt::AlterDomain(alter) => match alter.action()? {
            ast::AlterDomainAction::AddConstraint(added) => Action::ConstrainDomain {
                domain: name_of(alter.domain_ref())?,
                not_valid: says(added.syntax(), &["not", "valid"]),
            },
            ast::AlterDomainAction::SetNotNull(_) => Action::ConstrainDomain {
                domain: name_of(alter.domain_ref())?,
                not_valid: false,
            },
            _ => return None,
        },
        Stmt::AlterType(alter) => match alter.action()? {
            ast::AlterTypeAction::AddValue(added) => Action::AddEnumValue {
                name: name_of(alter.type_name_ref())?,
                value: added.literal()?.string_value()?,
            },
            _ => return None,
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
        Stmt::Do(_) => Action::Do,
        _ => return None,
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

fn index(create: &ast::CreateIndex) -> Option<CreateIndex> {
    Some(CreateIndex {
        index: name_of(create.index()),
        table: name_of(create.table_relation_name())?,
        concurrently: create.concurrently_token().is_some(),
        if_not_exists: create
            .if_not_exists()
            .map(|condition| span(condition.syntax())),
        columns: create
            .partition_item_list()?
            .partition_items()
            .map(|item| match item.expr() {
                Some(ast::Expr::NameRef(column)) => plain(Some(column)).unwrap_or_default(),
                _ => String::new(),
            })
            .collect(),
        partial: create.where_clause().is_some(),
        after_index: create.index_token()?.text_range().end().into(),
    })
}

fn is_security_invoker(params: &SyntaxNode) -> bool {
    let words = words(params);
    words.iter().enumerate().any(|(at, word)| {
        word == "security_invoker"
            && match words.get(at + 1).map(String::as_str) {
                Some("=") => words.get(at + 2).is_some_and(|value| {
                    ["true", "on", "1", "yes", "'true'", "'on'"].contains(&value.as_str())
                }),
                _ => true,
            }
    })
}

fn arguments(list: Option<ast::ParamList>) -> Option<usize> {
    Some(list?.params().count())
}
