//! Parquet files with typed columns, written byte by byte (`parquet.thrift`). It shares no code with the reader.

use super::parquet::Struct;

/// The type of a column.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Text,
    /// Bytes of which the file does not say that they are text.
    Bytes,
    Double,
    /// Days since 1970-01-01.
    Date,
    /// Microseconds since 1970-01-01.
    Timestamp,
    /// A decimal of eight bytes with this many digits after the point.
    Decimal64(i32),
    /// A decimal of sixteen bytes with this many digits after the point.
    Decimal128(i32),
    Int32,
}

/// A column and the bytes of each value; `None` for rows without a value.
pub(crate) struct Typed {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) values: Vec<Option<Vec<u8>>>,
    /// Rows at the start whose texts are codes of a dictionary.
    pub(crate) coded: usize,
}

fn size(count: usize) -> i32 {
    i32::try_from(count).unwrap()
}

/// A run of the same number, for levels and codes.
fn run(out: &mut Vec<u8>, count: usize, number: u8) {
    let mut head = count << 1;
    while head >= 0x80 {
        out.push(u8::try_from(head & 0x7f).unwrap() | 0x80);
        head >>= 7;
    }
    out.push(u8::try_from(head).unwrap());
    out.push(number);
}

impl Typed {
    fn physical(&self) -> i32 {
        match self.kind {
            Kind::Date | Kind::Int32 => 1,
            Kind::Timestamp | Kind::Decimal64(_) => 2,
            Kind::Double => 5,
            Kind::Text | Kind::Bytes => 6,
            Kind::Decimal128(_) => 7,
        }
    }

    fn leaf(&self) -> Vec<u8> {
        let mut leaf = Struct::default().i32(1, self.physical());
        if matches!(self.kind, Kind::Decimal128(_)) {
            leaf = leaf.i32(2, 16);
        }
        let leaf = leaf.i32(3, 1).text(4, self.name);
        match self.kind {
            Kind::Text => leaf.i32(6, 0),
            Kind::Date => leaf.i32(6, 6),
            Kind::Timestamp => leaf.i32(6, 10),
            Kind::Decimal64(scale) => leaf.i32(6, 5).i32(7, scale).i32(8, 18),
            Kind::Decimal128(scale) => leaf.i32(6, 5).i32(7, scale).i32(8, 38),
            Kind::Double | Kind::Int32 | Kind::Bytes => leaf,
        }
        .end()
    }

    /// A value as it is written in a page.
    fn plain(&self, value: &[u8]) -> Vec<u8> {
        let length = matches!(self.kind, Kind::Text | Kind::Bytes).then(|| value.len());
        let length = length.map(|length| u32::try_from(length).unwrap().to_le_bytes());
        [length.as_ref().map_or(&[][..], |bytes| bytes), value].concat()
    }

    /// A page with these rows; `words` has the dictionary of coded ones.
    fn page(&self, rows: &[Option<Vec<u8>>], words: Option<&[Vec<u8>]>) -> Vec<u8> {
        let mut levels = Vec::new();
        for value in rows {
            run(&mut levels, 1, u8::from(value.is_some()));
        }
        let mut data = u32::try_from(levels.len()).unwrap().to_le_bytes().to_vec();
        data.extend(levels);
        if words.is_some() {
            data.push(8);
        }
        for value in rows.iter().flatten() {
            match words {
                Some(words) => {
                    let code = words.iter().position(|word| word == value).unwrap();
                    run(&mut data, 1, u8::try_from(code).unwrap());
                }
                None => data.extend(self.plain(value)),
            }
        }
        let encoding = if words.is_some() { 8 } else { 0 };
        let about = Struct::default()
            .i32(1, size(rows.len()))
            .i32(2, encoding)
            .i32(3, 3)
            .i32(4, 3);
        let head = Struct::default()
            .i32(1, 0)
            .i32(2, size(data.len()))
            .i32(3, size(data.len()))
            .inner(5, about);
        [head.end(), data].concat()
    }

    /// Appends the pages of these rows; returns the description of the chunk.
    fn chunk(&self, out: &mut Vec<u8>, rows: std::ops::Range<usize>, packing: i32) -> Vec<u8> {
        /// Rows of a page.
        const PAGE: usize = 7;
        let start = i64::try_from(out.len()).unwrap();
        let values = &self.values[rows.clone()];
        let coded = self.coded.clamp(rows.start, rows.end) - rows.start;
        let (with_codes, plain) = values.split_at(coded);
        let mut words: Vec<Vec<u8>> = with_codes.iter().flatten().cloned().collect();
        words.sort();
        words.dedup();
        if coded > 0 {
            let data: Vec<u8> = words.iter().flat_map(|word| self.plain(word)).collect();
            let about = Struct::default().i32(1, size(words.len())).i32(2, 0);
            let head = Struct::default()
                .i32(1, 2)
                .i32(2, size(data.len()))
                .i32(3, size(data.len()))
                .inner(7, about);
            out.extend(head.end());
            out.extend(data);
        }
        let data_at = i64::try_from(out.len()).unwrap();
        for rows in with_codes.chunks(PAGE) {
            out.extend(self.page(rows, Some(&words)));
        }
        for rows in plain.chunks(PAGE) {
            out.extend(self.page(rows, None));
        }
        let length = i64::try_from(out.len()).unwrap() - start;
        let mut path = vec![u8::try_from(self.name.len()).unwrap()];
        path.extend_from_slice(self.name.as_bytes());
        let about = Struct::default()
            .i32(1, self.physical())
            .list(2, 5, 2, &[vec![0], vec![16]])
            .list(3, 8, 1, &[path])
            .i32(4, packing)
            .i64(5, i64::try_from(values.len()).unwrap())
            .i64(6, length)
            .i64(7, length)
            .i64(9, data_at);
        let about = if coded > 0 {
            about.i64(11, start)
        } else {
            about
        };
        Struct::default().i64(2, start).inner(3, about).end()
    }
}

/// A file with row groups of this many rows.
pub(crate) fn file(columns: &[Typed], group: usize) -> Vec<u8> {
    file_of(columns, group, 0)
}

/// A file that says to be compressed by this codec.
pub(crate) fn file_of(columns: &[Typed], group: usize, packing: i32) -> Vec<u8> {
    let mut out = b"PAR1".to_vec();
    let rows = columns[0].values.len();
    let mut groups = Vec::new();
    for start in (0..rows).step_by(group) {
        let part = start..(start + group).min(rows);
        let count = i64::try_from(part.len()).unwrap();
        let chunks: Vec<Vec<u8>> = columns
            .iter()
            .map(|column| column.chunk(&mut out, part.clone(), packing))
            .collect();
        let about = Struct::default().list(1, 12, chunks.len(), &chunks);
        groups.push(about.i64(2, 1000).i64(3, count).end());
    }
    let root = Struct::default()
        .text(4, "schema")
        .i32(5, size(columns.len()))
        .end();
    let schema: Vec<Vec<u8>> = std::iter::once(root)
        .chain(columns.iter().map(Typed::leaf))
        .collect();
    let footer = Struct::default()
        .i32(1, 1)
        .list(2, 12, schema.len(), &schema)
        .i64(3, i64::try_from(rows).unwrap())
        .list(4, 12, groups.len(), &groups)
        .end();
    let length = u32::try_from(footer.len()).unwrap();
    out.extend(footer);
    out.extend(length.to_le_bytes());
    out.extend(b"PAR1");
    out
}
