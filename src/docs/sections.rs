//! Tables one by one, views, functions, types and migrations.

use std::fmt::Write;

use super::Source;
use super::escape::text;
use super::links::{Link, column_id, is_key, table_id};
use crate::catalog::{
    Column, ConstraintKind, FunctionKind, Generated, Identity, Name, Relation, RelationKind,
    TypeKind,
};

/// Every table with its columns, keys, indexes, policies and triggers.
pub(super) fn tables(source: &Source<'_>, links: &[Link<'_>]) -> String {
    let mut html = String::from("<section id=\"tables\"><h2>Tables</h2>\n");
    for table in source.all_tables() {
        article(&mut html, source, table, links);
    }
    html + "</section>\n"
}

fn article(html: &mut String, source: &Source<'_>, table: &Relation, links: &[Link<'_>]) {
    let name = &table.name;
    let rows = source.rows.get(name).map_or(String::new(), |rows| {
        format!(" <small>{} rows by its seed file</small>", grouped(*rows))
    });
    let security = match (table.row_security, table.force_row_security) {
        (true, true) => "row-level security forced",
        (true, false) => "row-level security enabled, not forced",
        _ => "no row-level security",
    };
    let id = table_id(name);
    let _ = writeln!(
        html,
        "<article id=\"t-{id}\"><h3>{} <a class=\"up\" href=\"#d-{id}\">in the diagram</a></h3>\n<p class=\"facts\">{security}{rows}</p>{}",
        text(&name.to_string()),
        paragraph(table.comment.as_deref())
    );
    html.push_str(
        "<div class=\"wide\"><table><thead><tr><th>column</th><th>type</th><th>default</th><th>refers to</th><th>comment</th></tr></thead><tbody>\n",
    );
    for column in source.catalog.columns_of(name) {
        row(html, source, column, links);
    }
    html.push_str("</tbody></table></div>\n");
    let constraints = source.catalog.constraints.iter();
    let constraints = constraints
        .filter(|one| one.relation == *name && one.kind != ConstraintKind::NotNull)
        .map(|one| (&one.name, one.definition.clone()));
    list(html, "constraints", constraints);
    let indexes = source.catalog.indexes.iter();
    let indexes = indexes.filter(|one| one.relation == *name && one.constraint.is_none());
    list(
        html,
        "indexes",
        indexes.map(|one| (&one.name.name, one.definition.clone())),
    );
    let policies = source.catalog.policies.iter();
    let policies = policies.filter(|one| one.relation == *name).map(|one| {
        let roles: Vec<String> = one.roles.iter().map(ToString::to_string).collect();
        let kind = if one.permissive {
            "permissive"
        } else {
            "restrictive"
        };
        let clause = |word: &str, text: &Option<String>| {
            text.as_ref()
                .map_or(String::new(), |text| format!("\n{word} {text}"))
        };
        let says = format!(
            "{kind} for {} to {}{}{}",
            one.command,
            roles.join(", "),
            clause("using", &one.using),
            clause("with check", &one.check)
        );
        (&one.name, says)
    });
    list(html, "policies", policies);
    let triggers = source.catalog.triggers.iter();
    let triggers = triggers.filter(|one| one.relation == *name);
    list(
        html,
        "triggers",
        triggers.map(|one| (&one.name, one.definition.clone())),
    );
    let referring: Vec<&Link<'_>> = links.iter().filter(|link| link.to == name).collect();
    if !referring.is_empty() {
        let all = referring.iter().map(|link| {
            format!(
                "<a href=\"#{}\">{}</a>",
                column_id(link.from, link.column),
                text(&format!("{}.{}", link.from, link.column))
            )
        });
        let all: Vec<String> = all.collect();
        let _ = writeln!(
            html,
            "<p class=\"facts\">referred to by {}</p>",
            all.join(", ")
        );
    }
    html.push_str("</article>\n");
}

fn row(html: &mut String, source: &Source<'_>, column: &Column, links: &[Link<'_>]) {
    let mark = match (
        is_key(source.catalog, &column.relation, &column.name),
        column.not_null,
    ) {
        (true, _) => " <small class=\"key\">key</small>",
        (false, false) => " <small>may be null</small>",
        (false, true) => "",
    };
    let mut value = column.expression.as_deref().map_or(String::new(), text);
    match (column.generated, column.identity) {
        (Some(Generated::Stored), _) => value = format!("generated: {value}"),
        (Some(Generated::Virtual), _) => value = format!("virtual: {value}"),
        (_, Some(Identity::Always)) => value.push_str("identity, always"),
        (_, Some(Identity::ByDefault)) => value.push_str("identity, by default"),
        _ => {}
    }
    let targets = links
        .iter()
        .filter(|link| *link.from == column.relation && link.column == column.name)
        .map(|link| target(source, link.to, link.key));
    let targets: Vec<String> = targets.collect();
    let _ = writeln!(
        html,
        "<tr id=\"{}\"><th scope=\"row\">{}{mark}</th><td>{}</td><td><code>{value}</code></td><td>{}</td><td>{}</td></tr>",
        column_id(&column.relation, &column.name),
        text(&column.name),
        text(&column.data_type),
        targets.join("<br>"),
        column.comment.as_deref().map_or(String::new(), text)
    );
}

