//! The QR is read back from the cells as drawn.
