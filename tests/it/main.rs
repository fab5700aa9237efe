//! All tests, in one binary: the program links polars once.

mod architecture;
