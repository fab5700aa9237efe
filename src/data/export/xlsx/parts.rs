//! The parts of a workbook with two sheets, as XML ("Office Open XML Workbook").

use super::cells::add_text;
use crate::domain::table::text_table::{Heading, Holds};

/// The names of the parts that are written row by row.
pub(super) const ROWS: &str = "xl/worksheets/sheet1.xml";
pub(super) const ABOUT: &str = "xl/worksheets/sheet2.xml";

/// The other parts by name. Styles are plain, bold, and those of days.
pub(super) const FIXED: [(&str, &str); 5] = [
    (
        "[Content_Types].xml",
        concat!(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
            "\n",
            r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">"#,
            r#"<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>"#,
            r#"<Default Extension="xml" ContentType="application/xml"/>"#,
            r#"<Override PartName="/xl/styles.xml" "#,
            r#"ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>"#,
            r#"<Override PartName="/xl/workbook.xml" "#,
            r#"ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>"#,
            r#"<Override PartName="/xl/worksheets/sheet1.xml" "#,
            r#"ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>"#,
            r#"<Override PartName="/xl/worksheets/sheet2.xml" "#,
            r#"ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>"#,
            "</Types>",
        ),
    ),
    (
        "_rels/.rels",
        concat!(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
            "\n",
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#,
            r#"<Relationship Id="rId1" "#,
            r#"Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" "#,
            r#"Target="xl/workbook.xml"/>"#,
            "</Relationships>",
        ),
    ),
    (
        "xl/_rels/workbook.xml.rels",
        concat!(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
            "\n",
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#,
            r#"<Relationship Id="rId1" "#,
            r#"Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" "#,
            r#"Target="worksheets/sheet1.xml"/>"#,
            r#"<Relationship Id="rId2" "#,
            r#"Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" "#,
            r#"Target="worksheets/sheet2.xml"/>"#,
            r#"<Relationship Id="rId3" "#,
            r#"Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" "#,
            r#"Target="styles.xml"/>"#,
            "</Relationships>",
        ),
    ),
    (
        "xl/styles.xml",
        concat!(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
            "\n",
            r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">"#,
            r#"<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/></numFmts>"#,
            r#"<fonts count="2"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font>"#,
            r#"<font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>"#,
            r#"<fills count="2"><fill><patternFill patternType="none"/></fill>"#,
            r#"<fill><patternFill patternType="gray125"/></fill></fills>"#,
            r#"<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>"#,
            r#"<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>"#,
            r#"<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>"#,
            r#"<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>"#,
            r#"<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>"#,
            r#"<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>"#,
            "</styleSheet>",
        ),
    ),
    (
        "xl/workbook.xml",
        concat!(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
            "\n",
            r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" "#,
            r#"xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">"#,
            r#"<bookViews><workbookView xWindow="240" yWindow="15" windowWidth="16095" windowHeight="9660"/></bookViews>"#,
            r#"<sheets><sheet name="costs" sheetId="1" r:id="rId1"/><sheet name="about" sheetId="2" r:id="rId2"/></sheets>"#,
            "</workbook>",
        ),
    ),
];

const START: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    "\n",
    r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" "#,
    r#"xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">"#,
);
/// The XML behind the last row of a sheet.
pub(super) const END: &str = concat!(
    r#"</sheetData><pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/>"#,
    "</worksheet>",
);

/// The sheet of rows up to its second row: the headings stay in view.
pub(super) fn head(headings: &[(String, Holds)], rows: u32) -> Vec<u8> {
    let last = place(headings.len().saturating_sub(1));
    let mut head = format!(
        "{START}<dimension ref=\"A1:{last}{rows}\"/><sheetViews><sheetView tabSelected=\"1\" workbookViewId=\"0\">\
         <pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/>\
         <selection pane=\"bottomLeft\"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight=\"15\"/>"
    );
    let width = |(_, holds): &(String, Holds)| match holds {
        Holds::Number => 18,
        Holds::Day => 12,
        Holds::Text | Holds::Quantity => 24,
    };
    head += &columns(headings.iter().map(width));
    let mut head = head.into_bytes();
    head.extend_from_slice(b"<sheetData>");
    let names = headings.iter().map(|(name, _)| name.as_str());
    add_row(&mut head, 1, names, " s=\"1\"");
    head
}

/// The sheet that describes the rows.
pub(super) fn about(lines: &[(&str, &str)]) -> Vec<u8> {
    let rows = lines.len().max(1);
    let mut sheet = format!(
        "{START}<dimension ref=\"A1:B{rows}\"/><sheetViews><sheetView workbookViewId=\"0\"/></sheetViews>\
         <sheetFormatPr defaultRowHeight=\"15\"/>{}<sheetData>",
        columns([14, 100].into_iter())
    )
    .into_bytes();
    for (row, (name, text)) in (1_u32..).zip(lines) {
        add_row(&mut sheet, row, [*name, *text].into_iter(), "");
    }
    sheet.extend_from_slice(END.as_bytes());
    sheet
}

/// The widths of columns, in characters. A sheet without columns has no list of them.
fn columns(widths: impl Iterator<Item = u32>) -> String {
    /// The space around the characters, as a share of one.
    const PADDING: &str = "7109375";
    let column = |(at, width)| {
        format!("<col min=\"{at}\" max=\"{at}\" width=\"{width}.{PADDING}\" customWidth=\"1\"/>")
    };
    let all: String = (1_u32..).zip(widths).map(column).collect();
    if all.is_empty() {
        return all;
    }
    format!("<cols>{all}</cols>")
}

/// Appends a row of texts in one style.
fn add_row<'t>(out: &mut Vec<u8>, row: u32, texts: impl Iterator<Item = &'t str>, style: &str) {
    out.extend_from_slice(format!("<row r=\"{row}\">").as_bytes());
    for (at, text) in texts.enumerate() {
        if !text.is_empty() {
            out.extend_from_slice(format!("<c r=\"{}{row}", place(at)).as_bytes());
            add_text(text, style, out);
        }
    }
    out.extend_from_slice(b"</row>");
}

/// The letters of a column by its position.
pub(super) fn place(at: usize) -> String {
    let (mut letters, mut left) = (Vec::new(), at + 1);
    while left > 0 {
        let letter = u8::try_from((left - 1) % 26).unwrap_or_default();
        letters.push(char::from(b'A' + letter));
        left = (left - 1) / 26;
    }
    letters.into_iter().rev().collect()
}

/// The headings as they fit cells, with their types, and the positions of those that were cut.
pub(super) fn fitting_headings(headings: &[Heading]) -> (Vec<(String, Holds)>, Vec<usize>) {
    let mut cut = Vec::new();
    let fits = headings.iter().enumerate().map(|(at, heading)| {
        let (name, is_cut) = super::cells::cut(&heading.name);
        cut.extend(is_cut.then_some(at));
        (name, heading.holds)
    });
    (fits.collect(), cut)
}

#[cfg(test)]
mod tests {
    use crate::data::export::xlsx::parts::place;

    #[test]
    fn columns_are_named_by_letters() {
        for (at, letters) in [
            (0, "A"),
            (25, "Z"),
            (26, "AA"),
            (51, "AZ"),
            (701, "ZZ"),
            (702, "AAA"),
            (16_383, "XFD"),
        ] {
            assert_eq!(place(at), letters);
        }
    }
}
