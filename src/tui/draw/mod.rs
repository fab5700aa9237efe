//! Drawing helpers that all screens share.

pub(crate) mod day_chart;
pub(crate) mod differences;
pub(crate) mod early;
pub mod glyphs;
pub mod grid;
pub mod lines;
pub(crate) mod listed;
pub mod mask;
pub(crate) mod parts;
pub(crate) mod problem;
pub(crate) mod suggestions;
pub mod text;
pub(crate) mod two_sides;

use super::layout::Area;
use ratatui::layout::Rect;

impl From<Area> for Rect {
    fn from(area: Area) -> Self {
        Self::new(area.x, area.y, area.width, area.height)
    }
}

impl From<Rect> for Area {
    fn from(area: Rect) -> Self {
        Self {
            x: area.x,
            y: area.y,
            width: area.width,
            height: area.height,
        }
    }
}
