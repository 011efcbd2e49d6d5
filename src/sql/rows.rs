//! How many rows a statement touches, as far as its words tell: a bound, a few keys, or all of them.

/// Whether a statement, as its tokens in lower case, says how many rows, between which keys, or which ones. A column
/// is a key when its index says so, or its name.
pub(crate) fn is_bounded(words: &[String], is_indexed: &dyn Fn(&str) -> bool) -> bool {
    let condition = condition(words);
    let is_current = words
        .windows(3)
        .any(|three| three == ["where", "current", "of"]);
    is_current
        || words.iter().any(|word| word == "limit" || word == "fetch")
        || has_upper_bound(condition)
        || is_few_rows(condition, is_indexed)
}

/// What stands behind the statement's own `where`.
fn condition(words: &[String]) -> &[String] {
    let mut depth = 0_usize;
    let at = words.iter().position(|word| {
        match word.as_str() {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && word == "where"
    });
    let rest = at.map_or(&[][..], |at| &words[at + 1..]);
    let end = rest
        .iter()
        .position(|word| word == "returning" || word == ";");
    &rest[..end.unwrap_or(rest.len())]
}

/// `between`, `<`, or `>` with anything but the least value there is.
fn has_upper_bound(condition: &[String]) -> bool {
    let compares = |at: usize| {
        let word = condition[at].as_str();
        let around = |at: Option<usize>| at.and_then(|at| condition.get(at)).map(String::as_str);
        let (before, after) = (around(at.checked_sub(1)), around(Some(at + 1)));
        match word {
            "between" | "<=" => true,
            // Not `<>`, `<@` and their like.
            "<" => !matches!(after, Some(">" | "@" | "<" | "-")) && !matches!(before, Some("<")),
            ">" | ">=" => {
                let value = if after == Some("=") {
                    around(Some(at + 2))
                } else {
                    after
                };
                !matches!(before, Some("<" | "-" | ">" | "@"))
                    && !matches!(value, Some("0" | "1" | "-" | "''" | ">"))
            }
            _ => false,
        }
    };
    (0..condition.len()).any(compares)
}

/// `id = …` or `code in (…)` with values written out, among conditions that hold together.
fn is_few_rows(condition: &[String], is_indexed: &dyn Fn(&str) -> bool) -> bool {
    if condition.iter().any(|word| word == "or") {
        return false;
    }
    condition.split(|word| word == "and").any(|part| {
        let listed = |from: usize| {
            let list = &part[from..];
            list.first().is_some_and(|word| word == "(")
                && !list.iter().any(|word| word == "select")
        };
        let Some(at) = part.iter().position(|word| word == "=" || word == "in") else {
            return false;
        };
        let Some(column) = at
            .checked_sub(1)
            .map(|before| part[before].trim_matches('"'))
        else {
            return false;
        };
        match part[at].as_str() {
            "in" => at == 1 + 2 * part.iter().filter(|word| *word == ".").count() && listed(at + 1),
            _ => {
                is_key(column, is_indexed)
                    && part.get(at + 1).is_some_and(|value| is_written(value))
            }
        }
    })
}

fn is_key(column: &str, is_indexed: &dyn Fn(&str) -> bool) -> bool {
    is_indexed(column)
        || ["id", "code", "key", "name"]
            .iter()
            .any(|ending| column.ends_with(ending))
}

fn is_written(value: &str) -> bool {
    value.starts_with(['\'', '$']) || value.starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::is_bounded;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn a_bound_or_a_few_keys_are_told_from_everything_else() {
        for bounded in [
            "update t set a = 1 where id between 1 and 100",
            "update t set a = 1 where id > 100 and id <= 200",
            "update t set a = 1 where \"id\" = 'pro'",
            "delete from t where code in ( 'a' , 'b' )",
            "delete from t where id in ( select id from t where a is null limit 1000 )",
            "update t set a = 1 where current of c",
            "delete from t where at < now ( )",
        ] {
            assert!(is_bounded(&words(bounded), &|_| false), "{bounded}");
        }
        for unbounded in [
            "update t set a = 1",
            "update t set a = 1 where id > 0",
            "update t set a = 1 where id >= 1",
            "update t set a = 1 where a < > 3",
            "update t set a = b where a = b",
            "delete from t where a in ( select a from u )",
            "update t set a = 1 where id = 5 or true",
        ] {
            assert!(!is_bounded(&words(unbounded), &|_| false), "{unbounded}");
        }
    }
}
