//! No size and no text breaks a screen.
