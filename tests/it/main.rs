//! Integration tests: one binary, one server, one database a test.
