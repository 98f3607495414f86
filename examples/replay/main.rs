mod clf;
mod csv;
mod lines;
mod minutes;
mod reorder;
mod source;
mod time;
fn main() {}
