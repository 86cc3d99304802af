//! Tables a bookkeeper can read.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement};

use super::text::plain;

/// Width when the environment's `COLUMNS` says none.
const WIDTH: u16 = 120;

/// A table under construction.
#[derive(Debug)]
pub(crate) struct Table {
    headers: Vec<Header>,
    inner: comfy_table::Table,
}

/// A column's title and alignment.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Header {
    /// Text.
    Left(&'static str),
    /// Text that is never broken, such as a key.
    Whole(&'static str),
    /// Numbers, never broken.
    Right(&'static str),
}

impl Table {
    /// A table with these columns.
    pub(crate) fn new(headers: &[Header]) -> Self {
        let mut inner = comfy_table::Table::new();
        inner
            .load_style(UTF8_FULL_CONDENSED)
            .set_content_arrangement(ContentArrangement::Dynamic);
        inner.set_width(width());
        inner.set_header(headers.iter().map(|header| match header {
            Header::Left(title) | Header::Whole(title) | Header::Right(title) => *title,
        }));
        for (index, header) in headers.iter().enumerate() {
            if let (Header::Whole(_) | Header::Right(_), Some(column)) =
                (header, inner.column_mut(index))
            {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        Self {
            headers: headers.to_vec(),
            inner,
        }
    }

    /// Adds a row; what steers terminals is taken out.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells = cells.into_iter().zip(&self.headers).map(|(text, header)| {
            let cell = Cell::new(plain(&text));
            match header {
                Header::Left(_) | Header::Whole(_) => cell,
                Header::Right(_) => cell.set_alignment(CellAlignment::Right),
            }
        });
        self.inner.add_row(cells.collect::<Vec<_>>());
    }

    /// The table, or what to say when it has no rows.
    pub(crate) fn or(&self, nothing: &str) -> String {
        if self.inner.is_empty() {
            nothing.to_owned()
        } else {
            self.inner.to_string()
        }
    }
}

fn width() -> u16 {
    let columns = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    columns
        .filter(|columns| (40..=1000).contains(columns))
        .unwrap_or(WIDTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_table_says_so_and_a_full_one_holds_no_escapes() {
        let mut table = Table::new(&[Header::Left("merchant"), Header::Right("amount")]);
        assert_eq!(table.or("nothing"), "nothing");
        table.row(["Caf\u{1b}[31mé".to_owned(), "12.50".to_owned()]);
        let text = table.or("nothing");
        assert!(
            text.contains("Caf[31mé") && !text.contains('\u{1b}'),
            "{text}"
        );
    }
}
