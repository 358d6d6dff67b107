//! The engine contract on wasmi.
