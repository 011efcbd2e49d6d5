//! sqitch: `deploy/NAME.sql` in the order of `sqitch.plan`; `sqitch.changes`.

use std::collections::BTreeMap;

use super::convert::{found, moment};
use super::format::{Folder, Found};
use super::{Format, Reader};
use crate::error::{Error, Place, Result};
use crate::files::Tree;

pub(super) const FORMAT: Format = Format {
    name: "sqitch",
    folder: ".",
    table: "sqitch.changes",
    beside: &[],
    read: Reader::Whole(read),
    // A change that was reworked has its name again.
    history: |table| {
        format!(
            "select pg_catalog.concat(h.project, ' ', h.change, ' ', pg_catalog.row_number() over \
             (partition by h.project, h.change order by h.planned_at, h.committed_at)), \
             'applied', {}, h.committer_name, 0 from {table} as h;",
            moment("h.committed_at")
        )
    },
    mend: "run `sqitch rebase`",
};

const PLAN: &str = "sqitch.plan";

fn read(tree: &Tree) -> Result<Folder> {
    if !tree.exists(PLAN) {
        return Err(Error::refused("the folder has no sqitch.plan")
            .hint("name the folder that holds it: `workroom db import --from sqitch FOLDER`"));
    }
    let file = tree.read(PLAN)?;
    let (project, changes) = plan(&file.text);
    let mut all = Folder {
        scope: Some(format!("{project} ")),
        ..Folder::default()
    };
    let mut mistakes = Vec::new();
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, (change, script)) in changes.iter().enumerate() {
        let time = times.entry(change).or_default();
        *time += 1;
        let path = format!("deploy/{script}.sql");
        let place = (at + 1).to_string();
        match tree
            .read(&path)
            .and_then(|file| found(&file, &place, change, &file.text, &[]))
        {
            Ok(one) => all.migrations.push(Found {
                identity: Some(format!("{project} {change} {time}")),
                ..one
            }),
            Err(error) => mistakes.push(
                error
                    .because(format!("{PLAN} has the change {change}"))
                    .at(Place::file(&path)),
            ),
        }
    }
    Error::all(mistakes)?;
    Ok(all)
}

/// The project, and each change with the name of its script: where a change was reworked later, its first form lies beside
/// it with the tag that came between.
fn plan(text: &str) -> (String, Vec<(String, String)>) {
    let mut project = String::new();
    let mut changes: Vec<(String, String)> = Vec::new();
    // Changes since the last tag have none yet.
    let mut untagged = 0;
    let mut tags: Vec<Option<String>> = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("%project=") {
            name.trim().clone_into(&mut project);
        } else if let Some(rest) = line.strip_prefix('@') {
            let tag = rest.split_whitespace().next().unwrap_or_default();
            for one in &mut tags[untagged..] {
                *one = Some(tag.to_owned());
            }
            untagged = tags.len();
        } else if !line.is_empty() && !line.starts_with(['%', '#', '-']) {
            let line = line.trim_start_matches(['+', ' ']);
            let change = line.split_whitespace().next().unwrap_or_default();
            changes.push((change.to_owned(), change.to_owned()));
            tags.push(None);
        }
    }
    let names: Vec<String> = changes.iter().map(|(name, _)| name.clone()).collect();
    for (at, (name, script)) in changes.iter_mut().enumerate() {
        let is_reworked = names[at + 1..].contains(name);
        if let (true, Some(tag)) = (is_reworked, &tags[at]) {
            *script = format!("{name}@{tag}");
        }
    }
    (project, changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reworked_change_has_its_first_script_under_the_tag_between() {
        let (project, changes) = plan(
            "%syntax-version=1.0.0\n%project=shop\n\norders 2024-05-04T09:02:41Z A <a@b> # Orders.\n\
             double [orders] 2024-05-04T09:02:41Z A <a@b> # x\n@v1 2024-05-05T09:02:41Z A <a@b> # tag\n\n\
             double [double@v1] 2024-05-06T09:02:41Z A <a@b> # better\n",
        );
        assert_eq!(project, "shop");
        let scripts: Vec<&str> = changes.iter().map(|(_, script)| script.as_str()).collect();
        assert_eq!(scripts, ["orders", "double@v1", "double"]);
    }
}
