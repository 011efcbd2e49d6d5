//! What changed files have to do with: tables, functions, views and types that a statement is about, and the sections of a
//! policy file. What cannot be told is everything.

use std::collections::BTreeSet;

use crate::files::TextFile;
use crate::files::toml::{self, Data, Node};
use crate::prove::Part;
use crate::sql::tree::{self, Action};
use crate::sql::{self, Name, Statement};

/// A file as it was and as it is; one of the two where it is new or gone.
pub(super) struct Change<'a> {
    pub(super) path: &'a str,
    pub(super) before: Option<&'a str>,
    pub(super) after: Option<&'a str>,
}

/// What files have to do with that are other than they were, and why a system is meant as a whole.
pub(super) fn touched(changes: &[Change<'_>], systems: &[&str]) -> (Part, BTreeSet<String>) {
    let mut part = Part {
        follows: true,
        ..Part::default()
    };
    let mut whole = BTreeSet::new();
    for change in changes {
        let policy = change.path.strip_prefix("policies/");
        let system = policy.and_then(|name| name.strip_suffix(".toml"));
        if let Some(system) = system.filter(|name| !name.contains('/')) {
            if let Some(why) = sections(change, &mut part) {
                part.whole.insert(system.to_owned());
                whole.insert(format!("{system}: {why}"));
            }
        } else if policy.is_some() || change.path == crate::files::PROJECT_FILE {
            part.whole.extend(systems.iter().map(ToString::to_string));
            whole.insert(format!("every system: {} is another", change.path));
        } else if ["sql/", "views/"]
            .iter()
            .any(|top| change.path.starts_with(top))
            && let Some(why) = statements(change, &mut part)
        {
            part.whole.extend(systems.iter().map(ToString::to_string));
            whole.insert(format!("every system: {why}"));
        }
    }
    (part, whole)
}

/// Adds what the sections of a policy file are about that differ; says why all of it is meant.
fn sections(change: &Change<'_>, part: &mut Part) -> Option<String> {
    let read = |text: Option<&str>| toml::tree(&TextFile::new(change.path, text?)).ok();
    let (Some(before), Some(after)) = (read(change.before), read(change.after)) else {
        return Some("its policy file is new, gone or was not readable".to_owned());
    };
    for section in differing(&before, &after) {
        let (old, new) = (before.entry(&section), after.entry(&section));
        let nothing = Node {
            data: Data::Table(Vec::new()),
            span: 0..0,
        };
        let changed = differing(old.unwrap_or(&nothing), new.unwrap_or(&nothing));
        match section.as_str() {
            "tables" | "views" | "functions" | "lookups" => part.names.extend(changed),
            "macros" => part.macros.extend(changed),
            _ => return Some(format!("`{section}` of its policy file is another")),
        }
    }
    None
}

fn keys(node: &Node) -> Vec<String> {
    let Data::Table(entries) = &node.data else {
        return Vec::new();
    };
    entries.iter().map(|(key, _)| key.text.clone()).collect()
}

/// The keys of which two tables say something else.
fn differing(before: &Node, after: &Node) -> BTreeSet<String> {
    let all = keys(before).into_iter().chain(keys(after));
    all.filter(|key| match (before.entry(key), after.entry(key)) {
        (Some(before), Some(after)) => !is_same(before, after),
        _ => true,
    })
    .collect()
}

/// Whether two values say the same, wherever they stand.
fn is_same(one: &Node, other: &Node) -> bool {
    match (&one.data, &other.data) {
        (Data::Table(_), Data::Table(_)) => differing(one, other).is_empty(),
        (Data::Array(one), Data::Array(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| is_same(one, other))
        }
        (one, other) => format!("{one:?}") == format!("{other:?}"),
    }
}

/// Adds what the statements are about that only one of two texts has; says why everything is meant.
fn statements(change: &Change<'_>, part: &mut Part) -> Option<String> {
    let files = [change.before, change.after]
        .map(|text| TextFile::new(change.path, text.unwrap_or_default()));
    let [Ok(before), Ok(after)] = files.each_ref().map(sql::split) else {
        return Some(format!("{} is not read as statements", change.path));
    };
    let split = [before, after];
    for (one, other) in [(0, 1), (1, 0)] {
        let known: BTreeSet<&str> = split[other]
            .iter()
            .map(|it| it.text(&files[other]))
            .collect();
        let file = &files[one];
        for statement in &split[one] {
            let text = statement.text(file);
            if known.contains(text) {
                continue;
            }
            if is_for_all(statement) {
                let says = sql::one_line(text, 80);
                return Some(format!("{}: {says}", change.path));
            }
            let pieces = [statement.span.clone()];
            let (read, _) = tree::read(&file.text, &pieces);
            match read
                .iter()
                .map(|it| about(&it.action))
                .collect::<Option<Vec<_>>>()
            {
                Some(names) if !read.is_empty() => {
                    let names = names.into_iter().flatten();
                    part.names.extend(names.map(|name| match &name.schema {
                        Some(schema) => format!("{schema}.{}", name.name),
                        None => name.name.clone(),
                    }));
                }
                // Whatever it names.
                _ => {
                    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
                    let words = text.split(|letter| !is_part(letter));
                    let words = words.filter(|word| !word.is_empty());
                    part.names.extend(words.clone().map(str::to_owned));
                    part.names.extend(words.map(str::to_lowercase));
                }
            }
        }
    }
    None
}

/// Roles, databases and all that lies in a schema have to do with every table.
fn is_for_all(statement: &Statement) -> bool {
    let starts = [
        ["create", "role"],
        ["alter", "role"],
        ["alter", "user"],
        ["alter", "database"],
        ["drop", "owned"],
        ["reassign", "owned"],
    ];
    let grants = ["grant", "revoke"];
    starts.iter().any(|start| statement.starts_with(start))
        || grants.iter().any(|word| statement.starts_with(&[word]))
            && statement.words.iter().any(|word| word == "schema")
}

/// What a statement is about; none where that is not known.
fn about(action: &Action) -> Option<Vec<&Name>> {
    Some(match action {
        Action::CreateTable(one) => std::iter::once(&one.table)
            .chain(&one.partition_of)
            .collect(),
        Action::AlterTable { table, .. }
        | Action::Policy { table }
        | Action::CreateRule { table } => vec![table],
        Action::Trigger { table, function } => std::iter::once(table).chain(function).collect(),
        Action::DropTable { tables } => tables.iter().collect(),
        Action::CreateIndex(one) => vec![&one.table],
        Action::CreateView(one) => vec![&one.view],
        Action::CreateRoutine(one) => vec![&one.name],
        Action::AlterRoutine(one) => vec![&one.name],
        Action::Comment { .. } | Action::Set { .. } | Action::LockTable { .. } => Vec::new(),
        // Rows of deployments are not those of the proof.
        Action::Insert { .. } | Action::Update { .. } | Action::Delete { .. } => Vec::new(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str, before: &str, after: &str) -> (Part, BTreeSet<String>) {
        let change = Change {
            path,
            before: Some(before),
            after: Some(after),
        };
        touched(&[change], &["shop"])
    }

    fn names(part: &Part) -> Vec<&str> {
        part.names.iter().map(String::as_str).collect()
    }

    #[test]
    fn statements_that_both_have_touch_nothing_and_others_what_they_are_about() {
        let kept = "create table shop.a (id int);\n";
        let (part, whole) = of("sql/shop/V001__a.sql", kept, &format!("-- why\n{kept}"));
        assert_eq!((names(&part), whole.len()), (vec![], 0));
        let more = "alter table shop.b add c int;\ncreate function shop.f() returns int language sql as 'select 1';\n\
                    insert into shop.d values (1);\ncomment on table shop.e is 'x';\n";
        let (part, whole) = of("sql/shop/V001__a.sql", kept, more);
        assert_eq!(names(&part), ["shop.a", "shop.b", "shop.f"]);
        assert!(whole.is_empty(), "{whole:?}");
        let block = "do $$ begin execute 'alter table shop.\"B\" add c int'; end $$;";
        let (part, _) = of("views/shop/f.sql", "", block);
        assert!(part.has("shop", "B") && !part.has("shop", "a"), "{part:?}");
    }

    #[test]
    fn what_concerns_everything_says_why() {
        let (part, whole) = of("sql/shop/V002__b.sql", "", "alter role shop_app bypassrls;");
        assert!(part.whole.contains("shop"), "{part:?}");
        assert_eq!(
            Vec::from_iter(whole),
            ["every system: sql/shop/V002__b.sql: alter role shop_app bypassrls"]
        );
        let (part, _) = of("policies/shop.toml", "[roles.a]\n", "[roles.b]\n");
        assert!(part.whole.contains("shop"), "{part:?}");
        let (part, _) = of("policies/macros/own.tera", "a", "b");
        assert!(part.whole.contains("shop"), "{part:?}");
        let (part, _) = of("seeds/shop.toml", "a = 1", "a = 2");
        assert!(part.whole.is_empty() && part.names.is_empty(), "{part:?}");
    }

    #[test]
    fn sections_of_a_policy_file_are_compared_by_what_they_say() {
        let before = "[macros.own]\nsql = 'a'\n[macros.other]\nsql = 'b'\n[tables.t]\nowner = 'x'\n[tables.u]\nowner = 'x'\n";
        let after = "[tables.u]\nowner = \"x\"\n[tables.t]\nowner = 'y'\n[macros.own]\nsql = 'c'\n[macros.other]\nsql = 'b'\n";
        let (part, whole) = of("policies/shop.toml", before, after);
        assert_eq!(names(&part), ["t"]);
        assert_eq!(Vec::from_iter(&part.macros), ["own"]);
        assert!(whole.is_empty(), "{whole:?}");
    }
}
