//! Parquet files written byte by byte, so that a test can make them claim anything (Apache Thrift, "Compact protocol";
//! `parquet.thrift`). It shares no code with the reader.

/// A structure being written.
#[derive(Default, Clone)]
pub(crate) struct Struct {
    bytes: Vec<u8>,
    last: i16,
}

fn varint(out: &mut Vec<u8>, mut number: u64) {
    loop {
        let byte = u8::try_from(number & 0x7f).unwrap();
        number >>= 7;
        if number == 0 {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

impl Struct {
    fn head(&mut self, field: i16, kind: u8) {
        let step = u8::try_from(field - self.last).unwrap();
        assert!((1..16).contains(&step));
        self.bytes.push(step << 4 | kind);
        self.last = field;
    }

    pub(crate) fn i32(mut self, field: i16, number: i32) -> Self {
        self.head(field, 5);
        varint(&mut self.bytes, zigzag(number.into()));
        self
    }

    pub(crate) fn i64(mut self, field: i16, number: i64) -> Self {
        self.head(field, 6);
        varint(&mut self.bytes, zigzag(number));
        self
    }

    pub(crate) fn text(mut self, field: i16, text: &str) -> Self {
        self.head(field, 8);
        varint(&mut self.bytes, text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
        self
    }

    pub(crate) fn inner(mut self, field: i16, inner: Self) -> Self {
        self.head(field, 12);
        self.bytes.extend(inner.end());
        self
    }

    /// A list of encoded items, which may claim to be longer.
    pub(crate) fn list(mut self, field: i16, kind: u8, claimed: usize, items: &[Vec<u8>]) -> Self {
        self.head(field, 9);
        if claimed < 15 {
            self.bytes.push(u8::try_from(claimed).unwrap() << 4 | kind);
        } else {
            self.bytes.push(0xf0 | kind);
            varint(&mut self.bytes, claimed as u64);
        }
        self.bytes.extend(items.iter().flatten());
        self
    }

    pub(crate) fn end(mut self) -> Vec<u8> {
        self.bytes.push(0);
        self.bytes
    }
}

/// A column with the same text value in every row.
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) value: &'static str,
}

/// The claims of the file about its contents.
pub(crate) struct Claims {
    pub(crate) rows: i64,
    /// Added to the offset of the first column.
    pub(crate) offset: i64,
    /// Replaces the size of a dictionary, and the number of its values.
    pub(crate) unpacked: Option<i32>,
    pub(crate) values: i32,
    /// The number of row groups to claim.
    pub(crate) groups: usize,
    /// Columns nested in each other before the first one.
    pub(crate) deep: usize,
}

impl Claims {
    pub(crate) fn honest(rows: i64) -> Self {
        Self {
            rows,
            offset: 0,
            unpacked: None,
            values: 1,
            groups: 1,
            deep: 0,
        }
    }
}

/// A file whose columns have the same value in every row.
pub(crate) fn file(columns: &[Column], claims: &Claims) -> Vec<u8> {
    let mut out = b"PAR1".to_vec();
    let mut chunks = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        let start = i64::try_from(out.len()).unwrap();
        let mut value = u32::try_from(column.value.len())
            .unwrap()
            .to_le_bytes()
            .to_vec();
        value.extend_from_slice(column.value.as_bytes());
        let size = i32::try_from(value.len()).unwrap();
        let first = at == 0;
        let dictionary = Struct::default()
            .i32(1, 2)
            .i32(2, claims.unpacked.filter(|_| first).unwrap_or(size))
            .i32(3, size)
            .inner(
                7,
                Struct::default()
                    .i32(1, if first { claims.values } else { 1 })
                    .i32(2, 0),
            );
        out.extend(dictionary.end());
        out.extend(&value);
        // Data: a bit width of one, then one run of the code 0 for all rows.
        let data_at = i64::try_from(out.len()).unwrap();
        let mut data = vec![1];
        varint(&mut data, claims.rows.cast_unsigned() << 1);
        data.push(0);
        let size = i32::try_from(data.len()).unwrap();
        let rows = i32::try_from(claims.rows.clamp(0, i32::MAX.into())).unwrap();
        let page = Struct::default().i32(1, 0).i32(2, size).i32(3, size).inner(
            5,
            Struct::default().i32(1, rows).i32(2, 8).i32(3, 3).i32(4, 3),
        );
        out.extend(page.end());
        out.extend(&data);
        let length = i64::try_from(out.len()).unwrap() - start;
        let moved = if first { claims.offset } else { 0 };
        let path = {
            let mut text = Vec::new();
            varint(&mut text, column.name.len() as u64);
            text.extend_from_slice(column.name.as_bytes());
            text
        };
        let encodings: Vec<Vec<u8>> = vec![vec![0], vec![16]];
        let about = Struct::default()
            .i32(1, 6)
            .list(2, 5, 2, &encodings)
            .list(3, 8, 1, &[path])
            .i32(4, 0)
            .i64(5, claims.rows)
            .i64(6, length)
            .i64(7, length)
            .i64(9, data_at + moved)
            .i64(11, start + moved);
        chunks.push(Struct::default().i64(2, start).inner(3, about).end());
    }
    let root = Struct::default()
        .text(4, "schema")
        .i32(5, i32::try_from(columns.len()).unwrap())
        .end();
    let leaf = |column: &Column| {
        Struct::default()
            .i32(1, 6)
            .i32(3, 0)
            .text(4, column.name)
            .i32(6, 0)
            .end()
    };
    let outer = Struct::default().i32(3, 0).text(4, "outer").i32(5, 1).end();
    let schema: Vec<Vec<u8>> = std::iter::once(root)
        .chain(std::iter::repeat_n(outer, claims.deep))
        .chain(columns.iter().map(leaf))
        .collect();
    let group = Struct::default()
        .list(1, 12, chunks.len(), &chunks)
        .i64(2, 1000)
        .i64(3, claims.rows)
        .end();
    let footer = Struct::default()
        .i32(1, 1)
        .list(2, 12, schema.len(), &schema)
        .i64(3, claims.rows)
        .list(4, 12, claims.groups, &[group])
        .end();
    let size = u32::try_from(footer.len()).unwrap();
    out.extend(footer);
    out.extend(size.to_le_bytes());
    out.extend(b"PAR1");
    out
}
