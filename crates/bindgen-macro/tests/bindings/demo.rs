//! Real components: a host that gives shelves to one that sells, and a client of one that has shelves.

use tambo::Trap;
use tambo::component::{Borrow, Linker, Own, ResourceTable};

use crate::{on_each_engine, start};

mod shopping {
    ::tambo::component::bindgen! {
        path: "../../guests/components/wit",
        world: "shopping",
        with: { "tambo:demo/stock/shelf": super::Shelf },
    }
}

mod stocking {
    ::tambo::component::bindgen! { path: "../../guests/components/wit", world: "stocking" }
}

use shopping::tambo::demo::stock::{Change, Filter, Host, HostShelf, Item, ItemRef, Order};

/// The host's own type for a resource.
#[derive(Default)]
pub(crate) struct Shelf {
    label: String,
    items: Vec<Item>,
    history: Vec<Change>,
}

#[derive(Default)]
struct Stock {
    shelves: ResourceTable<Shelf>,
}

impl Stock {
    fn shelf(&mut self, shelf: Borrow<Shelf>) -> Result<&mut Shelf, Trap> {
        self.shelves.get_mut(shelf.rep()).ok_or_else(|| Trap::bug("a shelf is gone"))
    }
}

impl Host for Stock {
    fn shelves_alive(&mut self) -> Result<u32, Trap> {
        Ok(self.shelves.len() as u32)
    }
}

impl HostShelf for Stock {
    fn new(&mut self, label: &str) -> Result<Own<Shelf>, Trap> {
        Ok(Own::new(self.shelves.add(Shelf { label: label.to_owned(), ..Shelf::default() })))
    }

    fn label(&mut self, shelf: Borrow<Shelf>) -> Result<String, Trap> {
        Ok(self.shelf(shelf)?.label.clone())
    }

    fn put(&mut self, shelf: Borrow<Shelf>, item: ItemRef<'_>) -> Result<Result<u32, String>, Trap> {
        let shelf = self.shelf(shelf)?;
        if item.name.is_empty() {
            return Ok(Err("no name".to_owned()));
        }
        let tags = item.tags.iter().map(|&tag| tag.to_owned()).collect();
        shelf.items.push(Item { name: item.name.to_owned(), quantity: item.quantity, price: item.price, tags });
        Ok(Ok(shelf.items.len() as u32))
    }

    fn take(&mut self, shelf: Borrow<Shelf>, name: &str) -> Result<Option<Item>, Trap> {
        let shelf = self.shelf(shelf)?;
        let place = shelf.items.iter().position(|item| item.name == name);
        shelf.history.extend(place.map(|_| Change::Removed(name.to_owned())));
        Ok(place.map(|place| shelf.items.remove(place)))
    }

    fn items(&mut self, shelf: Borrow<Shelf>, _: Order, _: Filter) -> Result<Vec<Item>, Trap> {
        Ok(self.shelf(shelf)?.items.clone())
    }

    fn history(&mut self, shelf: Borrow<Shelf>) -> Result<Vec<Change>, Trap> {
        Ok(self.shelf(shelf)?.history.clone())
    }

    fn merge(&mut self, into: Borrow<Shelf>, taken: Own<Shelf>) -> Result<u32, Trap> {
        let taken = self.shelves.remove(taken.rep()).ok_or_else(|| Trap::bug("a shelf is gone"))?;
        let into = self.shelf(into)?;
        into.items.extend(taken.items);
        Ok(into.items.len() as u32)
    }

    fn drop(&mut self, shelf: Own<Shelf>) -> Result<(), Trap> {
        self.shelves.remove(shelf.rep());
        Ok(())
    }
}

fn item(name: &str, quantity: u32, price: f64) -> Item {
    Item { name: name.to_owned(), quantity, price, tags: Vec::new() }
}

/// A state of which the host is a part.
struct State {
    visits: u32,
    stock: Stock,
}

