//! From the text of an oracle to what it says.

use std::iter::Peekable;
use std::str::Chars;

use super::expression::{Expression, Sign, Step};

/// `context.claims.…`
const CLAIMS: &str = "claims";

/// Reads an expression.
///
/// # Errors
/// What was expected, and what stands there instead.
pub(crate) fn parse(text: &str) -> Result<Expression, String> {
    let mut reader = Reader {
        tokens: tokens(text)?,
        at: 0,
    };
    let expression = reader.either()?;
    match reader.peek() {
        None => Ok(expression),
        Some(token) => Err(format!("expected the end, found `{}`", token.text)),
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Token {
    text: String,
    is_text: bool,
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut letters = text.chars().peekable();
    let mut found = Vec::new();
    while let Some(&first) = letters.peek() {
        if first.is_whitespace() {
            letters.next();
        } else if first == '\'' {
            letters.next();
            found.push(Token {
                text: quoted(&mut letters)?,
                is_text: true,
            });
        } else {
            let mut text = String::new();
            let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
            if is_word(first) {
                while let Some(letter) = letters.next_if(|letter| is_word(*letter)) {
                    text.push(letter);
                }
            } else {
                letters.next();
                text.push(first);
                if "=!<>".contains(first)
                    && let Some(second) = letters.next_if_eq(&'=')
                {
                    text.push(second);
                }
            }
            found.push(Token {
                text,
                is_text: false,
            });
        }
    }
    Ok(found)
}

fn quoted(letters: &mut Peekable<Chars<'_>>) -> Result<String, String> {
    let mut text = String::new();
    loop {
        match letters.next() {
            None => return Err("a text is never closed".to_owned()),
            Some('\'') if letters.next_if_eq(&'\'').is_none() => return Ok(text),
            Some(letter) => text.push(letter),
        }
    }
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn takes(&mut self, word: &str) -> bool {
        let is_next = self
            .peek()
            .is_some_and(|token| !token.is_text && token.text == word);
        self.at += usize::from(is_next);
        is_next
    }

    fn need(&mut self, word: &str) -> Result<(), String> {
        if self.takes(word) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{word}`")))
    }

    fn unexpected(&self, wanted: &str) -> String {
        match self.peek() {
            Some(token) => format!("expected {wanted}, found `{}`", token.text),
            None => format!("expected {wanted}, found the end"),
        }
    }

    fn word(&mut self) -> Result<String, String> {
        let is_word = |token: &Token| {
            !token.is_text
                && token
                    .text
                    .starts_with(|first: char| first.is_alphanumeric() || first == '_')
        };
        match self.peek().filter(|token| is_word(token)) {
            Some(token) => {
                let text = token.text.clone();
                self.at += 1;
                Ok(text)
            }
            None => Err(self.unexpected("a name")),
        }
    }

    fn either(&mut self) -> Result<Expression, String> {
        let mut parts = vec![self.both()?];
        while self.takes("or") {
            parts.push(self.both()?);
        }
        Ok(one_or(parts, Expression::Or))
    }

    fn both(&mut self) -> Result<Expression, String> {
        let mut parts = vec![self.negated()?];
        while self.takes("and") {
            parts.push(self.negated()?);
        }
        Ok(one_or(parts, Expression::And))
    }

    fn negated(&mut self) -> Result<Expression, String> {
        if self.takes("not") {
            return Ok(Expression::Not(Box::new(self.negated()?)));
        }
        if self.takes("exists") {
            let mut table = self.word()?;
            if self.takes(".") {
                table = format!("{table}.{}", self.word()?);
            }
            self.need("as")?;
            let name = self.word()?;
            self.need("where")?;
            let condition = Box::new(self.both()?);
            return Ok(Expression::Exists {
                table,
                name,
                condition,
            });
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Expression, String> {
        let left = self.sum()?;
        let signs = [
            ("==", Sign::Equal),
            ("=", Sign::Equal),
            ("!=", Sign::Different),
            ("<=", Sign::LessOrEqual),
            (">=", Sign::GreaterOrEqual),
            ("<", Sign::Less),
            (">", Sign::Greater),
        ];
        for (word, sign) in signs {
            if self.takes(word) {
                let right = self.sum()?;
                // Nobody who writes `== null` means "unknown".
                if right == Expression::Null && matches!(sign, Sign::Equal | Sign::Different) {
                    let test = Expression::IsNull(Box::new(left));
                    let is_negated = sign == Sign::Different;
                    return Ok(if is_negated {
                        Expression::Not(Box::new(test))
                    } else {
                        test
                    });
                }
                return Ok(Expression::Compare(Box::new(left), sign, Box::new(right)));
            }
        }
        if self.takes("is") {
            let is_negated = self.takes("not");
            self.need("null")?;
            let test = Expression::IsNull(Box::new(left));
            return Ok(if is_negated {
                Expression::Not(Box::new(test))
            } else {
                test
            });
        }
        let is_negated = self.takes("not");
        if is_negated || self.takes("in") {
            if is_negated {
                self.need("in")?;
            }
            self.need("[")?;
            let mut list = Vec::new();
            while !self.takes("]") {
                if !list.is_empty() {
                    self.need(",")?;
                }
                list.push(self.sum()?);
            }
            let test = Expression::In(Box::new(left), list);
            return Ok(if is_negated {
                Expression::Not(Box::new(test))
            } else {
                test
            });
        }
        Ok(left)
    }

    fn sum(&mut self) -> Result<Expression, String> {
        let mut sum = self.product()?;
        loop {
            let step = match (self.takes("+"), self.takes("-")) {
                (true, _) => Step::Plus,
                (_, true) => Step::Minus,
                _ => return Ok(sum),
            };
            sum = Expression::Sum(Box::new(sum), step, Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Result<Expression, String> {
        let mut product = self.value()?;
        while self.takes("*") {
            product = Expression::Sum(Box::new(product), Step::Times, Box::new(self.value()?));
        }
        Ok(product)
    }

    fn value(&mut self) -> Result<Expression, String> {
        if self.takes("(") {
            let inner = self.either()?;
            self.need(")")?;
            return Ok(inner);
        }
        if let Some(token) = self.peek().filter(|token| token.is_text) {
            let text = token.text.clone();
            self.at += 1;
            return Ok(Expression::Text(text));
        }
        if self.takes("-") {
            return Ok(Expression::Number(format!("-{}", self.word()?)));
        }
        let word = self.word()?;
        if word.starts_with(|first: char| first.is_ascii_digit()) {
            let mut number = word;
            if self.takes(".") {
                number = format!("{number}.{}", self.word()?);
            }
            return Ok(Expression::Number(number));
        }
        if self.takes("[") {
            let name = self.word()?;
            self.need("]")?;
            return if word == "row" {
                Ok(Expression::Named(name))
            } else {
                Err(format!("only `row` takes a name in brackets, not `{word}`"))
            };
        }
        if self.takes(".") {
            let column = self.word()?;
            return if word == "context" {
                self.context(column)
            } else {
                Ok(Expression::Column(word, column))
            };
        }
        if self.takes("(") {
            return self.call(&word);
        }
        match word.as_str() {
            "true" => Ok(Expression::Flag(true)),
            "false" => Ok(Expression::Flag(false)),
            "null" => Ok(Expression::Null),
            _ => Err(format!(
                "`{word}` is no value; write `row.{word}`, `row[{word}]`, `context.…` or a text in quotes"
            )),
        }
    }
}

impl Reader {
    /// What stands behind `context.`.
    fn context(&mut self, key: String) -> Result<Expression, String> {
        if key == CLAIMS {
            self.need(".")?;
            let mut path = vec![self.word()?];
            while self.takes(".") {
                path.push(self.word()?);
            }
            return Ok(Expression::Claim(path));
        }
        if !["tenant", "user", "role", "now"].contains(&key.as_str()) {
            return Err(format!(
                "there is no `context.{key}`; there are `tenant`, `user`, `role`, `now` and `claims.…`"
            ));
        }
        Ok(Expression::Context(key))
    }

    /// What stands in parentheses behind a function's name.
    fn call(&mut self, function: &str) -> Result<Expression, String> {
        let mut arguments = vec![self.either()?];
        while self.takes(",") {
            arguments.push(self.either()?);
        }
        self.need(")")?;
        match (function, arguments.len()) {
            ("lower", 1) => Ok(Expression::Lower(Box::new(arguments.remove(0)))),
            ("upper", 1) => Ok(Expression::Upper(Box::new(arguments.remove(0)))),
            ("coalesce", _) => Ok(Expression::Coalesce(arguments)),
            ("lower" | "upper", count) => Err(format!("`{function}` takes one value, not {count}")),
            _ => Err(format!(
                "there is no function `{function}`; there are `lower`, `upper` and `coalesce`"
            )),
        }
    }
}

fn one_or(mut parts: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.len() {
        1 => parts.remove(0),
        _ => join(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_bind_closer_than_comparisons_and_products_closer_than_sums() {
        let Ok(Expression::Compare(left, Sign::Less, _)) = parse("row.a + 2 * row.b < 5") else {
            panic!("no comparison");
        };
        let Expression::Sum(_, Step::Plus, right) = *left else {
            panic!("no sum");
        };
        assert!(matches!(*right, Expression::Sum(_, Step::Times, _)));
    }

    #[test]
    fn claims_are_found_by_their_path() {
        let Ok(Expression::Compare(claim, ..)) = parse("context.claims.app_metadata.role == 'a'")
        else {
            panic!("no comparison");
        };
        let path = ["app_metadata", "role"].map(str::to_owned).to_vec();
        assert_eq!(*claim, Expression::Claim(path));
    }

    #[test]
    fn what_cannot_be_read_is_told_with_what_was_expected() {
        for (text, says) in [
            ("row[owner] = = context.user", "expected a name, found `=`"),
            ("floor(row.a) == 1", "there is no function `floor`"),
            ("upper(row.a, 'b') == 'C'", "`upper` takes one value, not 2"),
            ("owner == 1", "`owner` is no value"),
            ("context.tenent == 1", "there is no `context.tenent`"),
            ("context.claims == 'a'", "expected `.`, found `==`"),
        ] {
            let message = parse(text).unwrap_err();
            assert!(message.starts_with(says), "{text}: {message}");
        }
    }
}
