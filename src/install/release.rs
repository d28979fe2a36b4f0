//! A Kubernetes release: objects by server-side apply.
