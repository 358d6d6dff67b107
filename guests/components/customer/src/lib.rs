//! Imports both interfaces and exports `visit`, which uses all of them; a mistake anywhere is its error.

wit_bindgen::generate!({ world: "customer", path: "../wit" });

use tambo::demo::shop::{Cart, describe};
use tambo::demo::stock::{Change, Filter, Item, Order, Shelf, shelves_alive};

struct Customer;

fn item(name: &str, quantity: u32, price: f64, tags: &[&str]) -> Item {
    Item { name: name.to_owned(), quantity, price, tags: tags.iter().map(|&tag| tag.to_owned()).collect() }
}

impl Guest for Customer {
    fn visit(name: String) -> Result<String, String> {
        if name.is_empty() {
            return Err("who is there?".to_owned());
        }
        let before = shelves_alive();
        let shelf = Shelf::new(&format!("{name}'s shelf"));
        shelf.put(&item("quinoa", 3, 2.5, &["grain", "dry"]))?;
        shelf.put(&item("maíz 🌽", 2, 0.5, &[]))?;
        let refused = shelf.put(&item("", 1, 0.0, &[])).err().ok_or("an item without name was taken")?;

        let spare = Shelf::new("spare");
        spare.put(&item("salt", 1, 0.25, &["mineral"]))?;
        let moved = Shelf::merge(&shelf, spare);
        let described = describe(&shelf);

        let cart = Cart::new(shelf, &name);
        cart.add("quinoa")?;
        let missing = cart.add("gold").err().ok_or("gold was there")?;
        cart.add("maíz 🌽")?;
        let total = cart.total();
        let (shelf, bought) = Cart::checkout(cart);

        let cheap: Vec<String> = shelf.items(Order::ByPrice, Filter::CHEAP).into_iter().map(|item| item.name).collect();
        let changes = shelf.history().into_iter().map(|change| match change {
            Change::Added(item) => format!("+{}", item.name),
            Change::Removed(name) => format!("-{name}"),
            Change::Renamed((from, to)) => format!("{from}>{to}"),
            Change::Cleared => "cleared".to_owned(),
        });
        let changes = changes.collect::<Vec<_>>().join(" ");
        let during = shelves_alive() - before;
        drop(shelf);
        let after = shelves_alive() - before;
        Ok(format!(
            "{described}; moved {moved}; bought {} for {total}; {refused}; {missing}; cheap {}; {changes}; shelves {during} then {after}",
            bought.iter().map(|item| item.name.as_str()).collect::<Vec<_>>().join("+"),
            cheap.join("+"),
        ))
    }
}

export!(Customer);
