//! `{ email = "full_name", domain = "northlight.example" }`: an address made from a name, at a reserved domain only.

use super::{Generator, is_text, takes};
use crate::files::toml::{Data, Node};
use crate::seed::expression::Path;
use crate::seed::spec::{Fields, Reader, Slot};

/// A name and the domain, which may be another for each tenant.
#[derive(Clone, Debug)]
pub struct Email {
    pub(crate) name: Path,
    pub(in crate::seed) domains: Vec<Box<str>>,
    /// Whether the row's number stands in it, so that people of one name have different addresses.
    pub(crate) unique: bool,
}

/// Whether mail to a domain reaches nobody: RFC 2606 and RFC 6761 reserve these.
fn is_reserved(domain: &str) -> bool {
    let ends = |end: &str| domain == end || domain.ends_with(&format!(".{end}"));
    [
        "example.com",
        "example.net",
        "example.org",
        "example",
        "test",
        "invalid",
    ]
    .into_iter()
    .any(ends)
}

pub(super) fn parse(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let name = reader.path(value);
    let unique = fields
        .take("unique")
        .and_then(|node| reader.boolean(node))
        .unwrap_or(false);
    let Some(node) = fields.take("domain") else {
        reader.mistake(
            value.span.clone(),
            "an address needs a domain",
            Some("add domain = \"example.com\"".to_owned()),
        );
        return None;
    };
    let mut domains = Vec::new();
    let named: Vec<&Node> = match &node.data {
        Data::Table(entries) => {
            let mut of_tenants = Vec::new();
            for tenant in reader.tenants.clone() {
                match entries.iter().find(|(key, _)| key.text == tenant) {
                    Some((_, domain)) => of_tenants.push(domain),
                    None => reader.mistake(
                        node.span.clone(),
                        format!("the tenant {tenant} has no domain"),
                        None,
                    ),
                }
            }
            of_tenants
        }
        _ => vec![node],
    };
    for node in named {
        let domain = reader.text(node)?;
        if !is_reserved(domain) {
            let hint = "use example.com, or a name that ends in .example or .test".to_owned();
            reader.mistake(
                node.span.clone(),
                format!("mail to {domain} might reach somebody"),
                Some(hint),
            );
            return None;
        }
        domains.push(Box::from(domain));
    }
    let name = name?;
    takes(reader, value, slot, "text", is_text).then(|| {
        Generator::Email(Box::new(Email {
            name,
            domains,
            unique,
        }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_reserved_domains_are_written_to() {
        for domain in [
            "example.com",
            "mail.example.org",
            "northlight.example",
            "a.test",
        ] {
            assert!(is_reserved(domain), "{domain}");
        }
        for domain in ["example.de", "notexample.com", "gmail.com", "test.io"] {
            assert!(!is_reserved(domain), "{domain}");
        }
    }
}
