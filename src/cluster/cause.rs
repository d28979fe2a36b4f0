//! From the state of a workload to one sentence: what it waits for, and whether waiting can help.
