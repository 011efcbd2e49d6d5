//! What a node reads of each row: the same everywhere, a column's cells, or cells made for it.

/// Where the cells are.
pub(super) enum Operand {
    Constant([i64; 1]),
    Own(usize),
    Made(Vec<i64>),
}

/// Cells by row, whichever kind they are of.
#[derive(Clone, Copy)]
pub(super) struct View<'c> {
    cells: &'c [i64],
    /// No bits for what is the same everywhere, so that reading needs no question.
    mask: u32,
}

impl Operand {
    pub(super) fn view<'c>(&'c self, columns: &'c [Vec<i64>]) -> View<'c> {
        let (cells, mask) = match self {
            Self::Constant(cells) => (&cells[..], 0),
            Self::Own(column) => (&columns[*column][..], u32::MAX),
            Self::Made(cells) => (&cells[..], u32::MAX),
        };
        View { cells, mask }
    }
}

impl View<'_> {
    #[inline]
    pub(super) fn at(&self, row: u32) -> i64 {
        self.cells[(row & self.mask) as usize]
    }
}

/// Writes what is made of each row into its place.
#[inline]
pub(super) fn each(rows: &[u32], out: &mut [i64], mut made: impl FnMut(u32) -> i64) {
    for &row in rows {
        out[row as usize] = made(row);
    }
}
