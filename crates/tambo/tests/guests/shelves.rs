//! `stocking` alone: the host holds resources of a guest.

use tambo::component::{Borrowed, CallError, Instance, Limits, Linker, Owned, Resource, TypedFunc, Val};

use crate::{Change, Item, Order, item, load, on_each_engine, start, stock};

/// Every function of `stock` whose types Rust can say.
struct Shelves {
    new: TypedFunc<(String,), (Owned,)>,
    label: TypedFunc<(Borrowed,), (String,)>,
    put: TypedFunc<(Borrowed, Item), (Result<u32, String>,)>,
    take: TypedFunc<(Borrowed, String), (Option<Item>,)>,
    history: TypedFunc<(Borrowed,), (Vec<Change>,)>,
    merge: TypedFunc<(Borrowed, Owned), (u32,)>,
    alive: TypedFunc<(), (u32,)>,
}

impl Shelves {
    fn of(guest: &mut Instance<()>) -> Self {
        Self {
            new: guest.func(&stock("[constructor]shelf")).unwrap(),
            label: guest.func(&stock("[method]shelf.label")).unwrap(),
            put: guest.func(&stock("[method]shelf.put")).unwrap(),
            take: guest.func(&stock("[method]shelf.take")).unwrap(),
            history: guest.func(&stock("[method]shelf.history")).unwrap(),
            merge: guest.func(&stock("[static]shelf.merge")).unwrap(),
            alive: guest.func(&stock("shelves-alive")).unwrap(),
        }
    }

    fn make(&self, guest: &mut Instance<()>, label: &str) -> Resource {
        self.new.call(guest, (label.to_owned(),)).unwrap().0.0
    }
}

#[test]
fn typed_calls_hold_use_and_drop_shelves() {
    on_each_engine(|runtime| {
        let mut guest = start(&load(runtime, "stocking"), &Linker::new(), ());
        let shelves = Shelves::of(&mut guest);
        let alive = |guest: &mut Instance<()>| shelves.alive.call(guest, ()).unwrap().0;
        let (one, two) = (shelves.make(&mut guest, "eins"), shelves.make(&mut guest, "zwei 🌽"));
        assert_eq!(alive(&mut guest), 2);
        assert_eq!(shelves.label.call(&mut guest, (Borrowed(two),)).unwrap().0, "zwei 🌽");

        let quinoa = item("quinoa", 2, 2.5, &["grain", "", "dry"]);
        assert_eq!(shelves.put.call(&mut guest, (Borrowed(one), quinoa.clone())).unwrap().0, Ok(2));
        let nameless = shelves.put.call(&mut guest, (Borrowed(one), item("", 1, 0.0, &[]))).unwrap().0;
        assert_eq!(nameless, Err("an item on eins needs a name".to_owned()));
        let taken = shelves.take.call(&mut guest, (Borrowed(one), "quinoa".to_owned())).unwrap().0;
        assert_eq!(taken, Some(Item { quantity: 1, ..quinoa.clone() }));
        assert_eq!(shelves.take.call(&mut guest, (Borrowed(one), "gold".to_owned())).unwrap().0, None);

        // The second shelf is the guest's from here on.
        shelves.put.call(&mut guest, (Borrowed(two), item("salt", 1, 0.25, &[]))).unwrap().0.unwrap();
        assert_eq!(shelves.merge.call(&mut guest, (Borrowed(one), Owned(two))).unwrap().0, 1);
        assert_eq!(alive(&mut guest), 1);
        let history = shelves.history.call(&mut guest, (Borrowed(one),)).unwrap().0;
        let renamed = Change::Renamed(("zwei 🌽".to_owned(), "eins".to_owned()));
        assert_eq!(history, [Change::Added(quinoa), Change::Removed("quinoa".to_owned()), renamed]);

        guest.drop_resource(one).unwrap();
        assert_eq!(alive(&mut guest), 0);
    });
}

