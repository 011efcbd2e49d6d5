//! The line of a column of which nothing is known but its name, its table's name and its type: a believable value where the
//! names tell what it holds, and otherwise one that fits.

use super::lists;
use super::literals::Texts;
use crate::files::toml::quoted;
use crate::seed::column_type::ColumnType;

/// What is known of a column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    pub(super) table: &'a str,
    pub(super) name: &'a str,
    pub(super) data_type: &'a ColumnType,
    /// The type as SQL, a domain by its own name.
    pub(super) sql: &'a str,
    /// Whether no two rows of a tenant may have the same.
    pub(super) unique: bool,
    /// Whether tenants must not have the same either.
    pub(super) apart: bool,
}

/// A line for a column that needs one.
pub(super) fn generator(known: Known<'_>, texts: &Texts) -> String {
    if let Some(line) = by_name(known) {
        return line;
    }
    let many = known.unique || known.apart;
    match known.data_type {
        ColumnType::Bool => "{ true = 1, false = 1 }".to_owned(),
        ColumnType::Int(_) | ColumnType::Float(_) => "{ number = [1, 100] }".to_owned(),
        ColumnType::Numeric(Some((precision, scale))) if precision <= scale => {
            "{ number = [0, 0.9], step = 0.1 }".to_owned()
        }
        ColumnType::Numeric(limits) => {
            let most = limits
                .map_or(100, |(precision, scale)| {
                    10_u64.pow(precision.saturating_sub(scale).min(3)) - 1
                })
                .clamp(1, 999);
            format!("{{ number = [1, {most}] }}")
        }
        ColumnType::Date | ColumnType::Timestamp => {
            "{ date = [\"-12 months\", \"as_of\"] }".to_owned()
        }
        ColumnType::Uuid => "{ key = \"uuid\" }".to_owned(),
        ColumnType::Json | ColumnType::Jsonb => {
            "{ json = { word = { list = \"word\" } } }".to_owned()
        }
        ColumnType::Texts(element) if limit_of(element).is_some_and(|most| most < 6) => {
            "{ pick = [[\"a\"], [\"b\", \"c\"]] }".to_owned()
        }
        ColumnType::Texts(_) => "{ array = \"word\" }".to_owned(),
        ColumnType::Enum(labels) => format!("{{ pick = {} }}", array(labels)),
        ColumnType::Text(_) | ColumnType::Character(_) => text(known),
        ColumnType::Vector(size) => format!("{{ vector = {} }}", size.unwrap_or(3)),
        ColumnType::Other(_) => match texts.of(known.sql) {
            Some(found) if many && found.numbered.is_some() => {
                found.numbered.clone().unwrap_or_default()
            }
            Some(found) => format!("{{ pick = {} }}", array(&found.plain)),
            None => "{ server = true }".to_owned(),
        },
    }
}

