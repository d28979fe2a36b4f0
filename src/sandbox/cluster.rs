//! A simulated Kubernetes API with controllers, over HTTP.
