//! What is wrong with a text, and where.

/// Why a text is not a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Characters before the place, so 0 is the first.
    pub at: usize,
    pub message: String,
    /// What could have stood there; empty when the message says it all.
    pub expected: Vec<String>,
}

impl SyntaxError {
    pub(crate) fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), expected: Vec::new() }
    }

    pub(crate) fn expected(
        at: usize,
        message: impl Into<String>,
        expected: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let expected = expected.into_iter().map(Into::into).collect();
        Self { at, message: message.into(), expected }
    }
}

impl std::error::Error for SyntaxError {}

impl std::fmt::Display for SyntaxError {
    /// Columns are counted from 1 for people.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "column {}: {}", self.at + 1, self.message)?;
        match self.expected.as_slice() {
            [] => Ok(()),
            [one] => write!(formatter, "; expected {one}"),
            [most @ .., last] => {
                write!(formatter, "; expected {} or {last}", most.join(", "))
            }
        }
    }
}
