//! Tests that every implementation of a kernel contract must pass.
