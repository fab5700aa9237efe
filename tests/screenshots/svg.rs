//! Renders terminal screens as SVG: one as a picture, several as a film. Every word has a fixed place and width, so that
//! columns align in any font.

use std::fmt::Write;
use vt100::{Cell, Color, Screen};

const WIDTH: f64 = 8.4;
const HEIGHT: f64 = 18.0;
const MARGIN: f64 = 12.0;
const PAPER: &str = "#1b1f27";
const INK: &str = "#d5dae3";

/// The 16 colours as most terminals show them on a dark background.
const COLORS: [&str; 16] = [
    "#1b1f27", "#e5686b", "#8cc265", "#d9a94f", "#5f9fe8", "#c07ad9", "#4fb6c2", "#d5dae3",
    "#7d8796", "#ff8b8d", "#a9dd85", "#f0c674", "#86baf5", "#d79bea", "#74d1dc", "#ffffff",
];

fn color(color: Color, default: &str) -> String {
    match color {
        Color::Default => default.to_owned(),
        Color::Idx(index) => COLORS
            .get(usize::from(index))
            .copied()
            .unwrap_or(default)
            .to_owned(),
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
    }
}

/// The style of a cell.
#[derive(PartialEq, Clone)]
struct Look {
    ink: String,
    paper: String,
    bold: bool,
    underline: bool,
}

fn look(cell: &Cell) -> Look {
    let (mut ink, mut paper) = (color(cell.fgcolor(), INK), color(cell.bgcolor(), PAPER));
    if cell.inverse() {
        std::mem::swap(&mut ink, &mut paper);
    }
    Look {
        ink,
        paper,
        bold: cell.bold(),
        underline: cell.underline(),
    }
}

/// The head of an SVG image of this many rows and columns.
fn head((rows, columns): (u16, u16)) -> String {
    let (width, height) = (
        f64::from(columns) * WIDTH + 2.0 * MARGIN,
        f64::from(rows) * HEIGHT + 2.0 * MARGIN,
    );
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{PAPER}\"/>\n"
    )
}

fn size(screen: &Screen) -> (u16, u16) {
    let (rows, columns) = screen.size();
    (rows.get(), columns.get())
}

/// The cells of a screen.
fn cells(screen: &Screen) -> String {
    let (rows, columns) = size(screen);
    let mut out = String::new();
    for row in 0..rows {
        let mut column = 0;
        while column < columns {
            column = run(&mut out, screen, row, column, columns);
        }
    }
    out
}

/// The whole screen as one SVG image.
pub(crate) fn draw(screen: &Screen) -> String {
    format!("{}{}</svg>\n", head(size(screen)), cells(screen))
}

/// Screens that follow each other, each for some seconds, and then begin anew.
pub(crate) struct Film {
    size: (u16, u16),
    shots: Vec<(String, f64)>,
}

impl Film {
    /// A film of screens of this size.
    pub(crate) fn new(rows: u16, columns: u16) -> Self {
        Self {
            size: (rows, columns),
            shots: Vec::new(),
        }
    }

    /// Shows a screen for this many seconds.
    pub(crate) fn show(&mut self, screen: &Screen, seconds: f64) {
        assert_eq!(size(screen), self.size);
        self.shots.push((cells(screen), seconds));
    }

    /// The film as one SVG image. Who has asked for less motion sees the last screen.
    pub(crate) fn draw(&self) -> String {
        let whole: f64 = self.shots.iter().map(|(_, seconds)| seconds).sum();
        let last = self.shots.len() - 1;
        let mut style = format!(
            "g {{ visibility: hidden; animation: {whole}s step-end infinite }}\n\
             @media (prefers-reduced-motion) {{ g {{ animation: none }} #shot{last} {{ visibility: visible }} }}\n"
        );
        let mut begin = 0.0;
        let mut body = String::new();
        for (at, (cells, seconds)) in self.shots.iter().enumerate() {
            let [from, to] = [begin, begin + seconds].map(|moment| moment / whole * 100.0);
            writeln!(
                style,
                "#shot{at} {{ animation-name: turn{at} }} @keyframes turn{at} {{ 0% {{ visibility: hidden }} \
                 {from:.3}% {{ visibility: visible }} {to:.3}% {{ visibility: hidden }} }}"
            )
            .unwrap();
            writeln!(body, "<g id=\"shot{at}\">\n{cells}</g>").unwrap();
            begin += seconds;
        }
        format!(
            "{}<style>\n{style}</style>\n{body}</svg>\n",
            head(self.size)
        )
    }
}

/// Draws consecutive cells of one style; returns the column after them.
fn run(out: &mut String, screen: &Screen, row: u16, start: u16, columns: u16) -> u16 {
    let first = look(screen.cell(row, start).unwrap());
    let top = MARGIN + f64::from(row) * HEIGHT;
    let mut end = start;
    while end < columns && look(screen.cell(row, end).unwrap()) == first {
        end += 1;
    }
    if first.paper != PAPER {
        let (x, width) = (
            MARGIN + f64::from(start) * WIDTH,
            f64::from(end - start) * WIDTH,
        );
        let paper = &first.paper;
        writeln!(out, "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{HEIGHT}\" fill=\"{paper}\"/>").unwrap();
    }
    if first.underline {
        let (x, y) = (MARGIN + f64::from(start) * WIDTH, top + HEIGHT - 2.0);
        let (width, ink) = (f64::from(end - start) * WIDTH, &first.ink);
        writeln!(
            out,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"1\" fill=\"{ink}\"/>"
        )
        .unwrap();
    }
    let mut column = start;
    while column < end {
        let word: Vec<&str> = (column..end)
            .map(|at| screen.cell(row, at).unwrap().contents())
            .take_while(|symbol| !symbol.trim().is_empty())
            .collect();
        let cells = u16::try_from(word.len()).unwrap();
        if cells > 0 {
            word_at(
                out,
                &first,
                &word.concat(),
                (MARGIN + f64::from(column) * WIDTH, top + 13.5),
                f64::from(cells) * WIDTH,
            );
        }
        column += cells.max(1);
    }
    end
}

/// One word at its place and width, whatever the font.
fn word_at(out: &mut String, look: &Look, word: &str, place: (f64, f64), length: f64) {
    let weight = if look.bold {
        " font-weight=\"bold\""
    } else {
        ""
    };
    let text = word
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let ((x, y), ink) = (place, &look.ink);
    writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" textLength=\"{length:.1}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{ink}\"{weight}>{text}</text>").unwrap();
}
