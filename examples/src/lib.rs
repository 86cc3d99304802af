//! How to embed the sync.
