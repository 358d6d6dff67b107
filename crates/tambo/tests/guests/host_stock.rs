//! `shopping` on a `stock` of the host's: the guest holds resources of the host, and the host those of the guest.

use tambo::component::{Borrow, Borrowed, Component, Instance, Linker, Own, Owned, Resource, ResourceTable, Val};

use crate::{Item, Order, item, load, on_each_engine, shop, start, stock};

#[derive(Debug)]
struct Shelf {
    label: String,
    items: Vec<Item>,
}

type Shelves = ResourceTable<Shelf>;

fn take(shelf: &mut Shelf, name: &str) -> Option<Item> {
    let known = shelf.items.iter_mut().find(|item| item.name == name && item.quantity > 0)?;
    known.quantity -= 1;
    Some(Item { quantity: 1, ..known.clone() })
}

/// Typed, except for the function with flags.
fn linker() -> Linker<Shelves> {
    let mut linker = Linker::<Shelves>::new();
    linker
        .resource::<Shelf, _>(&stock("shelf"), |shelves, shelf| {
            shelves.remove(shelf.rep()).unwrap();
        })
        .func::<(&'static str,), (Own<Shelf>,), _>(&stock("[constructor]shelf"), |shelves, (label,)| {
            Ok((Own::new(shelves.add(Shelf { label: label.to_owned(), items: Vec::new() })),))
        })
        .func::<(Borrow<Shelf>,), (String,), _>(&stock("[method]shelf.label"), |shelves, (shelf,)| {
            Ok((shelves.get(shelf.rep()).unwrap().label.clone(),))
        })
        .func::<(Borrow<Shelf>, &'static str), (Option<Item>,), _>(
            &stock("[method]shelf.take"),
            |shelves, (shelf, name)| Ok((take(shelves.get_mut(shelf.rep()).unwrap(), name),)),
        )
        .func_dynamic(&stock("[method]shelf.items"), |shelves, args| {
            let [Val::Borrow(shelf), Val::Enum(order), Val::Flags(filter)] = args else { panic!("{args:?}") };
            assert_eq!((order.as_str(), filter.len()), ("by-name", 0));
            let items = &shelves.get(shelf.rep).unwrap().items;
            Ok(Some(Val::List(items.iter().map(value).collect())))
        });
    linker
}

fn value(item: &Item) -> Val {
    let tags = item.tags.iter().cloned().map(Val::String).collect();
    let fields = [
        ("name", Val::String(item.name.clone())),
        ("quantity", Val::U32(item.quantity)),
        ("price", Val::F64(item.price)),
        ("tags", Val::List(tags)),
    ];
    Val::Record(fields.into_iter().map(|(label, val)| (label.to_owned(), val)).collect())
}

/// A shop, and a shelf on which there is something.
fn open(component: &Component) -> (Instance<Shelves>, u64) {
    let mut shelves = Shelves::new();
    let items = vec![item("maíz 🌽", 2, 0.5, &[]), item("quinoa", 1, 2.5, &["grain", "dry"])];
    let shelf = shelves.add(Shelf { label: "Ana's".to_owned(), items });
    (start(component, &linker(), shelves), shelf)
}

#[test]
fn the_guest_borrows_a_shelf_of_the_host() {
    on_each_engine(|runtime| {
        let component = load(runtime, "shopping");
        let (mut guest, shelf) = open(&component);
        let expected = "Ana's: 2 maíz 🌽 1 quinoa #grain #dry";
        let describe = guest.func::<(Borrow<Shelf>,), (String,)>(&shop("describe")).unwrap();
        for _ in 0..10 {
            assert_eq!(describe.call(&mut guest, (Borrow::new(shelf),)).unwrap().0, expected);
        }
        let ty = component.imported_resource(&stock("shelf")).unwrap();
        let lent = Val::Borrow(Resource::of_host(ty, shelf));
        assert_eq!(guest.call(&shop("describe"), &[lent]).unwrap(), Some(Val::String(expected.to_owned())));
        assert_eq!(guest.state().len(), 1);
    });
}

#[test]
fn a_cart_of_the_guest_owns_a_shelf_of_the_host_and_gives_it_back() {
    on_each_engine(|runtime| {
        let (mut guest, shelf) = open(&load(runtime, "shopping"));
        let new = guest.func::<(Own<Shelf>, String), (Owned,)>(&shop("[constructor]cart")).unwrap();
        let add = guest.func::<(Borrowed, String), (Result<Item, String>,)>(&shop("[method]cart.add")).unwrap();
        let total = guest.func::<(Borrowed,), (f64,)>(&shop("[method]cart.total")).unwrap();
        let checkout = guest.func::<(Owned,), ((Own<Shelf>, Vec<Item>),)>(&shop("[static]cart.checkout")).unwrap();

        let cart = new.call(&mut guest, (Own::new(shelf), "Ana".to_owned())).unwrap().0.0;
        let bought = add.call(&mut guest, (Borrowed(cart), "quinoa".to_owned())).unwrap().0.unwrap();
        assert_eq!((bought.name.as_str(), bought.quantity, bought.price), ("quinoa", 1, 2.5));
        let missing = add.call(&mut guest, (Borrowed(cart), "gold".to_owned())).unwrap().0;
        assert_eq!(missing, Err("no gold for Ana".to_owned()));
        add.call(&mut guest, (Borrowed(cart), "maíz 🌽".to_owned())).unwrap().0.unwrap();
        assert_eq!(total.call(&mut guest, (Borrowed(cart),)).unwrap().0, 3.0);

        let (back, items) = checkout.call(&mut guest, (Owned(cart),)).unwrap().0;
        assert_eq!(back, Own::new(shelf), "the host has its shelf again");
        assert_eq!(items.iter().map(|item| item.name.as_str()).collect::<Vec<_>>(), ["quinoa", "maíz 🌽"]);
        assert_eq!(guest.state().get(shelf).unwrap().items[0].quantity, 1);
    });
}

#[test]
fn dropping_a_cart_drops_the_shelf_that_it_owns() {
    on_each_engine(|runtime| {
        let component = load(runtime, "shopping");
        let (mut guest, shelf) = open(&component);
        let ty = component.imported_resource(&stock("shelf")).unwrap();
        let args = [Val::Own(Resource::of_host(ty, shelf)), Val::String("Ana".to_owned())];
        let made = guest.call(&shop("[constructor]cart"), &args).unwrap();
        let Some(Val::Own(cart)) = made else { panic!("{made:?}") };
        assert_eq!(guest.state().len(), 1);
        guest.drop_resource(cart).unwrap();
        assert!(guest.state().is_empty(), "{:?}", guest.state());
    });
}

#[test]
fn what_a_shop_needs_is_listed_when_it_is_not_there() {
    on_each_engine(|runtime| {
        let mut linker = linker();
        let component = load(runtime, "shopping");
        linker.func::<(Borrow<Shelf>, Order), (), _>(&stock("[method]shelf.label"), |_, _| Ok(()));
        let error = component.link(&linker).err().unwrap();
        assert!(error.message().contains("[method]shelf.label: the component wants func(self: borrow<"), "{error}");
        let error = component.link(&Linker::<()>::new()).err().unwrap();
        let missing: Vec<&str> = error.message().lines().skip(1).collect();
        assert!(missing.len() >= 4, "{error}");
        assert!(missing.iter().all(|line| line.trim().starts_with("tambo:demo/stock@0.1.0#")), "{error}");
    });
}
