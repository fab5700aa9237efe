//! The state of each screen. No drawing, no clock, no I/O.
