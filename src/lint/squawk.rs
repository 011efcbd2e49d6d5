//! Rules of `squawk_linter` that serve as they are; the only home of that crate.

use std::ops::Range;

use squawk_linter::{Linter, Rule};
use squawk_syntax::{Parse, SourceFile};

/// What squawk found: its rule's name and the bytes.
pub(super) type Violation = (String, Range<usize>);

/// The rules of squawk that ours lean on, by squawk's names.
const LEANED_ON: &[Rule] = &[
    Rule::AddingFieldWithDefault,
    Rule::AddingRequiredField,
    Rule::BanCharField,
    Rule::BanDropColumn,
    Rule::BanDropTable,
    Rule::BanTruncateCascade,
    Rule::IdentifierTooLong,
    Rule::PreferTimestampTz,
    Rule::RenamingColumn,
    Rule::RenamingTable,
];

/// squawk has comments of its own that silence it without a reason; ours ask for one, so its are not heard.
/// The text keeps its length, so that positions stay.
pub(super) fn without_squawks_own_comments(text: &str) -> String {
    text.replace("squawk-", "squawk_")
}

/// Runs squawk over a parsed file. `text` is what was parsed.
pub(super) fn violations(
    parse: &Parse<SourceFile>,
    text: &str,
    in_transaction: bool,
) -> Vec<Violation> {
    let mut linter = Linter::from(LEANED_ON.iter().copied());
    linter.settings.assume_in_transaction = in_transaction;
    linter
        .lint(parse, text)
        .into_iter()
        .map(|violation| (violation.code.to_string(), violation.text_range.into()))
        .collect()
}