/// Texts as an array of the file.
fn array(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

/// The most characters of `character varying(3)`.
fn limit_of(element: &str) -> Option<u32> {
    element
        .split_once('(')?
        .1
        .trim_end_matches(')')
        .parse()
        .ok()
}

/// A text of no meaning.
fn text(known: Known<'_>) -> String {
    let most = known.data_type.most_characters();
    match most {
        Some(36) if known.unique || known.apart => "{ key = \"uuid\" }".to_owned(),
        _ if known.apart && fits("{word} {row} {tenant}", most) => {
            "{ text = \"{word} {row} {tenant}\" }".to_owned()
        }
        _ if known.apart && fits("{tenant}{row}", most) => {
            "{ text = \"{tenant}{row}\" }".to_owned()
        }
        Some(most) if most < 4 && !known.unique => quoted(&"x".repeat(most as usize)),
        Some(most) if most < 12 => "{ text = \"{row}\" }".to_owned(),
        _ => "{ text = \"{word} {row}\" }".to_owned(),
    }
}

/// A line that the names of column and table ask for; none where they do not.
pub(super) fn by_name(known: Known<'_>) -> Option<String> {
    let name = known.name.to_lowercase();
    let parts: Vec<&str> = name
        .split(|letter: char| !letter.is_alphanumeric())
        .collect();
    let has = |words: &[&str]| words.iter().any(|word| parts.contains(word));
    let ends = |words: &[&str]| words.iter().any(|word| parts.last() == Some(word));
    let found = match known.data_type {
        ColumnType::Text(_) | ColumnType::Character(_) => of_text(known, &name, &parts),
        ColumnType::Numeric(limits) if ends(&MONEY) => {
            let scale = limits.map_or(2, |(_, scale)| scale);
            let whole = limits.map_or(9, |(precision, scale)| precision.saturating_sub(scale));
            (whole >= 3 && scale >= 1).then(|| "{ number = [5, 480], step = 0.5 }".to_owned())
        }
        ColumnType::Int(_) if ends(&["quantity", "qty", "count", "seats", "guests"]) => {
            Some("{ number = [1, 12] }".to_owned())
        }
        ColumnType::Int(_) if ends(&["age"]) => Some("{ number = [18, 79] }".to_owned()),
        ColumnType::Int(_) if ends(&["rating", "stars"]) => Some("{ number = [1, 5] }".to_owned()),
        ColumnType::Int(_) if ends(&["cents"]) => {
            Some("{ number = [500, 48000], step = 50 }".to_owned())
        }
        ColumnType::Date if has(&["birth", "born", "birthday", "birthdate", "dob"]) => {
            Some("{ date = [\"-65 years\", \"-19 years\"] }".to_owned())
        }
        _ => None,
    };
    found.filter(|_| !known.unique || known.data_type.is_plain_text())
}

const MONEY: [&str; 9] = [
    "price", "amount", "cost", "total", "fee", "salary", "budget", "balance", "subtotal",
];

/// Words of tables whose rows are people, and of those whose rows are companies or things to sell.
const PEOPLE: &str = "people person persons customers customer users user employees employee contacts contact members member \
     authors author patients students agents guests staff profiles";
const COMPANIES: &str = "companies company organisations organizations organisation organization orgs clients vendors suppliers \
     accounts tenants";
const PRODUCTS: &str = "products product items articles";

/// Whole names, words of names, a template, and what tells rows apart where they must differ. The first that is short
/// enough for the column is taken.
const RULES: [(&str, &str, &str, &str); 19] = [
    (
        "first_name given_name firstname forename",
        "",
        "{given_name}",
        " {row}",
    ),
    (
        "last_name family_name lastname surname",
        "",
        "{family_name}",
        " {row}",
    ),
    (
        "full_name fullname person author contact_name display_name customer_name",
        "",
        PERSON,
        " {row}",
    ),
    (
        "company company_name organisation organization legal_name",
        "",
        COMPANY,
        " {row}",
    ),
    ("product product_name", "", PRODUCT, " {row}"),
    (
        "",
        "url uri website homepage link",
        "https://example.com/{word}",
        "/{row}",
    ),
    ("", "slug permalink", "{word}-{word}", "-{row}"),
    (
        "",
        "username login handle nickname",
        "{given_name|lower}",
        "{row}",
    ),
    ("country_code", "", "{country_code}", "{row}"),
    ("", "country", "{country}", " {row}"),
    ("", "country", "{country_code}", "{row}"),
    ("", "currency", "{currency}", "{row}"),
    ("", "city town", "{city}", " {row}"),
    ("address street", "street", "{row} {street}", ""),
    ("", "color colour", "{colour}", " {row}"),
    ("title subject headline", "", "{topic}", " {row}"),
    ("description body summary bio", "", "{sentence}", " {row}"),
    ("note notes comment remark", "", "{sentence}", " {row}"),
    ("content message", "", "{sentence}", " {row}"),
];

const PERSON: &str = "{given_name} {family_name}";
const COMPANY: &str = "{company}";
const PRODUCT: &str = "{adjective} {product}";

fn of_text(known: Known<'_>, name: &str, parts: &[&str]) -> Option<String> {
    let one_of = |words: &str, word: &str| {
        !word.is_empty() && words.split_ascii_whitespace().any(|known| known == word)
    };
    let has = |words: &str| parts.iter().any(|part| one_of(words, part));
    let most = known.data_type.most_characters();
    let differs = known.unique || known.apart;
    if has("email mail emails") && !has("verified template") {
        let domain = if known.apart {
            "{tenant}.example"
        } else {
            "example.com"
        };
        let address = format!("{{given_name|lower}}.{{family_name|lower}}.{{row}}@{domain}");
        return fits(&address, most).then(|| line(&address));
    }
    for (words, code, longest) in [
        (
            "phone mobile telephone fax",
            "+1 202-555-{0000}",
            "+1 202-555-0100",
        ),
        ("zip postcode postal", "{00000}", "00000"),
    ] {
        if has(words) {
            let is_free = !known.apart && fits(longest, most);
            return is_free.then(|| format!("{{ code = \"{code}\" }}"));
        }
    }
    let table = known.table.to_lowercase();
    let of = |words: &str| {
        let mut parts = table.split(|letter: char| !letter.is_alphanumeric());
        parts.any(|part| one_of(words, part))
    };
    let by_table = [(PEOPLE, PERSON), (COMPANIES, COMPANY), (PRODUCTS, PRODUCT)];
    let by_table = by_table
        .into_iter()
        .filter(|(words, _)| name == "name" && of(words));
    let by_table = by_table.map(|(_, template)| (template, " {row}"));
    let by_rule = RULES
        .into_iter()
        .filter(|(whole, part, ..)| one_of(whole, name) || has(part));
    let by_rule = by_rule.map(|(.., template, number)| (template, number));
    by_table.chain(by_rule).find_map(|(template, number)| {
        let number = if differs { number } else { "" };
        let tenant = if known.apart { " {tenant}" } else { "" };
        let template = format!("{template}{number}{tenant}");
        fits(&template, most).then(|| line(&template))
    })
}

/// A template as a line: a list alone is said shorter.
fn line(template: &str) -> String {
    let inner = template
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    match inner.filter(|inner| !inner.contains(['{', '|'])) {
        Some(list) if list != "row" => format!("{{ list = \"{list}\" }}"),
        _ => format!("{{ text = \"{template}\" }}"),
    }
}

/// Whether the longest text of a template is short enough.
fn fits(template: &str, most: Option<u32>) -> bool {
    let Some(most) = most else {
        return true;
    };
    let mut length = 0;
    for (at, part) in template.split(['{', '}']).enumerate() {
        let name = part.split('|').next().unwrap_or(part);
        length += match (at % 2, name) {
            (0, text) => text.chars().count(),
            (_, "row") => 3,
            (_, "tenant") => 6,
            (_, list) => {
                let items = lists::items(list).into_iter();
                items.map(|item| item.chars().count()).max().unwrap_or(0)
            }
        };
    }
    length <= most as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(table: &str, name: &str, data_type: &ColumnType, unique: bool) -> String {
        let known = Known {
            table,
            name,
            data_type,
            sql: "",
            unique,
            apart: false,
        };
        generator(known, &Texts::default())
    }

    #[test]
    fn a_line_follows_from_name_and_type() {
        let text = ColumnType::Text(None);
        let short = ColumnType::Character(2);
        for (table, name, data_type, unique, line) in [
            (
                "people",
                "contact_email",
                &text,
                true,
                "{ text = \"{given_name|lower}.{family_name|lower}.{row}@example.com\" }",
            ),
            (
                "people",
                "name",
                &text,
                false,
                "{ text = \"{given_name} {family_name}\" }",
            ),
            (
                "people",
                "name",
                &text,
                true,
                "{ text = \"{given_name} {family_name} {row}\" }",
            ),
            ("companies", "name", &text, false, "{ list = \"company\" }"),
            (
                "crates",
                "name",
                &text,
                false,
                "{ text = \"{word} {row}\" }",
            ),
            (
                "offices",
                "country",
                &short,
                false,
                "{ list = \"country_code\" }",
            ),
            (
                "offices",
                "city",
                &ColumnType::Text(Some(3)),
                false,
                "\"xxx\"",
            ),
            (
                "pages",
                "slug",
                &text,
                true,
                "{ text = \"{word}-{word}-{row}\" }",
            ),
            (
                "offices",
                "homepage",
                &text,
                false,
                "{ text = \"https://example.com/{word}\" }",
            ),
            (
                "offices",
                "phone",
                &text,
                false,
                "{ code = \"+1 202-555-{0000}\" }",
            ),
            (
                "items",
                "unit_price",
                &ColumnType::Numeric(Some((8, 2))),
                false,
                "{ number = [5, 480], step = 0.5 }",
            ),
            (
                "items",
                "x",
                &ColumnType::Numeric(Some((4, 3))),
                true,
                "{ number = [1, 9] }",
            ),
            (
                "items",
                "tags",
                &ColumnType::Texts("character varying(3)".to_owned()),
                false,
                "{ pick = [[\"a\"], [\"b\", \"c\"]] }",
            ),
            (
                "items",
                "id",
                &ColumnType::Character(36),
                true,
                "{ key = \"uuid\" }",
            ),
        ] {
            assert_eq!(made(table, name, data_type, unique), line, "{table}.{name}");
        }
    }
}
