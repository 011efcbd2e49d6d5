//! The words for a condition, where it has a known form: an owner's or a tenant's column, a claim, a constant, rows of
//! another table, and what `and`, `or` and `not` make of them. The words are proposed from the SQL, so that the proof
//! shows whether they were understood; what the condition was meant to say, its author has to know.

use super::session::{Session, claim, plain};
use super::tree::{Query, Sql};
use crate::policy::words::{Expression, Sign, Step};

/// Types that a value is cast to without being another one as a text.
const TRANSPARENT: [&str; 12] = [
    "text",
    "character varying",
    "varchar",
    "character",
    "uuid",
    "integer",
    "bigint",
    "smallint",
    "numeric",
    "boolean",
    "name",
    "citext",
];

/// The words for a condition on rows of a table.
///
/// # Errors
/// Why it has none.
pub(super) fn words(
    condition: &Sql,
    table: &str,
    session: &Session,
    sees: Option<&Sees<'_>>,
) -> Result<Expression, String> {
    let mut writer = Writer {
        table,
        session,
        sees,
        bound: Vec::new(),
        is_negated: false,
    };
    writer.condition(condition)
}

/// What is true of the rows of a table, called so, that whoever asks sees; none where it is all of them.
pub(super) type Sees<'a> = dyn Fn(&str, &str) -> Result<Option<Expression>, String> + 'a;

struct Writer<'a> {
    /// What the server calls the row at hand inside of a sub-select.
    table: &'a str,
    session: &'a Session,
    sees: Option<&'a Sees<'a>>,
    /// Names for rows of sub-selects.
    bound: Vec<String>,
    is_negated: bool,
}

