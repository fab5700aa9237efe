//! Shapes of a picture as SVG elements. Coordinates are tenths of a pixel.

use crate::domain::text::escape::html;
use crate::domain::text::percent;
use std::fmt::Write;

/// The elements drawn so far.
#[derive(Default)]
pub(super) struct Svg {
    out: String,
}

/// Where a text is anchored.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A coordinate as a number of pixels.
fn px(tenths: i64) -> String {
    percent(tenths)
}

impl Svg {
    /// The elements inside an `svg` element of this size, with a description for readers who cannot see it.
    pub(super) fn finish(self, (width, height): (i64, i64), about: &str) -> String {
        let (width, height) = (px(width), px(height));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             role=\"img\" font-family=\"sans-serif\"><title>{}</title>{}</svg>\n",
            html(about),
            self.out
        )
    }

    /// Adds finished elements, moved right and down.
    pub(super) fn group(&mut self, (right, down): (i64, i64), inner: &Self) {
        // Writing to a String cannot fail.
        let _ = write!(
            self.out,
            "<g transform=\"translate({} {})\">{}</g>",
            px(right),
            px(down),
            inner.out
        );
    }

    /// A filled rectangle; the text appears under the pointer.
    pub(super) fn rect(
        &mut self,
        (x, y): (i64, i64),
        (width, height): (i64, i64),
        fill: &str,
        about: &str,
    ) {
        let (x, y, width, height) = (px(x), px(y), px(width), px(height));
        let _ = write!(
            self.out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{fill}\">"
        );
        if !about.is_empty() {
            let _ = write!(self.out, "<title>{}</title>", html(about));
        }
        self.out.push_str("</rect>");
    }

    /// A line between points; `dashes` is empty for a solid one.
    pub(super) fn line(&mut self, points: &[(i64, i64)], stroke: &str, dashes: &str) {
        let points = points.iter().map(|(x, y)| format!("{},{}", px(*x), px(*y)));
        let points: Vec<String> = points.collect();
        let style = if dashes.is_empty() {
            String::new()
        } else {
            format!(" stroke-dasharray=\"{dashes}\"")
        };
        let _ = write!(
            self.out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{stroke}\"{style}/>",
            points.join(" ")
        );
    }

    /// A text of one line; its size is in pixels.
    pub(super) fn text(&mut self, at: (i64, i64), anchor: Anchor, size: u32, text: &str) {
        self.styled(at, anchor, size, "", text);
    }

    /// A text with further attributes.
    pub(super) fn styled(
        &mut self,
        (x, y): (i64, i64),
        anchor: Anchor,
        size: u32,
        attributes: &str,
        text: &str,
    ) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let _ = write!(
            self.out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\" font-size=\"{size}\" {attributes}>{}</text>",
            px(x),
            px(y),
            html(text)
        );
    }
}
