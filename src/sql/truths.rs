//! What a document says that conditions come to, for those who evaluate them.

/// The lines of the tables of conditions: each with whether it is true, false, or unknown.
pub(crate) fn truths(document: &str) -> Vec<(&str, Option<bool>)> {
    let lines = document.lines().filter_map(|line| {
        let (condition, truth) = line.strip_prefix("| `")?.split_once("` | ")?;
        let truth = match truth.strip_suffix(" |")? {
            "true" => Some(true),
            "false" => Some(false),
            "unknown" => None,
            _ => return None,
        };
        Some((condition, truth))
    });
    lines.collect()
}
