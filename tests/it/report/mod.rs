//! What is written for people and programs: messages of real captures, and each format of one hand-made report.

mod sample;

mod explain;
mod json;
mod messages;
mod metrics;
mod pcapng;
mod table;
mod text;
