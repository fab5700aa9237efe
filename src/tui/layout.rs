//! Screen geometry: computes the areas from the terminal size, for the model and for drawing.

/// The smallest terminal that fits a whole screen.
pub const SMALLEST: (u16, u16) = (60, 20);

/// The lines of the chart above a table, in a terminal of this height.
pub fn chart_lines(height: u16) -> u16 {
    (height * 3 / 10).clamp(7, 14)
}

/// The least width of a screen that has a panel beside its table, and of that panel.
pub const PANEL_SCREEN: u16 = 150;
pub const PANEL: u16 = 60;

/// The columns between a table and the text of the panel beside it.
pub const PANEL_MARGIN: u16 = 3;

/// The lines of the chart in a panel of this height.
pub fn panel_chart_lines(height: u16) -> u16 {
    (height / 2).clamp(7, 18).min(height)
}

/// The row of the first picker entry: below the frame's two lines, the box border, the search line and the ticked line.
pub const PICKER_TOP: u16 = 5;

/// The width of the picker box.
pub const PICKER_WIDTH: u16 = 74;

/// The lines of a picker that are no entries: its border, the search line and the ticked line.
pub const PICKER_OTHERS: u16 = 4;

/// A part of the screen, in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    pub x: u16,
    pub y: u16,
    pub width: u16,
    pub height: u16,
}

impl Area {
    fn new(x: u16, y: u16, width: u16, height: u16) -> Self {
        Self {
            x,
            y,
            width,
            height,
        }
    }
}

/// The frame that all screens share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Areas {
    pub title: Area,
    pub rule: Area,
    pub body: Area,
    /// The status line; it is higher while the program has more to say.
    pub line: Area,
    /// The keys that can act now.
    pub keys: Area,
}

impl Areas {
    /// The same with a message of so many lines above the keys, for which the body gives way.
    #[must_use]
    pub fn with_message(self, lines: u16) -> Self {
        let more = lines.saturating_sub(1).min(self.body.height);
        Self {
            body: Area {
                height: self.body.height - more,
                ..self.body
            },
            line: Area {
                y: self.line.y - more,
                height: more + 1,
                ..self.line
            },
            ..self
        }
    }
}

/// Whether a terminal of this size can show a screen.
pub fn fits(width: u16, height: u16) -> bool {
    width >= SMALLEST.0 && height >= SMALLEST.1
}

/// The areas of a terminal that is large enough.
pub fn areas(width: u16, height: u16) -> Areas {
    let row = |y: u16| Area::new(0, y, width, 1);
    let last = height.saturating_sub(1);
    Areas {
        title: row(0),
        rule: row(1),
        body: Area::new(0, 2, width, height.saturating_sub(4)),
        line: row(last.saturating_sub(1)),
        keys: row(last),
    }
}

/// Lines left for a list when the body has this many other lines.
pub fn list_height(height: u16, others: u16) -> usize {
    usize::from(areas(0, height).body.height.saturating_sub(others))
}

/// A centred box inside an area.
pub fn centred(area: Area, width: u16, height: u16) -> Area {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Area::new(
        area.x + (area.width - width) / 2,
        area.y + (area.height - height) / 2,
        width,
        height,
    )
}
