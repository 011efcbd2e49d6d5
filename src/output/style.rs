//! Whether there is colour and how wide a line may be: decided here and nowhere else.

use std::io::IsTerminal;

/// How text for people is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether to colour. Nothing is ever said by colour alone.
    pub color: bool,
    /// Columns of the terminal; `None` where lines may be as long as they like.
    pub width: Option<u16>,
    /// Whether a person is watching, so that lines may be drawn over.
    pub terminal: bool,
}

/// What a piece of text means; the colour follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Good,
    Bad,
    Quiet,
    Strong,
}

impl Style {
    /// No colour, no limit: for files, pipes and tests.
    #[must_use]
    pub const fn plain() -> Self {
        Self {
            color: false,
            width: None,
            terminal: false,
        }
    }

    /// The style for standard output.
    #[must_use]
    pub fn stdout(no_color: bool) -> Self {
        let stdout = std::io::stdout();
        let width = rustix::termios::tcgetwinsize(&stdout).ok();
        Self::decide(
            no_color || color_is_unwelcome(),
            stdout.is_terminal(),
            width.map(|size| size.ws_col),
        )
    }

    /// The style for standard error.
    #[must_use]
    pub fn stderr(no_color: bool) -> Self {
        let stderr = std::io::stderr();
        let width = rustix::termios::tcgetwinsize(&stderr).ok();
        Self::decide(
            no_color || color_is_unwelcome(),
            stderr.is_terminal(),
            width.map(|size| size.ws_col),
        )
    }

    fn decide(no_color: bool, terminal: bool, width: Option<u16>) -> Self {
        Self {
            color: terminal && !no_color,
            // Some terminals say 0 when they do not know.
            width: width.filter(|width| terminal && *width >= 20),
            terminal,
        }
    }

    /// The text in its colour, if there is colour.
    pub(super) fn paint(self, ink: Ink, text: &str) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        let code = match ink {
            Ink::Good => "32",
            Ink::Bad => "1;31",
            Ink::Quiet => "2",
            Ink::Strong => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// `NO_COLOR` as no-color.org has it, set and not empty, or a terminal that cannot.
fn color_is_unwelcome() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
        || std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_terminal_gets_colour_and_only_when_nobody_minds() {
        assert!(Style::decide(false, true, Some(80)).color);
        assert!(!Style::decide(true, true, Some(80)).color);
        assert_eq!(Style::decide(false, false, Some(80)), Style::plain());
    }

    #[test]
    fn a_terminal_that_does_not_know_its_width_has_none() {
        assert_eq!(Style::decide(false, true, Some(0)).width, None);
    }
}
