//! Tools whose migrations are programs: one migration stands for them all.

use super::{BODIES, Tool, catalog, import, migrate};
use crate::support::server::{NEWEST, TestDatabase};
use crate::support::workspace::Workspace;

/// Everything becomes a baseline, a part of it is refused, and nothing is migrated from the beginning.
#[track_caller]
pub(super) fn becomes_a_baseline(tool: &Tool) -> Workspace {
    let workspace = Workspace::new();
    for (path, text) in &tool.files {
        workspace.write(path, text);
    }
    let partly = TestDatabase::new(NEWEST);
    migrate(tool, &partly, 3);
    let said = workspace
        .run_on(&partly, &import(tool, &["--yes"]))
        .refused();
    assert!(
        said.contains("has not applied all of its migrations"),
        "{said}"
    );
    let empty = TestDatabase::new(NEWEST);
    migrate(tool, &workspace.database, BODIES.len());
    let done = workspace.run(&import(tool, &["--yes"])).done();
    assert!(
        done.contains("are programs") && done.contains("1 of them adopted"),
        "{done}"
    );
    assert!(workspace.migrate().starts_with("nothing to do"));
    workspace.run_on(&empty, &import(tool, &["--yes"])).done();
    workspace.run_on(&empty, &["db", "migrate"]).done();
    assert_eq!(catalog(&empty), catalog(&workspace.database));
    workspace
}
