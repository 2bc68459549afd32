//! The command line of grussd.
fn main() {}
