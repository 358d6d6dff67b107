//! Prints one line: the smallest Rust guest.

fn main() {
    println!("Hello from a guest!");
}
