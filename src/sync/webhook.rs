//! One request of a webhook: HTTP/1.1 as far as a POST with a body needs it, and Notion's signature. What a request says
//! counts for nothing before the signature is checked, and afterwards for no more than the id of a page.
//!
//! Source: Notion's reference, "Webhooks" and "Event types and delivery".

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::settings::is_id;

/// What the head of a request may take, and what its body; an event of Notion's has about a kilobyte.
const MOST_HEAD: usize = 16 << 10;
const MOST_BODY: usize = 256 << 10;

/// A request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    signature: Option<String>,
    body: Vec<u8>,
}

/// What a request is for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Hint {
    /// A page may have changed.
    Page(String),
    /// A subscription begins: the token that its events will be signed with.
    Token(String),
    /// Something that is nothing to us.
    Other,
}

/// Reads a request, or says with which status it is refused.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<Request, u16> {
    let mut bytes = Vec::new();
    let (begin, length, signature) = loop {
        if let Some(head) = head(&bytes)? {
            break head;
        }
        if bytes.len() > MOST_HEAD {
            return Err(431);
        }
        let room = MOST_HEAD as u64;
        if (&mut *stream)
            .take(room)
            .read_buf(&mut bytes)
            .await
            .map_err(|_| 400_u16)?
            == 0
        {
            return Err(400);
        }
    };
    let mut body = bytes.split_off(begin);
    // What comes after the body is nobody's.
    body.truncate(length);
    let left = (length - body.len()) as u64;
    stream
        .take(left)
        .read_to_end(&mut body)
        .await
        .map_err(|_| 400_u16)?;
    if body.len() != length {
        return Err(400);
    }
    Ok(Request { signature, body })
}

/// Where the body begins, its length, and the signature, once all of the head is there.
fn head(bytes: &[u8]) -> Result<Option<(usize, usize, Option<String>)>, u16> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(begin) = request.parse(bytes).map_err(|_| 400_u16)? else {
        return Ok(None);
    };
    if request.method != Some("POST") {
        return Err(405);
    }
    let value = |name: &str| {
        let header = request
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name));
        header.and_then(|header| std::str::from_utf8(header.value).ok())
    };
    // A body in chunks has no length that could be looked at first.
    let length: usize = value("content-length")
        .and_then(|text| text.trim().parse().ok())
        .ok_or(411_u16)?;
    if length > MOST_BODY {
        return Err(413);
    }
    Ok(Some((
        begin,
        length,
        value("x-notion-signature").map(str::to_owned),
    )))
}

