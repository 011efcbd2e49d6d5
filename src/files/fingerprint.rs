//! Fingerprints of texts, and of files that nobody needs as text.

use std::io::Read as _;
use std::path::Path;

use sha2::{Digest, Sha256};

/// SHA-256 of a text, 64 lower-case hexadecimal digits.
#[must_use]
pub fn fingerprint(text: &str) -> String {
    fingerprint_of_bytes(text.as_bytes())
}

/// SHA-256 of what is no text: a download, a path.
#[must_use]
pub fn fingerprint_of_bytes(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

/// A text as the source list of a content security policy names it: `sha256-` and the base64 of its SHA-256.
#[must_use]
pub fn source_hash(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digest = Sha256::digest(text.as_bytes());
    let mut source = "sha256-".to_owned();
    for three in digest.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            let is_there = place <= three.len();
            source.push(if is_there { char::from(letter) } else { '=' });
        }
    }
    source
}

/// SHA-256 of a text with its line ends read as LF.
pub(super) fn of_lines(bytes: &[u8]) -> String {
    if !bytes.contains(&b'\r') {
        return fingerprint_of_bytes(bytes);
    }
    let ends = |at: usize| bytes.get(at + 1) == Some(&b'\n');
    let lines = bytes.iter().enumerate();
    let lines = lines.filter(|(at, byte)| **byte != b'\r' || !ends(*at));
    fingerprint_of_bytes(&lines.map(|(_, byte)| *byte).collect::<Vec<u8>>())
}

/// Reads a file into a buffer that grows when it must, and asks the system nothing else. Returns the length. Taking a
/// short answer for the end spares a question for each file; were it not the end, the fingerprint would be nobody's.
pub(super) fn read_into(path: &Path, buffer: &mut Vec<u8>) -> std::io::Result<usize> {
    const ROOM: usize = 1 << 14;
    let mut file = std::fs::File::open(path)?;
    let mut length = 0;
    loop {
        if buffer.len() - length < ROOM {
            buffer.resize(length + 2 * ROOM, 0);
        }
        match file.read(&mut buffer[length..]) {
            Ok(read) if read < buffer.len() - length => return Ok(length + read),
            Ok(read) => length += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::source_hash;

    /// As `printf 'alert(1)' | openssl dgst -sha256 -binary | base64` has it.
    #[test]
    fn a_source_is_named_as_browsers_name_it() {
        assert_eq!(
            source_hash("alert(1)"),
            "sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI="
        );
    }
}
