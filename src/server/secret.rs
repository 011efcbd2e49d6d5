//! Passwords that workroom makes up.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::failure::failed;
use crate::error::Result;

/// A password nobody can guess: 24 bytes of the system's randomness in hexadecimal digits.
///
/// # Errors
/// When the system has none to give.
pub fn secret() -> Result<String> {
    let source = Path::new("/dev/urandom");
    let mut bytes = [0_u8; 24];
    File::open(source)
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(|error| failed("read", source, &error))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
