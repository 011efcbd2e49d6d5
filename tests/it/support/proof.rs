//! What a proof says, read from what people see.

use std::collections::BTreeSet;

/// The tables with probes that failed: the table of probes has a line for each, with how many of them did, if any.
pub(crate) fn failed(text: &str) -> BTreeSet<String> {
    let lines = text.lines().map(|line| line.split_whitespace().collect());
    let failed = lines.filter_map(|line: Vec<&str>| {
        let name = line.first()?;
        line.get(2)?.parse::<usize>().ok()?;
        (line.len() == 3 && name.contains('.')).then(|| (*name).to_owned())
    });
    failed.collect()
}
