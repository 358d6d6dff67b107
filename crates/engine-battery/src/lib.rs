//! Tests that every engine backend must pass.
