//! Tests that go through real sockets.

mod api;