/// Answers with a status and nothing else.
pub(super) async fn answer(stream: &mut (impl AsyncWrite + Unpin), status: u16) {
    let text = format!("HTTP/1.1 {status} \r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    // Whoever does not wait for the answer sends again.
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}

impl Request {
    /// Whether it was signed with this token: `sha256=` and the HMAC of the very bytes of the body.
    pub(super) fn is_signed(&self, token: &str) -> bool {
        let signature = self
            .signature
            .as_deref()
            .and_then(|text| text.trim().strip_prefix("sha256="));
        let (Some(signature), Ok(mut mac)) = (
            signature.and_then(bytes_of),
            Hmac::<Sha256>::new_from_slice(token.as_bytes()),
        ) else {
            return false;
        };
        mac.update(&self.body);
        mac.verify_slice(&signature).is_ok()
    }

    /// What it is for.
    pub(super) fn hint(&self) -> Hint {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        // A person reads it on a terminal and copies it.
        let is_plain = |token: &&str| {
            !token.is_empty()
                && token.len() < 200
                && token.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if let Some(token) = body["verification_token"].as_str().filter(is_plain) {
            return Hint::Token(token.to_owned());
        }
        match body["entity"]["id"].as_str().filter(|id| is_id(id)) {
            Some(id) if body["entity"]["type"] == "page" => Hint::Page(id.to_owned()),
            _ => Hint::Other,
        }
    }
}

/// The bytes that hexadecimal digits stand for.
fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .chars()
        .map(|digit| Some(digit.to_digit(16)? as u8))
        .collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    pairs
        .remainder()
        .is_empty()
        .then(|| pairs.map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads what comes in pieces of so many bytes.
    fn read_in(text: &str, piece: usize) -> Result<Request, u16> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let text = text.to_owned();
        runtime.block_on(async move {
            let (mut ours, mut theirs) = tokio::io::duplex(piece);
            let sending = tokio::spawn(async move {
                // The reader may have refused it before the end.
                let _ = theirs.write_all(text.as_bytes()).await;
            });
            let found = read(&mut ours).await;
            drop(ours);
            sending.await.unwrap();
            found
        })
    }

    #[test]
    fn a_request_is_read_in_pieces_of_any_size_and_nothing_beyond_its_length() {
        let text = "POST /hook HTTP/1.1\r\nHost: h\r\nx-notion-SIGNATURE: sha256=00\r\ncontent-length: 5\r\n\r\nhello and more";
        for piece in [1, 7, 1000] {
            let found = read_in(text, piece).unwrap();
            assert_eq!(
                (found.signature.as_deref(), &found.body[..]),
                (Some("sha256=00"), &b"hello"[..]),
                "{piece}"
            );
        }
    }

    #[test]
    fn what_is_no_post_with_a_body_of_fair_length_is_refused() {
        let many = "x".repeat(MOST_HEAD + 1);
        for (text, status) in [
            (
                "GET / HTTP/1.1\r\ncontent-length: 0\r\n\r\n".to_owned(),
                405,
            ),
            ("POST / HTTP/1.1\r\n\r\n".to_owned(), 411),
            (
                "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(),
                411,
            ),
            (
                "POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n".to_owned(),
                411,
            ),
            (
                "POST / HTTP/1.1\r\ncontent-length: 300000\r\n\r\n".to_owned(),
                413,
            ),
            (
                "POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\nshort".to_owned(),
                400,
            ),
            ("POST / HTTP/1.1\r\ncontent-le".to_owned(), 400),
            (String::new(), 400),
            ("\u{16}\u{3}\u{1}".to_owned(), 400),
            (format!("POST /{many} HTTP/1.1\r\n\r\n"), 431),
        ] {
            let shown: String = text.chars().take(60).collect();
            assert_eq!(read_in(&text, 100), Err(status), "{shown}");
        }
    }

    #[test]
    fn a_signature_counts_for_its_token_and_the_very_bytes() {
        // By Python's `hmac.new(b"secret_of_a_hook", body, "sha256").hexdigest()`.
        let digest = "60f3c0c8d32dd932720f4572502bd2c8ff4d5b253325efca9fd5166779508f81";
        let body = br#"{"type":"page.properties_updated","entity":{"id":"page-3","type":"page"}}"#;
        let request = |signature: Option<String>, body: &[u8]| Request {
            signature,
            body: body.to_vec(),
        };
        let signed = request(Some(format!("sha256={digest}")), body);
        assert!(signed.is_signed("secret_of_a_hook"));
        assert_eq!(signed.hint(), Hint::Page("page-3".to_owned()));
        assert!(!signed.is_signed("secret_of_a_hoop"));
        let changed = [&body[..], b" "].concat();
        for other in [
            request(Some(format!("sha256={digest}")), &changed),
            request(Some(digest.to_owned()), body),
            request(Some(format!("sha256={}", &digest[2..])), body),
            request(Some(format!("sha256={}", &digest[1..])), body),
            request(Some("sha256=".to_owned()), body),
            request(Some("sha256=\u{e4}".to_owned()), body),
            request(None, body),
        ] {
            assert!(!other.is_signed("secret_of_a_hook"), "{other:?}");
        }
    }

    #[test]
    fn only_pages_whose_id_leads_nowhere_else_are_looked_at() {
        let hint = |body: &str| {
            Request {
                signature: None,
                body: body.as_bytes().to_vec(),
            }
            .hint()
        };
        assert_eq!(
            hint(r#"{"verification_token":"secret_x"}"#),
            Hint::Token("secret_x".to_owned())
        );
        for other in [
            "",
            "[]",
            r#"{"verification_token":"\u001b[2J"}"#,
            r#"{"entity":{"id":"../users","type":"page"}}"#,
            r#"{"entity":{"id":"d","type":"database"}}"#,
            r#"{"entity":{"id":7,"type":"page"}}"#,
        ] {
            assert_eq!(hint(other), Hint::Other, "{other}");
        }
    }
}
