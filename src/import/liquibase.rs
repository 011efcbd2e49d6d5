//! Liquibase: formatted SQL, `--changeset author:id`, in the order of a root changelog or of paths; `databasechangelog`.

use super::convert::{found, misnamed, moment};
use super::folder::collect;
use super::format::{Code, Folder, Found};
use super::{Format, Reader};
use crate::error::{Error, Result};
use crate::files::{TextFile, Tree};

pub(super) const FORMAT: Format = Format {
    name: "liquibase",
    folder: "db/changelog",
    table: "databasechangelog",
    beside: &["databasechangeloglock"],
    read: Reader::Whole(read),
    // A file is named from where Liquibase was started, and by its last part here.
    history: |table| {
        format!(
            "select pg_catalog.concat_ws(':', pg_catalog.regexp_replace(h.filename, '^.*/', ''), h.author, h.id), \
             case when h.exectype = 'FAILED' then 'dirty' when h.exectype in ('MARK_RAN', 'SKIPPED') then 'recorded' else 'applied' end, \
             {}, session_user, 0 from {table} as h order by h.orderexecuted;",
            moment("h.dateexecuted")
        )
    },
    mend: "correct databasechangelog",
};

/// A change set as its first line says.
struct ChangeSet<'a> {
    author: &'a str,
    id: &'a str,
    attributes: Vec<(String, &'a str)>,
    text: String,
}

fn read(tree: &Tree) -> Result<Folder> {
    let mut paths = Vec::new();
    collect(tree, "", &mut paths)?;
    let mut all = Folder::default();
    let (mut scripts, mut changelogs) = (Vec::new(), String::new());
    for path in paths {
        let ending = path.rsplit('.').next().unwrap_or_default();
        match ending {
            "sql" => scripts.push(tree.read(&path)?),
            "xml" | "yaml" | "yml" | "json" => {
                let file = tree.read(&path)?;
                if file.text.contains("changeSet") && !file.text.contains("sqlFile") {
                    all.code
                        .get_or_insert_with(Code::default)
                        .steps
                        .push((path, String::new()));
                }
                changelogs.push_str(&file.text);
            }
            _ => all.left.push((path, "no changelog")),
        }
    }
    if all.code.is_some() {
        return Ok(all);
    }
    // Files that a changelog names come in its order, others by path.
    scripts.sort_by_key(|file: &TextFile| {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let at = changelogs
            .find(&file.path)
            .or_else(|| changelogs.find(name));
        at.unwrap_or(usize::MAX)
    });
    let mut mistakes = Vec::new();
    for file in &scripts {
        match change_sets(file) {
            Ok(sets) => {
                for set in sets {
                    match taken(file, &set, all.migrations.len() + 1) {
                        Ok(Some(one)) => all.migrations.push(one),
                        Ok(None) => all.left.push((file.path.clone(), "not for Postgres")),
                        Err(error) => mistakes.push(error),
                    }
                }
            }
            Err(error) => mistakes.push(error),
        }
    }
    Error::all(mistakes)?;
    Ok(all)
}

/// What follows the marker of a line, such as `--changeset`, whose letters count in either case.
fn marked<'a>(line: &'a str, marker: &str) -> Option<&'a str> {
    let rest = line.trim().strip_prefix("--")?.trim_start();
    let (first, rest) = rest.split_at_checked(marker.len())?;
    first
        .eq_ignore_ascii_case(marker)
        .then(|| rest.trim_start())
}

fn change_sets(file: &TextFile) -> Result<Vec<ChangeSet<'_>>> {
    let mut sets: Vec<ChangeSet<'_>> = Vec::new();
    if let Some(start) = file.text.find("${") {
        return Err(Error::project(format!("{} has a property", file.path))
            .at(file.place(start..start + 2))
            .because("Liquibase puts a value of its configuration there")
            .hint("write the value itself"));
    }
    let is_formatted = file
        .text
        .lines()
        .any(|line| marked(line, "liquibase formatted sql").is_some());
    if !is_formatted {
        return Ok(vec![ChangeSet {
            author: "includeAll",
            id: "raw",
            attributes: Vec::new(),
            text: file.text.to_string(),
        }]);
    }
    let mut is_ignored = false;
    for line in file.text.split_inclusive('\n') {
        if let Some(rest) = marked(line, "changeset ") {
            let (who, rest) = word(rest);
            let Some((author, id)) = who.rsplit_once(':') else {
                return Err(misnamed(
                    file,
                    format!("a change set is called author:id, not {who}"),
                ));
            };
            sets.push(ChangeSet {
                author: author.trim_matches('"'),
                id: id.trim_matches('"'),
                attributes: attributes(rest),
                text: String::new(),
            });
        } else if let Some(which) = marked(line, "ignoreLines:") {
            is_ignored = !which.starts_with("end");
        } else if let (Some(set), false) = (sets.last_mut(), is_ignored) {
            set.text.push_str(line);
        }
    }
    Ok(sets)
}

