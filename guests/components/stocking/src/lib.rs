//! Exports `stock`: shelves of items, as a resource.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

wit_bindgen::generate!({ world: "stocking", path: "../wit" });

use exports::tambo::demo::stock::{Change, Filter, Guest, GuestShelf, Item, Order, Shelf, ShelfBorrow};

thread_local! {
    static ALIVE: Cell<u32> = const { Cell::new(0) };
}

struct Stocking;

struct Contents {
    label: String,
    items: RefCell<Vec<Item>>,
    history: RefCell<Vec<Change>>,
}

/// A shelf shares its contents with nobody; the count only shows that a merge reads two of them.
struct MyShelf(Rc<Contents>);

impl Drop for MyShelf {
    fn drop(&mut self) {
        ALIVE.set(ALIVE.get() - 1);
    }
}

impl Guest for Stocking {
    type Shelf = MyShelf;

    fn shelves_alive() -> u32 {
        ALIVE.get()
    }
}

impl GuestShelf for MyShelf {
    fn new(label: String) -> Self {
        ALIVE.set(ALIVE.get() + 1);
        Self(Rc::new(Contents { label, items: RefCell::default(), history: RefCell::default() }))
    }

    fn label(&self) -> String {
        self.0.label.clone()
    }

    fn put(&self, item: Item) -> Result<u32, String> {
        if item.name.is_empty() {
            return Err(format!("an item on {} needs a name", self.0.label));
        }
        let mut items = self.0.items.borrow_mut();
        match items.iter_mut().find(|known| known.name == item.name) {
            Some(known) => known.quantity += item.quantity,
            None => items.push(item.clone()),
        }
        self.0.history.borrow_mut().push(Change::Added(item));
        Ok(items.iter().map(|item| item.quantity).sum())
    }

    fn take(&self, name: String) -> Option<Item> {
        let mut items = self.0.items.borrow_mut();
        let position = items.iter().position(|item| item.name == name)?;
        items[position].quantity -= 1;
        let taken = Item { quantity: 1, ..items[position].clone() };
        if items[position].quantity == 0 {
            items.remove(position);
        }
        let mut history = self.0.history.borrow_mut();
        history.push(Change::Removed(name));
        if items.is_empty() {
            history.push(Change::Cleared);
        }
        Some(taken)
    }

    fn items(&self, order: Order, filter: Filter) -> Vec<Item> {
        let mut items = self.0.items.borrow().clone();
        items.retain(|item| !filter.contains(Filter::CHEAP) || item.price < 1.0);
        items.retain(|item| !filter.contains(Filter::TAGGED) || !item.tags.is_empty());
        match order {
            Order::ByName => items.sort_by(|a, b| a.name.cmp(&b.name)),
            Order::ByPrice => items.sort_by(|a, b| a.price.total_cmp(&b.price)),
        }
        items
    }

    fn history(&self) -> Vec<Change> {
        self.0.history.borrow().clone()
    }

    fn merge(into: ShelfBorrow<'_>, taken: Shelf) -> u32 {
        let (into, taken) = (&into.get::<MyShelf>().0, &taken.get::<MyShelf>().0);
        let moved = std::mem::take(&mut *taken.items.borrow_mut());
        let count = moved.len() as u32;
        into.items.borrow_mut().extend(moved);
        into.history.borrow_mut().push(Change::Renamed((taken.label.clone(), into.label.clone())));
        count
    }
}

export!(Stocking);