impl Writer<'_> {
    fn condition(&mut self, sql: &Sql) -> Result<Expression, String> {
        Ok(match sql {
            Sql::Flag(flag) => Expression::Flag(*flag),
            Sql::Not(inner) => {
                let was = std::mem::replace(&mut self.is_negated, true);
                let inner = self.condition(inner);
                self.is_negated = was;
                Expression::Not(Box::new(inner?))
            }
            Sql::Between(left, sign, right) if sign == "and" || sign == "or" => {
                let mut parts = Vec::new();
                for part in [left, right] {
                    match (self.condition(part)?, sign.as_str()) {
                        (Expression::And(inner), "and") | (Expression::Or(inner), "or") => {
                            parts.extend(inner);
                        }
                        (one, _) => parts.push(one),
                    }
                }
                // `exists` reaches as far as `and` does.
                parts.sort_by_key(|one| matches!(one, Expression::Exists { .. }));
                if sign == "and" {
                    Expression::And(parts)
                } else {
                    Expression::Or(parts)
                }
            }
            Sql::Between(left, sign, right) => self.comparison(left, sign, right)?,
            Sql::IsNull(inner) => Expression::IsNull(Box::new(self.value(inner)?)),
            Sql::In(left, list) => {
                let left = self.value(left)?;
                let list: Result<_, _> = list.iter().map(|one| self.value(one)).collect();
                Expression::In(Box::new(left), list?)
            }
            Sql::InQuery(left, query) => {
                if self.is_negated {
                    return Err("`not in` a query is unknown where a row has null".to_owned());
                }
                let left = self.value(left)?;
                self.exists(query, Some((Sign::Equal, left)))?
            }
            Sql::Exists(query) => self.exists(query, None)?,
            Sql::Query(query) if query.table.is_none() => self.condition(&query.result)?,
            // A function's flag of a row.
            Sql::Query(query) if !self.is_negated => {
                let result = Sql::Between(
                    Box::new(query.result.clone()),
                    "and".to_owned(),
                    Box::new(query.condition.clone().unwrap_or(Sql::Flag(true))),
                );
                let query = Query {
                    condition: Some(result),
                    ..(**query).clone()
                };
                self.exists(&query, None)?
            }
            // A flag of the row.
            Sql::Column(..) => is_true(self.value(sql)?),
            Sql::Cast(inner, kind) if kind == "boolean" => is_true(self.value(inner)?),
            other => return Err(self.strange(other)),
        })
    }

    fn comparison(&mut self, left: &Sql, sign: &str, right: &Sql) -> Result<Expression, String> {
        let known = match sign {
            "=" => Sign::Equal,
            "<>" | "!=" => Sign::Different,
            "<" => Sign::Less,
            "<=" => Sign::LessOrEqual,
            ">" => Sign::Greater,
            ">=" => Sign::GreaterOrEqual,
            _ => return Err(format!("`{sign}` has no words")),
        };
        // A value of one row of another table.
        for (side, other, sign) in [(left, right, known), (right, left, known.turned())] {
            if let Sql::Query(query) = side
                && query.table.is_some()
            {
                if self.is_negated {
                    return Err("what is not so of a value of another table's row is unknown where there is no row".to_owned());
                }
                let other = self.value(other)?;
                return self.exists(query, Some((sign, other)));
            }
        }
        let (left, right) = (self.value(left)?, self.value(right)?);
        Ok(Expression::Compare(Box::new(left), known, Box::new(right)))
    }

    /// Whether a row of a query is there, for which its result compares with a value as well.
    fn exists(
        &mut self,
        query: &Query,
        compared: Option<(Sign, Expression)>,
    ) -> Result<Expression, String> {
        let Some((table, called)) = &query.table else {
            return Err("a query of no table has no words".to_owned());
        };
        let mut path = table.split('.');
        if !path.all(is_word) || table.split('.').count() > 2 {
            return Err(format!("`{table}` is no name of the words"));
        }
        // Inside of a function that is written out, the row's table may come again.
        let taken = ["row", "context", "exists", "not", self.table];
        if !is_word(called) || taken.contains(&called.as_str()) {
            return Err(format!("`{called}` is no name of the words"));
        }
        self.bound.push(called.clone());
        // What holds of the rows is asked of each of them.
        let was = std::mem::replace(&mut self.is_negated, false);
        let condition = query.condition.as_ref();
        let condition = condition
            .map(|condition| self.condition(condition))
            .transpose();
        let result = compared.map(|(sign, value)| {
            let result = self.value(&query.result)?;
            Ok::<_, String>(Expression::Compare(Box::new(result), sign, Box::new(value)))
        });
        self.is_negated = was;
        self.bound.pop();
        let mut parts: Vec<Expression> = Vec::new();
        parts.extend(result.transpose()?);
        match condition? {
            Some(Expression::And(inner)) => parts.extend(inner),
            Some(one) => parts.push(one),
            None => {}
        }
        if let Some(sees) = self.sees.filter(|_| !query.sees_all)
            && let Some(seen) = sees(table, called)?
        {
            let all = match seen {
                Expression::And(all) => all,
                one => vec![one],
            };
            for one in all {
                if !parts.contains(&one) {
                    parts.push(one);
                }
            }
        }
        if parts.contains(&Expression::Flag(false)) {
            return Ok(Expression::Flag(false));
        }
        let condition = match parts.len() {
            0 => Expression::Flag(true),
            1 => parts.remove(0),
            _ => Expression::And(parts),
        };
        Ok(Expression::Exists {
            table: table.clone(),
            name: called.clone(),
            condition: Box::new(condition),
        })
    }

    fn value(&mut self, sql: &Sql) -> Result<Expression, String> {
        if let Some(word) = self.session.word(sql) {
            return Ok(Expression::Context(word.to_owned()));
        }
        if let Some(path) = claim(sql) {
            return match path.iter().all(|part| is_word(part)) {
                true => Ok(Expression::Claim(path)),
                false => Err(format!(
                    "the claim `{}` is no name of the words",
                    path.join(".")
                )),
            };
        }
        Ok(match sql {
            Sql::Text(text) => Expression::Text(text.clone()),
            Sql::Number(number) => Expression::Number(number.clone()),
            Sql::Flag(flag) => Expression::Text(flag.to_string()),
            Sql::Null => Expression::Null,
            Sql::Column(whose, column) => self.column(whose.as_deref(), column)?,
            Sql::Query(query) if query.table.is_none() => self.value(&query.result)?,
            Sql::Cast(inner, kind) => match (&**inner, kind.as_str()) {
                (_, "interval") => return Err("an interval of time has no words".to_owned()),
                // Labels, dates and the like are texts as the server writes them.
                (Sql::Text(text), "integer" | "bigint" | "smallint" | "numeric") => {
                    Expression::Number(text.clone())
                }
                (Sql::Text(text), _) => Expression::Text(text.clone()),
                (_, kind) if TRANSPARENT.contains(&kind) => self.value(inner)?,
                (_, kind) => return Err(format!("a cast to {kind} has no words")),
            },
            Sql::Call(name, arguments) => {
                let mut values = Vec::new();
                match (name.as_str(), arguments.len()) {
                    ("now", 0) => return Ok(Expression::Context("now".to_owned())),
                    ("lower" | "upper", 1) | ("coalesce", 1..) => {}
                    _ => return Err(self.strange(sql)),
                }
                for argument in arguments {
                    values.push(self.value(argument)?);
                }
                match name.as_str() {
                    "coalesce" => Expression::Coalesce(values),
                    "lower" => Expression::Lower(Box::new(values.remove(0))),
                    _ => Expression::Upper(Box::new(values.remove(0))),
                }
            }
            Sql::Between(left, sign, right) => {
                let step = match sign.as_str() {
                    "+" => Step::Plus,
                    "-" => Step::Minus,
                    _ => return Err(format!("`{sign}` has no words")),
                };
                Expression::Sum(
                    Box::new(self.value(left)?),
                    step,
                    Box::new(self.value(right)?),
                )
            }
            other => return Err(self.strange(other)),
        })
    }

    fn column(&self, whose: Option<&str>, column: &str) -> Result<Expression, String> {
        if !is_word(column) {
            return Err(format!("`{column}` is no name of the words"));
        }
        let whose = match whose {
            Some(whose) if self.bound.iter().any(|name| name == whose) => whose,
            None => "row",
            Some(whose) if whose == self.table => "row",
            Some(whose) => return Err(format!("it is not known which rows `{whose}` are")),
        };
        Ok(Expression::Column(whose.to_owned(), column.to_owned()))
    }

    fn strange(&self, sql: &Sql) -> String {
        match plain(sql) {
            Sql::Call(name, arguments) => match (name.as_str(), arguments.first().map(plain)) {
                ("current_setting", Some(Sql::Text(setting))) => {
                    format!("the setting {setting} is neither the tenant's nor the user's")
                }
                _ => format!("the function {name} has no words"),
            },
            Sql::Query(_) => {
                "a value of another table's row has words only where it is compared".to_owned()
            }
            _ => "it is none of the forms that have words".to_owned(),
        }
    }
}