/// A word, in which blanks may stand between quotes, and the rest.
fn word(text: &str) -> (&str, &str) {
    let mut is_quoted = false;
    let end = text.find(|one: char| {
        is_quoted ^= one == '"';
        one.is_whitespace() && !is_quoted
    });
    text.split_at(end.unwrap_or(text.len()))
}

fn attributes(mut text: &str) -> Vec<(String, &str)> {
    let mut all = Vec::new();
    loop {
        let (one, rest) = word(text.trim_start());
        if one.is_empty() {
            return all;
        }
        if let Some((name, value)) = one.split_once(':') {
            all.push((name.to_ascii_lowercase(), value.trim_matches('"')));
        }
        text = rest;
    }
}

fn taken(file: &TextFile, set: &ChangeSet<'_>, place: usize) -> Result<Option<Found>> {
    let of = |name: &str| {
        let mut found = set.attributes.iter().filter(|(one, _)| one == name);
        found.next().map(|(_, value)| *value)
    };
    let is_ours = of("dbms").is_none_or(|all| {
        let mut named = all.split(',').map(str::trim);
        named.any(|one| ["all", "postgresql"].contains(&one))
            || all.contains('!') && !all.contains("!postgresql")
    });
    if !is_ours {
        return Ok(None);
    }
    let text = match of("enddelimiter") {
        Some(delimiter) if delimiter != ";" => delimited(&set.text, delimiter),
        _ => set.text.clone(),
    };
    let headers: &[&str] = match of("runintransaction") {
        Some("false") => &["no-transaction"],
        _ => &[],
    };
    let stem = file.path.rsplit('/').next().unwrap_or_default();
    let words = match set.id {
        "raw" => stem.trim_end_matches(".sql").to_owned(),
        id => format!("{}_{id}", stem.trim_end_matches(".sql")),
    };
    let one = found(
        file,
        &place.to_string(),
        &words,
        text.trim_start_matches('\n'),
        headers,
    )?;
    Ok(Some(Found {
        source: match set.id {
            "raw" => file.path.clone(),
            id => format!("{} {}:{id}", file.path, set.author),
        },
        identity: Some(format!("{stem}:{}:{}", set.author, set.id)),
        remark: remark(set, &of),
        ..one
    }))
}

/// What Liquibase decided when it ran, and this tool does not.
fn remark<'a>(set: &ChangeSet<'_>, of: &dyn Fn(&str) -> Option<&'a str>) -> Option<String> {
    let mut all = Vec::new();
    if set
        .text
        .lines()
        .any(|line| marked(line, "preconditions").is_some())
    {
        all.push("its preconditions are not asked".to_owned());
    }
    for name in ["context", "contextfilter", "labels"] {
        if let Some(value) = of(name) {
            all.push(format!(
                "runs whatever the {name} is, not in `{value}` alone"
            ));
        }
    }
    if of("runalways") == Some("true") || of("runonchange") == Some("true") {
        all.push("runs once".to_owned());
    }
    (!all.is_empty()).then(|| all.join("; "))
}

/// With semicolons for a delimiter of its own, which stands at the end of a line or on one.
fn delimited(text: &str, delimiter: &str) -> String {
    let lines = text.lines().map(|line| {
        let rest = line.trim_end().strip_suffix(delimiter);
        rest.map_or(line.to_owned(), |rest| {
            let rest = rest.trim_end();
            format!("{rest}{}", if rest.ends_with(';') { "" } else { ";" })
        })
    });
    lines.map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn change_sets_are_cut_at_their_lines() {
        let file = TextFile::new(
            "a.sql",
            "--liquibase formatted sql\n\n-- changeset ann:1 dbms:\"mysql, oracle\"\ncreate table x ();\n\
             --changeset \"Ann B\":two runInTransaction:false endDelimiter:/\nselect 1\n/\n--rollback drop table x\n",
        );
        let sets = change_sets(&file).unwrap();
        assert_eq!(sets.len(), 2);
        assert!(taken(&file, &sets[0], 1).unwrap().is_none());
        let second = taken(&file, &sets[1], 2).unwrap().unwrap();
        assert_eq!(second.identity.as_deref(), Some("a.sql:Ann B:two"));
        assert_eq!(
            second.text,
            "--! no-transaction\nselect 1\n;\n--rollback drop table x\n"
        );
    }
}
