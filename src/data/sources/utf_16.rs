//! Converts UTF-16 text, which spreadsheets write, to UTF-8.

use std::io::{self, Cursor, Read};

/// Returns a text as UTF-8, with the name of its encoding if that was another one.
pub(crate) fn decoded(
    mut raw: SendReader<'_>,
) -> io::Result<(SendReader<'_>, Option<&'static str>)> {
    const LOOK: u64 = 1024;
    let mut start = Vec::new();
    Read::by_ref(&mut raw).take(LOOK).read_to_end(&mut start)?;
    let encoding = utf_16(&start);
    let whole = Cursor::new(start).chain(raw);
    Ok(match encoding {
        Some(encoding) => {
            let text = encoding_rs_io::DecodeReaderBytesBuilder::new()
                .encoding(Some(encoding))
                .build(whole);
            (Box::new(text), Some("utf-16"))
        }
        None => (Box::new(whole), None),
    })
}

/// Detects UTF-16 and its byte order, by the byte-order mark or by zeros in every second byte.
pub(crate) fn utf_16(start: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    match start {
        [0xff, 0xfe, ..] => return Some(encoding_rs::UTF_16LE),
        [0xfe, 0xff, ..] => return Some(encoding_rs::UTF_16BE),
        _ => {}
    }
    let zeros = |first: usize| {
        start
            .iter()
            .skip(first)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let (even, odd, pairs) = (zeros(0), zeros(1), start.len() / 2);
    if pairs >= 4 && odd * 10 >= pairs * 9 && even * 10 < pairs {
        Some(encoding_rs::UTF_16LE)
    } else if pairs >= 4 && even * 10 >= pairs * 9 && odd * 10 < pairs {
        Some(encoding_rs::UTF_16BE)
    } else {
        None
    }
}

/// A reader that can move to another thread.
pub(crate) type SendReader<'a> = Box<dyn Read + Send + 'a>;
