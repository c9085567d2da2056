//! Rows of a table, written as CSV or NDJSON straight to an output.
//!
//! A row names its columns and their values once, in order; header, CSV line and JSON object all come from that.

use std::fmt::{Display, Write as _};
use std::io::{self, BufWriter, Write};

use super::escape;

/// How a table is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values with a header line (RFC 4180, with line feeds). Lists are joined by `;`.
    #[default]
    Csv,
    /// One JSON object a line. An empty cell is `null`, a list an array.
    Ndjson,
}

/// A row: `Default` stands for one of which only the column names matter.
pub trait Row: Default {
    /// Gives each column's name and value to `cells`, in the table's order.
    fn columns(&self, cells: &mut impl Cells) -> io::Result<()>;
}

/// What takes the columns of a row. `None` and an empty list are an empty cell: it does not apply.
pub trait Cells {
    /// A cell of text.
    fn text(&mut self, name: &str, value: Option<impl Display>) -> io::Result<()>;
    /// A cell of text that may come from outside: in CSV it is no formula and has no control characters.
    fn free(&mut self, name: &str, value: Option<&str>) -> io::Result<()>;
    /// A cell with a number or a truth value, which needs no quotes in JSON.
    fn bare(&mut self, name: &str, value: Option<impl Display>) -> io::Result<()>;
    /// A cell with a list of texts.
    fn texts(&mut self, name: &str, values: impl Iterator<Item = impl Display>) -> io::Result<()>;
    /// A cell with a list of numbers.
    fn bares(&mut self, name: &str, values: impl Iterator<Item = impl Display>) -> io::Result<()>;
}

/// Writes a table's rows one by one; keeps none of them.
pub struct Table<W: Write> {
    output: Output<W>,
}

#[expect(clippy::large_enum_variant, reason = "there is one of it a run")]
enum Output<W: Write> {
    Csv(Csv<W>),
    Ndjson(Ndjson<W>),
}

impl<W: Write> Table<W> {
    /// A table of rows `R`. In CSV the header line is written at once, so an empty table has it too.
    ///
    /// # Errors
    ///
    /// When the output cannot be written to.
    pub fn new<R: Row>(output: W, format: Format) -> io::Result<Self> {
        let mut table = Self::rows(output, format);
        if let Output::Csv(csv) = &mut table.output {
            R::default().columns(&mut Header(&mut csv.writer))?;
            csv.end()?;
        }
        Ok(table)
    }

    /// A table without its header line, which stands there already.
    pub fn rows(output: W, format: Format) -> Self {
        let cell = String::new();
        Self {
            output: match format {
                Format::Csv => Output::Csv(Csv { writer: csv::Writer::from_writer(output), cell }),
                Format::Ndjson => {
                    Output::Ndjson(Ndjson { writer: BufWriter::new(output), cell, is_first: true })
                }
            },
        }
    }

    /// Writes one row.
    ///
    /// # Errors
    ///
    /// When the output cannot be written to.
    pub fn write(&mut self, row: &impl Row) -> io::Result<()> {
        match &mut self.output {
            Output::Csv(csv) => {
                row.columns(csv)?;
                csv.end()
            }
            Output::Ndjson(ndjson) => {
                row.columns(ndjson)?;
                ndjson.end()
            }
        }
    }

    /// Writes out what is still buffered.
    ///
    /// # Errors
    ///
    /// When the output cannot be written to.
    pub fn finish(mut self) -> io::Result<()> {
        self.flush()
    }

    /// The same, and the table goes on.
    ///
    /// # Errors
    ///
    /// When the output cannot be written to.
    pub fn flush(&mut self) -> io::Result<()> {
        match &mut self.output {
            Output::Csv(csv) => csv.writer.flush(),
            Output::Ndjson(ndjson) => ndjson.writer.flush(),
        }
    }
}

/// Writes the names of the columns.
struct Header<'a, W: Write>(&'a mut csv::Writer<W>);

impl<W: Write> Header<'_, W> {
    fn name(&mut self, name: &str) -> io::Result<()> {
        Ok(self.0.write_field(name)?)
    }
}

impl<W: Write> Cells for Header<'_, W> {
    fn text(&mut self, name: &str, _: Option<impl Display>) -> io::Result<()> {
        self.name(name)
    }

    fn free(&mut self, name: &str, _: Option<&str>) -> io::Result<()> {
        self.name(name)
    }

    fn bare(&mut self, name: &str, _: Option<impl Display>) -> io::Result<()> {
        self.name(name)
    }

    fn texts(&mut self, name: &str, _: impl Iterator<Item = impl Display>) -> io::Result<()> {
        self.name(name)
    }

    fn bares(&mut self, name: &str, _: impl Iterator<Item = impl Display>) -> io::Result<()> {
        self.name(name)
    }
}

/// Writes the values, quoted where they need it.
struct Csv<W: Write> {
    writer: csv::Writer<W>,
    /// The cell being put together; kept for its room.
    cell: String,
}

impl<W: Write> Csv<W> {
    fn end(&mut self) -> io::Result<()> {
        Ok(self.writer.write_record(None::<&[u8]>)?)
    }
}

impl<W: Write> Cells for Csv<W> {
    fn text(&mut self, name: &str, value: Option<impl Display>) -> io::Result<()> {
        self.texts(name, value.into_iter())
    }