#[test]
fn dynamic_calls_say_the_same() {
    on_each_engine(|runtime| {
        let mut guest = start(&load(runtime, "stocking"), &Linker::new(), ());
        let text = |text: &str| Val::String(text.to_owned());
        let entry = |name: &str, quantity, price| {
            let fields = [
                ("name", text(name)),
                ("quantity", Val::U32(quantity)),
                ("price", Val::F64(price)),
                ("tags", Val::List(vec![text("a"), text("ß")])),
            ];
            Val::Record(fields.into_iter().map(|(label, val)| (label.to_owned(), val)).collect())
        };
        let made = guest.call(&stock("[constructor]shelf"), &[text("regal")]).unwrap();
        let Some(Val::Own(shelf)) = made else { panic!("{made:?}") };
        for (name, quantity, price) in [("b", 1, 0.5), ("a", 2, 3.0), ("c", 1, 0.25)] {
            guest.call(&stock("[method]shelf.put"), &[Val::Borrow(shelf), entry(name, quantity, price)]).unwrap();
        }
        let mut listed = |order: &str, filter: &[&str]| {
            let filter = Val::Flags(filter.iter().map(|&flag| flag.to_owned()).collect());
            let args = [Val::Borrow(shelf), Val::Enum(order.to_owned()), filter];
            guest.call(&stock("[method]shelf.items"), &args).unwrap()
        };
        let all = Val::List(vec![entry("a", 2, 3.0), entry("b", 1, 0.5), entry("c", 1, 0.25)]);
        assert_eq!(listed("by-name", &[]), Some(all));
        let cheap = Val::List(vec![entry("c", 1, 0.25), entry("b", 1, 0.5)]);
        assert_eq!(listed("by-price", &["cheap", "tagged"]), Some(cheap));

        let taken = guest.call(&stock("[method]shelf.take"), &[Val::Borrow(shelf), text("b")]).unwrap();
        assert_eq!(taken, Some(Val::Option(Some(Box::new(entry("b", 1, 0.5))))));
        let history = guest.call(&stock("[method]shelf.history"), &[Val::Borrow(shelf)]).unwrap();
        let Some(Val::List(history)) = history else { panic!("{history:?}") };
        assert_eq!(history.len(), 4);
        assert_eq!(history[3], Val::Variant("removed".to_owned(), Some(Box::new(text("b")))));
        guest.drop_resource(shelf).unwrap();
        assert_eq!(guest.call(&stock("shelves-alive"), &[]).unwrap(), Some(Val::U32(0)));
    });
}

#[test]
fn what_the_host_gets_wrong_is_told_and_changes_nothing() {
    on_each_engine(|runtime| {
        let mut guest = start(&load(runtime, "stocking"), &Linker::new(), ());
        let shelves = Shelves::of(&mut guest);
        let shelf = shelves.make(&mut guest, "one");
        let error = guest.call(&stock("[method]shelf.label"), &[Val::U32(1)]).unwrap_err();
        assert!(matches!(&error, CallError::Misuse(message) if message.contains("self")), "{error}");
        let args = [Val::Borrow(shelf), Val::Enum("by-weight".to_owned()), Val::Flags(vec![])];
        let error = guest.call(&stock("[method]shelf.items"), &args).unwrap_err();
        assert!(error.to_string().contains("parameter `order`"), "{error}");
        let error = guest.func::<(String,), (String,)>(&stock("[method]shelf.label")).unwrap_err();
        assert!(error.message().contains("parameter `self`"), "{error}");
        let error = guest.func::<(Borrowed, Change), (Result<u32, String>,)>(&stock("[method]shelf.put")).unwrap_err();
        assert!(error.message().contains("parameter `item`"), "{error}");
        assert!(!guest.has_trapped());
        assert_eq!(shelves.label.call(&mut guest, (Borrowed(shelf),)).unwrap().0, "one");
    });
}

#[test]
fn many_shelves_come_and_go_in_one_instance_and_in_many() {
    on_each_engine(|runtime| {
        let linked = load(runtime, "stocking").link(&Linker::<()>::new()).unwrap();
        for _ in 0..20 {
            let mut guest = linked.instantiate((), &Limits::default()).unwrap();
            let shelves = Shelves::of(&mut guest);
            let made: Vec<Resource> =
                (0..50).map(|number| shelves.make(&mut guest, &format!("shelf {number}"))).collect();
            assert_eq!(shelves.alive.call(&mut guest, ()).unwrap().0, 50);
            for (number, shelf) in made.into_iter().enumerate().rev() {
                let label = shelves.label.call(&mut guest, (Borrowed(shelf),)).unwrap().0;
                assert_eq!(label, format!("shelf {number}"));
                guest.drop_resource(shelf).unwrap();
            }
            assert_eq!(shelves.alive.call(&mut guest, ()).unwrap().0, 0);
        }
    });
}

#[test]
fn the_order_of_an_enumeration_is_that_of_its_type() {
    on_each_engine(|runtime| {
        let mut guest = start(&load(runtime, "stocking"), &Linker::new(), ());
        let error = guest.func::<(Borrowed, Order, Order), (Vec<Item>,)>(&stock("[method]shelf.items")).unwrap_err();
        assert!(error.message().contains("parameter `filter`"), "{error}");
    });
}
