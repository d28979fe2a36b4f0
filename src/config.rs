//! Profiles: where you sign in, and what is installed.