fn is_true(value: Expression) -> Expression {
    let yes = Expression::Text("true".to_owned());
    Expression::Compare(Box::new(value), Sign::Equal, Box::new(yes))
}

/// Whether the language of the words takes it as one.
pub(super) fn is_word(name: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    name.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && name.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::super::condition::read;
    use super::*;
    use crate::catalog::Catalog;
    use crate::policy::words::parse;

    fn proposed(text: &str) -> Result<String, String> {
        let samples = [
            "(user_id = auth.uid())",
            "(org_id = (NULLIF(current_setting('app.org_id'::text, true), ''::text))::uuid)",
        ];
        let samples: Vec<Sql> = samples.iter().map(|text| read(text).unwrap()).collect();
        let session = Session::of(&samples, &Catalog::default());
        let words = words(&read(text)?, "notes", &session, None)?;
        let shown = words.to_string();
        parse(&shown).unwrap_or_else(|mistake| panic!("{shown}: {mistake}"));
        Ok(shown)
    }

    /// A condition, and its words.
    const KNOWN: &str = r"
(user_id = ( SELECT auth.uid() AS uid)) => row.user_id == context.user
((auth.uid())::text = author) => context.user == row.author
(org_id = (NULLIF(current_setting('app.org_id'::text, true), ''::text))::uuid) => row.org_id == context.tenant
(((auth.jwt() -> 'app_metadata'::text) ->> 'role'::text) = 'admin'::text) => context.claims.app_metadata.role == 'admin'
(auth.role() = 'authenticated'::text) => context.claims.role == 'authenticated'
is_public => row.is_public == 'true'
(NOT archived) => not (row.archived == 'true')
(((status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])) OR (owner IS NULL)) => (row.status in ['a', 'b'] or row.owner is null)
(EXISTS ( SELECT 1 FROM app.members m WHERE ((m.org_id = notes.org_id) AND (m.user_id = auth.uid())))) => exists app.members as m where (m.org_id == row.org_id and m.user_id == context.user)
(org_id IN ( SELECT m.org_id FROM app.members m WHERE (m.user_id = ( SELECT auth.uid() AS uid)))) => exists app.members as m where (m.org_id == row.org_id and m.user_id == context.user)
(( SELECT p.role FROM app.profiles p WHERE (p.id = auth.uid())) = 'admin'::text) => exists app.profiles as p where (p.role == 'admin' and p.id == context.user)
(lower(email) = lower((auth.jwt() ->> 'email'::text))) => lower(row.email) == lower(context.claims.email)
(level >= 3) => row.level >= 3";

    #[test]
    fn known_forms_have_words() {
        for line in KNOWN.lines().skip(1) {
            let (sql, words) = line.split_once(" => ").unwrap();
            assert_eq!(proposed(sql).as_deref(), Ok(words), "{sql}");
        }
    }

    #[test]
    fn everything_else_says_why_it_has_none() {
        for (sql, says) in [
            (
                "app.is_member(org_id)",
                "the function app.is_member has no words",
            ),
            (
                "(made_at > (now() - '1 day'::interval))",
                "an interval of time",
            ),
            (
                "(x = current_setting('app.colour'::text, true))",
                "the setting app.colour",
            ),
            (
                "(NOT (org_id IN ( SELECT m.org_id\n   FROM app.members m)))",
                "`not in` a query",
            ),
            ("((data ->> 'a'::text) = 'b'::text)", "`->>` has no words"),
            ("(x = (auth.uid())::app.thing)", "context.user"),
        ] {
            match proposed(sql) {
                Err(reason) => assert!(reason.starts_with(says), "{sql}: {reason}"),
                Ok(words) => assert!(words.contains(says), "{sql}: {words}"),
            }
        }
    }
}
