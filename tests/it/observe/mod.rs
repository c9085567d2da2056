//! What is noted of frames, against what is decoded of them.

mod note;
mod skimmed;
