//! kstatus: when is a Kubernetes object done? Pure functions over objects.