    fn free(&mut self, _: &str, value: Option<&str>) -> io::Result<()> {
        Ok(self.writer.write_field(escape::cell(value.unwrap_or_default()).as_bytes())?)
    }

    fn bare(&mut self, name: &str, value: Option<impl Display>) -> io::Result<()> {
        self.texts(name, value.into_iter())
    }

    fn texts(&mut self, _: &str, values: impl Iterator<Item = impl Display>) -> io::Result<()> {
        self.cell.clear();
        for value in values {
            if !self.cell.is_empty() {
                self.cell.push(';');
            }
            write!(self.cell, "{value}").map_err(io::Error::other)?;
        }
        Ok(self.writer.write_field(&self.cell)?)
    }

    fn bares(&mut self, name: &str, values: impl Iterator<Item = impl Display>) -> io::Result<()> {
        self.texts(name, values)
    }
}

/// Writes names and values as one object.
struct Ndjson<W: Write> {
    writer: BufWriter<W>,
    /// The text being put together; kept for its room.
    cell: String,
    /// Whether the next key is the object's first.
    is_first: bool,
}

impl<W: Write> Ndjson<W> {
    fn end(&mut self) -> io::Result<()> {
        self.is_first = true;
        self.writer.write_all(b"}\n")
    }

    /// Begins a member: what separates it from the one before, and its name, which needs no escapes.
    fn key(&mut self, name: &str) -> io::Result<()> {
        let separator = if self.is_first { '{' } else { ',' };
        self.is_first = false;
        write!(self.writer, "{separator}\"{name}\":")
    }

    fn quoted(&mut self, value: impl Display) -> io::Result<()> {
        self.cell.clear();
        write!(self.cell, "{value}").map_err(io::Error::other)?;
        self.string()
    }

    /// Writes the text put together as a JSON string.
    fn string(&mut self) -> io::Result<()> {
        if !escape::is_harmless(&self.cell) {
            let text = serde_json::to_string(&self.cell)?;
            return self.writer.write_all(escape::json(&text).as_bytes());
        }
        Ok(serde_json::to_writer(&mut self.writer, &self.cell)?)
    }

    /// Writes an array with `write` for each value, or `null` where there is none.
    fn array<T>(
        &mut self,
        name: &str,
        values: impl Iterator<Item = T>,
        write: impl Fn(&mut Self, T) -> io::Result<()>,
    ) -> io::Result<()> {
        self.key(name)?;
        let mut is_empty = true;
        for value in values {
            self.writer.write_all(if is_empty { b"[" } else { b"," })?;
            is_empty = false;
            write(self, value)?;
        }
        self.writer.write_all(if is_empty { b"null" } else { b"]" })
    }
}

impl<W: Write> Cells for Ndjson<W> {
    fn text(&mut self, name: &str, value: Option<impl Display>) -> io::Result<()> {
        self.key(name)?;
        match value {
            Some(value) => self.quoted(value),
            None => self.writer.write_all(b"null"),
        }
    }

    fn free(&mut self, name: &str, value: Option<&str>) -> io::Result<()> {
        self.text(name, value)
    }

    fn bare(&mut self, name: &str, value: Option<impl Display>) -> io::Result<()> {
        self.key(name)?;
        match value {
            Some(value) => write!(self.writer, "{value}"),
            None => self.writer.write_all(b"null"),
        }
    }

    fn texts(&mut self, name: &str, values: impl Iterator<Item = impl Display>) -> io::Result<()> {
        self.array(name, values, Self::quoted)
    }

    fn bares(&mut self, name: &str, values: impl Iterator<Item = impl Display>) -> io::Result<()> {
        self.array(name, values, |this, value| write!(this.writer, "{value}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Fruit {
        name: Option<&'static str>,
        count: Option<u8>,
        colours: Vec<&'static str>,
        sizes: Vec<u8>,
    }

    impl Row for Fruit {
        fn columns(&self, cells: &mut impl Cells) -> io::Result<()> {
            cells.text("name", self.name)?;
            cells.bare("count", self.count)?;
            cells.texts("colours", self.colours.iter())?;
            cells.bares("sizes", self.sizes.iter())
        }
    }

    fn written(format: Format, rows: &[Fruit]) -> String {
        let mut output = Vec::new();
        let mut table = Table::new::<Fruit>(&mut output, format).unwrap();
        for row in rows {
            table.write(row).unwrap();
        }
        table.finish().unwrap();
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn writes_the_same_row_as_csv_and_json() {
        let quince = Fruit {
            name: Some("a \"big\", one"),
            count: Some(2),
            colours: vec!["red", "green"],
            sizes: vec![7, 9],
        };
        let rows = [quince, Fruit::default()];
        let csv = "name,count,colours,sizes\n\"a \"\"big\"\", one\",2,red;green,7;9\n,,,\n";
        assert_eq!(written(Format::Csv, &rows), csv);
        let ndjson = concat!(
            r#"{"name":"a \"big\", one","count":2,"colours":["red","green"],"sizes":[7,9]}"#,
            "\n",
            r#"{"name":null,"count":null,"colours":null,"sizes":null}"#,
            "\n"
        );
        assert_eq!(written(Format::Ndjson, &rows), ndjson);
    }

    #[test]
    fn an_empty_table_has_its_header_line_in_csv() {
        assert_eq!(written(Format::Csv, &[]), "name,count,colours,sizes\n");
        assert_eq!(written(Format::Ndjson, &[]), "");
    }
}
