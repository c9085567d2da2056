//! What is typed, and what is answered.

mod errors;
mod help;
mod invocation;