/// A link to a column, where the page has its table.
fn target(source: &Source<'_>, table: &Name, column: &str) -> String {
    let label = text(&format!("{table}.{column}"));
    if source.all_tables().iter().any(|one| one.name == *table) {
        format!("<a href=\"#{}\">{label}</a>", column_id(table, column))
    } else {
        label
    }
}

/// Names with their definitions, folded away.
fn list<'a>(html: &mut String, title: &str, items: impl Iterator<Item = (&'a String, String)>) {
    let items: Vec<(&String, String)> = items.collect();
    if items.is_empty() {
        return;
    }
    let _ = write!(
        html,
        "<details><summary>{} {title}</summary><dl>",
        items.len()
    );
    for (name, definition) in items {
        let _ = write!(
            html,
            "<dt>{}</dt><dd><code>{}</code></dd>",
            text(name),
            text(&definition)
        );
    }
    html.push_str("</dl></details>\n");
}

fn paragraph(comment: Option<&str>) -> String {
    comment.map_or(String::new(), |comment| {
        format!("<p>{}</p>\n", text(comment))
    })
}

/// A number with its thousands apart.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Views, functions and types, each folded away.
pub(super) fn others(source: &Source<'_>) -> String {
    let mut html = String::new();
    let is_shown = |name: &Name| {
        let mut systems = source.systems.iter();
        systems.any(|system| system.schemas.contains(&name.schema.as_str()))
    };
    let views = source.catalog.relations.iter().filter(|one| {
        matches!(
            one.kind,
            RelationKind::View | RelationKind::MaterializedView
        ) && is_shown(&one.name)
    });
    let views = views.map(|one| {
        let definition = one.definition.clone().unwrap_or_default();
        (one.name.to_string(), one.comment.clone(), definition)
    });
    folded(&mut html, "views", "Views", views);
    let functions = source.catalog.functions.iter();
    let functions = functions.filter(|one| is_shown(&one.name)).map(|one| {
        let kind = if one.kind == FunctionKind::Procedure {
            " procedure"
        } else {
            ""
        };
        let definer = if one.security_definer {
            " security definer"
        } else {
            ""
        };
        let definition = one.definition.clone().unwrap_or_default();
        let label = format!("{}{kind}{definer}", one.label());
        (label, one.comment.clone(), definition)
    });
    folded(&mut html, "functions", "Functions", functions);
    let types = source
        .catalog
        .types
        .iter()
        .filter(|one| is_shown(&one.name));
    let types = types.map(|one| {
        let definition = match &one.kind {
            TypeKind::Enum { labels } => format!("enum: {}", labels.join(", ")),
            TypeKind::Domain { base, .. } => format!("domain over {base}"),
            TypeKind::Range { subtype } => format!("range of {subtype}"),
            TypeKind::Composite { attributes } => attributes.join(", "),
        };
        (one.name.to_string(), one.comment.clone(), definition)
    });
    folded(&mut html, "types", "Types", types);
    html
}

fn folded(
    html: &mut String,
    id: &str,
    title: &str,
    items: impl Iterator<Item = (String, Option<String>, String)>,
) {
    let items: Vec<_> = items.collect();
    if items.is_empty() {
        return;
    }
    let _ = writeln!(html, "<section id=\"{id}\"><h2>{title}</h2>");
    for (name, comment, definition) in items {
        let _ = writeln!(
            html,
            "<details><summary>{}</summary>{}<pre>{}</pre></details>",
            text(&name),
            paragraph(comment.as_deref()),
            text(definition.trim())
        );
    }
    html.push_str("</section>\n");
}

/// What each migration does, system by system.
pub(super) fn migrations(source: &Source<'_>) -> String {
    let mut html = String::from("<section id=\"migrations\"><h2>Migrations</h2>\n");
    for system in &source.systems {
        let _ = writeln!(
            html,
            "<h3>{} <small>{}</small></h3>\n<div class=\"wide\"><table><thead><tr><th>migration</th><th>does</th></tr></thead><tbody>",
            text(system.name),
            text(system.title)
        );
        for migration in &system.migrations {
            let _ = writeln!(
                html,
                "<tr><th scope=\"row\">{}</th><td>{}</td></tr>",
                text(migration.label),
                text(&migration.does)
            );
        }
        html.push_str("</tbody></table></div>\n");
    }
    html + "</section>\n"
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_stand_apart() {
        for (number, shown) in [
            (7, "7"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), shown);
        }
    }
}
