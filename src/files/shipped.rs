//! The shipped systems, which lie inside the binary.

use include_dir::{Dir, include_dir};

use super::PROJECT_FILE;

static SHIPPED_SQL: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/sql");
static SHIPPED_VIEWS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/views");
static SHIPPED_POLICIES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/policies");
static SHIPPED_SEEDS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/seeds");
const SHIPPED_PROJECT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/workroom.toml"));

pub(super) fn file(path: &str) -> Option<Vec<u8>> {
    if path == PROJECT_FILE {
        return Some(SHIPPED_PROJECT.as_bytes().to_vec());
    }
    let (top, rest) = path.split_once('/')?;
    Some(top_folder(top)?.get_file(rest)?.contents().to_vec())
}

pub(super) fn folder(path: &str) -> Option<&'static Dir<'static>> {
    match path.split_once('/') {
        None => top_folder(path),
        Some((top, rest)) => top_folder(top)?.get_dir(rest),
    }
}

fn top_folder(top: &str) -> Option<&'static Dir<'static>> {
    match top {
        "sql" => Some(&SHIPPED_SQL),
        "views" => Some(&SHIPPED_VIEWS),
        "policies" => Some(&SHIPPED_POLICIES),
        "seeds" => Some(&SHIPPED_SEEDS),
        _ => None,
    }
}
