//! Predicates as a cell names them: macros joined by `and`, with arguments. `all` is every row.

use std::fmt;

/// The predicate that needs no macro.
pub(super) const ALL: &str = "all";

/// A condition on rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Predicate {
    /// All of these must hold; none means every row.
    pub terms: Vec<Term>,
}

/// One macro with its arguments.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Term {
    /// The macro's name.
    pub name: String,
    /// In the order of the macro's parameters.
    pub arguments: Vec<Argument>,
}

/// What is given to a macro.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Argument {
    /// A column of the table.
    Column(String),
    /// A text.
    Literal(String),
}

impl Predicate {
    /// Reads `owner and in_status('draft')`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { rest: text };
        let mut terms = Vec::new();
        loop {
            let name = reader.word()?;
            let mut arguments = Vec::new();
            if reader.takes("(") {
                while !reader.takes(")") {
                    if !arguments.is_empty() && !reader.takes(",") {
                        return Err(reader.unexpected("a comma or a closing parenthesis"));
                    }
                    arguments.push(reader.argument()?);
                }
            }
            if name != ALL {
                terms.push(Term { name, arguments });
            } else if !arguments.is_empty() {
                return Err("`all` takes no arguments".to_owned());
            }
            if reader.rest.trim().is_empty() {
                return Ok(Self { terms });
            }
            if reader.word()? != "and" {
                return Err(
                    "macros are joined by `and`; alternatives are a list, [\"a\", \"b\"]"
                        .to_owned(),
                );
            }
        }
    }

    /// Whether it is every row.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.terms.is_empty()
    }

    /// The macros' names joined for a policy's name.
    pub(super) fn rule(&self) -> String {
        if self.is_all() {
            return ALL.to_owned();
        }
        let names: Vec<_> = self.terms.iter().map(|term| term.name.as_str()).collect();
        names.join("_")
    }
}

impl fmt::Display for Predicate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_all() {
            return formatter.write_str(ALL);
        }
        for (at, term) in self.terms.iter().enumerate() {
            if at > 0 {
                formatter.write_str(" and ")?;
            }
            formatter.write_str(&term.name)?;
            if !term.arguments.is_empty() {
                let arguments: Vec<_> = term.arguments.iter().map(ToString::to_string).collect();
                write!(formatter, "({})", arguments.join(", "))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column(name) => formatter.write_str(name),
            Self::Literal(text) => write!(formatter, "'{}'", text.replace('\'', "''")),
        }
    }
}

struct Reader<'text> {
    rest: &'text str,
}

impl Reader<'_> {
    fn word(&mut self) -> Result<String, String> {
        let rest = self.rest.trim_start();
        let end = rest
            .find(|part: char| !(part.is_alphanumeric() || part == '_'))
            .unwrap_or(rest.len());
        self.rest = rest;
        if end == 0 {
            return Err(self.unexpected("a name"));
        }
        self.rest = &rest[end..];
        Ok(rest[..end].to_owned())
    }

    fn takes(&mut self, sign: &str) -> bool {
        match self.rest.trim_start().strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn argument(&mut self) -> Result<Argument, String> {
        if !self.takes("'") {
            return self.word().map(Argument::Column);
        }
        let mut text = String::new();
        loop {
            let end = self
                .rest
                .find('\'')
                .ok_or("a text in a predicate is never closed")?;
            text.push_str(&self.rest[..end]);
            self.rest = &self.rest[end + 1..];
            if !self.rest.starts_with('\'') {
                return Ok(Argument::Literal(text));
            }
            text.push('\'');
            self.rest = &self.rest[1..];
        }
    }

    fn unexpected(&self, wanted: &str) -> String {
        match self.rest.split_whitespace().next() {
            Some(found) => format!("expected {wanted}, found `{found}`"),
            None => format!("expected {wanted}, found the end"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predicates_are_macros_with_arguments_joined_by_and() {
        let text = "owner and in_status('draft', 'it''s') and team(campaign_id)";
        let predicate = Predicate::parse(text).unwrap();
        assert_eq!(predicate.terms.len(), 3);
        assert_eq!(predicate.to_string(), text);
        assert_eq!(predicate.rule(), "owner_in_status_team");
        assert!(Predicate::parse(" all ").unwrap().is_all());
    }

    #[test]
    fn what_is_not_a_predicate_says_what_was_expected() {
        let messages = [
            "",
            "owner or team",
            "owner(",
            "a b",
            "in('x",
            "all(x)",
            "a;drop",
        ]
        .map(|text| Predicate::parse(text).unwrap_err());
        insta::assert_snapshot!(messages.join("\n"), @r#"
        expected a name, found the end
        macros are joined by `and`; alternatives are a list, ["a", "b"]
        expected a name, found the end
        macros are joined by `and`; alternatives are a list, ["a", "b"]
        a text in a predicate is never closed
        `all` takes no arguments
        expected a name, found `;drop`
        "#);
    }
}