#[test]
fn a_host_gives_resources_and_a_client_holds_those_of_the_component() {
    on_each_engine("shopping", |component| {
        let mut linker = Linker::<State>::new();
        shopping::add_to_linker(&mut linker, |state| {
            state.visits += 1;
            &mut state.stock
        });
        let mut instance = start(&component, &linker, State { visits: 0, stock: Stock::default() });
        let shop = shopping::Shopping::new(&mut instance).unwrap().shop;

        let items = vec![item("salt", 2, 0.25), item("maíz 🌽", 3, 1.5)];
        let label = "front".to_owned();
        let rep = instance.state_mut().stock.shelves.add(Shelf { label, items, history: Vec::new() });
        let shelf = Own::<Shelf>::new(rep);
        let described = shop.describe(&mut instance, shelf.lend()).unwrap();
        assert!(described.contains("front"), "{described}");

        let cart = shop.cart_new(&mut instance, shelf, "Inti").unwrap();
        assert_eq!(shop.cart_add(&mut instance, &cart, "maíz 🌽").unwrap().map(|item| item.quantity), Ok(3));
        let missing = shop.cart_add(&mut instance, &cart, "gold").unwrap();
        assert_eq!(missing, Err("no gold for Inti".to_owned()));
        assert_eq!(shop.cart_total(&mut instance, &cart).unwrap(), 4.5);

        let other = Own::new(instance.state_mut().stock.shelves.add(Shelf::default()));
        let abandoned = shop.cart_new(&mut instance, other, "Quilla").unwrap();
        assert_eq!(instance.state().stock.shelves.len(), 2);
        shop.cart_drop(&mut instance, abandoned).unwrap();
        assert_eq!(instance.state().stock.shelves.len(), 1, "its destructor drops the shelf");

        let (shelf, bought) = shop.cart_checkout(&mut instance, cart).unwrap();
        assert_eq!(bought.iter().map(|item| item.name.as_str()).collect::<Vec<_>>(), ["maíz 🌽"]);
        let state = instance.state();
        assert_eq!(state.stock.shelves.get(shelf.rep()).unwrap().items, [item("salt", 2, 0.25)]);
        assert!(state.visits >= 3, "{}", state.visits);
    });
}

#[test]
fn a_client_drives_every_function_of_a_component() {
    use stocking::exports::tambo::demo::stock::{Change, Filter, Item, Order};

    on_each_engine("stocking", |component| {
        let mut instance = start(&component, &Linker::new(), ());
        let stock = stocking::Stocking::new(&mut instance).unwrap().stock;
        let item = |name: &str, price: f64, tags: &[&str]| Item {
            name: name.to_owned(),
            quantity: 2,
            price,
            tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
        };

        let shelf = stock.shelf_new(&mut instance, "high").unwrap();
        assert_eq!(stock.shelf_label(&mut instance, &shelf).unwrap(), "high");
        assert_eq!(stock.shelf_put(&mut instance, &shelf, item("b", 0.5, &["x", "y"])).unwrap(), Ok(2));
        assert_eq!(stock.shelf_put(&mut instance, &shelf, item("a", 90.0, &[])).unwrap(), Ok(4));
        assert!(stock.shelf_put(&mut instance, &shelf, item("", 0.0, &[])).unwrap().is_err());

        let all = stock.shelf_items(&mut instance, &shelf, Order::ByName, Filter::empty()).unwrap();
        assert_eq!(all, [item("a", 90.0, &[]), item("b", 0.5, &["x", "y"])]);
        let tagged = stock.shelf_items(&mut instance, &shelf, Order::ByPrice, Filter::TAGGED | Filter::CHEAP).unwrap();
        assert_eq!(tagged, [item("b", 0.5, &["x", "y"])]);

        let spare = stock.shelf_new(&mut instance, "spare").unwrap();
        assert_eq!(stock.shelves_alive(&mut instance).unwrap(), 2);
        stock.shelf_merge(&mut instance, &shelf, spare).unwrap();
        for _ in 0..2 {
            let one = Item { quantity: 1, ..item("a", 90.0, &[]) };
            assert_eq!(stock.shelf_take(&mut instance, &shelf, "a").unwrap(), Some(one));
        }
        assert_eq!(stock.shelf_take(&mut instance, &shelf, "a").unwrap(), None);
        let history = stock.shelf_history(&mut instance, &shelf).unwrap();
        assert!(history.contains(&Change::Added(item("b", 0.5, &["x", "y"]))), "{history:?}");
        assert!(history.contains(&Change::Removed("a".to_owned())), "{history:?}");
        stock.shelf_drop(&mut instance, shelf).unwrap();
        assert_eq!(stock.shelves_alive(&mut instance).unwrap(), 0);
    });
}

#[test]
fn a_client_of_another_world_says_what_is_missing() {
    on_each_engine("stocking", |component| {
        let mut instance = start(&component, &Linker::new(), ());
        let error = shopping::Shopping::new(&mut instance).err().unwrap().to_string();
        assert!(error.contains("tambo:demo/shop@0.1.0"), "{error}");
    });
}
