//! The overview of a month: opens its sources, computes its panels one by one, and draws it as a page.

pub mod facts;
pub mod opening;
pub mod page;
pub mod panels;
pub mod sources;
