//! Prints each argument and each environment variable on a line of its own, in the order in which they came.

fn main() {
    for (index, argument) in std::env::args().enumerate() {
        println!("arg {index}: {argument}");
    }
    for (name, value) in std::env::vars() {
        println!("env {name}={value}");
    }
}
