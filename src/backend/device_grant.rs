//! RFC 8628 as a pure schedule.
