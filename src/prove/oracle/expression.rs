//! The language of oracle expressions: `row[column]`, `row.column`, `context.user`, comparisons, `in`, `is null`,
//! `and`, `or`, `not`, and `exists table as name where …`.

use std::iter::Peekable;
use std::str::Chars;

/// A condition, or a value in one.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::prove) enum Expression {
    /// `null`
    Null,
    /// `true`, `false`
    Flag(bool),
    /// A number as written.
    Number(String),
    /// A text.
    Text(String),
    /// `row[name]`: a column that the table or the cell names.
    Named(String),
    /// `row.column`, `employee.user_id`: whose, and which column.
    Column(String, String),
    /// `context.user`, `context.now`
    Context(String),
    /// `lower(…)`
    Lower(Box<Self>),
    /// `==` and its like.
    Compare(Box<Self>, Sign, Box<Self>),
    /// `in […]`
    In(Box<Self>, Vec<Self>),
    /// `is null`
    IsNull(Box<Self>),
    /// `not …`
    Not(Box<Self>),
    /// `… and …`
    And(Vec<Self>),
    /// `… or …`
    Or(Vec<Self>),
    /// `exists table as name where …`
    Exists {
        /// The table as written.
        table: String,
        /// What its rows are called inside.
        name: String,
        /// Which rows count.
        condition: Box<Self>,
    },
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::prove) enum Sign {
    Equal,
    Different,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Calls `see` for an expression and everything inside it.
pub(in crate::prove) fn visit<'e>(
    expression: &'e Expression,
    see: &mut impl FnMut(&'e Expression),
) {
    see(expression);
    match expression {
        Expression::Lower(inner) | Expression::IsNull(inner) | Expression::Not(inner) => {
            visit(inner, see);
        }
        Expression::Compare(left, _, right) => {
            visit(left, see);
            visit(right, see);
        }
        Expression::In(left, list) => {
            visit(left, see);
            list.iter().for_each(|one| visit(one, see));
        }
        Expression::And(parts) | Expression::Or(parts) => {
            parts.iter().for_each(|one| visit(one, see));
        }
        Expression::Exists { condition, .. } => visit(condition, see),
        _ => {}
    }
}

/// Reads an expression; the error says what was expected.
pub(in crate::prove) fn parse(text: &str) -> Result<Expression, String> {
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
        let left = self.value()?;
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
                let right = self.value()?;
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
                list.push(self.value()?);
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
            return Ok(if word == "context" {
                Expression::Context(column)
            } else {
                Expression::Column(word, column)
            });
        }
        if self.takes("(") {
            let inner = Box::new(self.value()?);
            self.need(")")?;
            return match word.as_str() {
                "lower" => Ok(Expression::Lower(inner)),
                _ => Err(format!("there is no function `{word}`; there is `lower`")),
            };
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

fn one_or(mut parts: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.len() {
        1 => parts.remove(0),
        _ => join(parts),
    }
}
