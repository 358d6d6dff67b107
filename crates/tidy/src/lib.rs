//! Nothing: this package is its test suite, `tests/tidy`, which holds the whole workspace to the rules of STYLE.md.
