//! The overview of a month: opens its sources, computes its panels and findings one by one, and draws it as a page.

pub mod facts;
pub mod found;
pub mod opening;
pub mod page;
pub mod panels;
pub mod sources;
