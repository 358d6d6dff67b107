//! `stocking`, `shopping` and `customer`, each in a store of its own, linked at run time.

use tambo::component::{Linker, SharedInstance, Val};
use tambo::{ErrorKind, Runtime};

use crate::{load, on_each_engine, start, stock};

pub(crate) const VISIT: &str = "Ana's shelf: 2 maíz 🌽 3 quinoa #grain #dry 1 salt #mineral; moved 1; bought quinoa+maíz 🌽 for \
    3; an item on Ana's shelf needs a name; no gold for Ana; cheap salt+maíz 🌽; +quinoa +maíz 🌽 spare>Ana's shelf -quinoa \
    -maíz 🌽; shelves 1 then 0";

const STOCK: &str = "tambo:demo/stock@0.1.0";
const SHOP: &str = "tambo:demo/shop@0.1.0";

fn stocking(runtime: &Runtime) -> SharedInstance {
    SharedInstance::new(start(&load(runtime, "stocking"), &Linker::<()>::new(), ()))
}

fn shopping(runtime: &Runtime, stock: &SharedInstance) -> SharedInstance {
    let mut linker = Linker::<()>::new();
    linker.instance(STOCK, stock);
    SharedInstance::new(start(&load(runtime, "shopping"), &linker, ()))
}

#[test]
fn a_customer_visits_a_shop_and_its_stock() {
    on_each_engine(|runtime| {
        let stock_instance = stocking(runtime);
        let shop = shopping(runtime, &stock_instance);
        let mut linker = Linker::<()>::new();
        linker.instance(STOCK, &stock_instance).instance(SHOP, &shop);
        let mut customer = start(&load(runtime, "customer"), &linker, ());
        let visit = customer.func::<(String,), (Result<String, String>,)>("visit").unwrap();
        for _ in 0..3 {
            assert_eq!(visit.call(&mut customer, ("Ana".to_owned(),)).unwrap().0, Ok(VISIT.to_owned()));
        }
        let nobody = customer.call("visit", &[Val::String(String::new())]).unwrap();
        let answer = Val::Result(Err(Some(Box::new(Val::String("who is there?".to_owned())))));
        assert_eq!(nobody, Some(answer));
        drop((customer, shop));
        assert_eq!(stock_instance.call(&stock("shelves-alive"), &[]).unwrap(), Some(Val::U32(0)));
    });
}

/// The customer takes shelves from one stock to a shop that has another one: that is two types of shelf.
#[test]
fn a_shop_with_another_stock_is_refused() {
    on_each_engine(|runtime| {
        let (mine, other) = (stocking(runtime), stocking(runtime));
        let shop = shopping(runtime, &other);
        let mut linker = Linker::<()>::new();
        linker.instance(STOCK, &mine).instance(SHOP, &shop);
        let error = load(runtime, "customer").link(&linker).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Link);
        assert!(error.message().contains("shelf"), "{error}");
    });
}
