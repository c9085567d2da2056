//! What frames come from.

use super::error::Error;
use super::facts::Facts;
use super::frame::Frame;

/// One capture that frames come from: a file, a pipe, an interface.
pub trait Source {
    /// The next frame, in the order of the capture; `None` at its end.
    ///
    /// The frame borrows the source's buffer until the next call.
    ///
    /// # Errors
    ///
    /// When the capture cannot be read on. Every frame before that was given; after it comes `None`.
    fn next_frame(&mut self) -> Result<Option<Frame<'_>>, Error>;

    /// What is known of the capture so far; complete after its last frame.
    fn facts(&self) -> &Facts;
}
