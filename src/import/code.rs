//! Migrations that are programs, as several tools have them.

use super::format::{Code, Folder};

/// A folder of programs: each file and what the history calls it.
pub(super) fn folder(steps: Vec<(String, String)>, left: Vec<(String, &'static str)>) -> Folder {
    let code = Code {
        steps,
        is_whole_history: true,
        schema: None,
    };
    Folder {
        code: (!code.steps.is_empty()).then_some(code),
        left,
        ..Folder::default()
    }
}
