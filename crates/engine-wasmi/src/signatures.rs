//! Host functions of static types, for the signatures that imports commonly have.
//!
//! wasmi passes arguments to a function of a static type straight from its stack; to any other it passes a list that
//! it allocates for every call. Which signatures are here is a matter of speed only: those of WASI 0.1, and those of
//! up to eight 32-bit parameters, which is what most lowered functions of components have.

use tambo_engine::{FuncType, HostData, Slot, ValueType};
use wasmi::{Caller, Error, Func};

use crate::host::Maker;
use crate::store::StoreData;

trait FromSlots {
    fn from_slots(slots: &[Slot]) -> Self;
}

impl FromSlots for () {
    fn from_slots(_: &[Slot]) -> Self {}
}

impl FromSlots for (i32,) {
    fn from_slots(slots: &[Slot]) -> Self {
        (slots[0].into(),)
    }
}

impl FromSlots for (i64,) {
    fn from_slots(slots: &[Slot]) -> Self {
        (slots[0].into(),)
    }
}

impl FromSlots for (i32, i32) {
    fn from_slots(slots: &[Slot]) -> Self {
        (slots[0].into(), slots[1].into())
    }
}

macro_rules! value_type {
    (i32) => {
        ValueType::I32
    };
    (i64) => {
        ValueType::I64
    };
}

/// A function from a signature to the maker of functions of that type. Slots have room for two results beyond the
/// arguments.
macro_rules! makers {
    ($function:ident: $($param:ident $ty:ident),*) => {
        fn $function<T: HostData>(results: &[ValueType]) -> Option<Maker<T>> {
            match results {
                [] => Some(makers!(@make (): $($param $ty),*)),
                [ValueType::I32] => Some(makers!(@make (i32,): $($param $ty),*)),
                [ValueType::I64] => Some(makers!(@make (i64,): $($param $ty),*)),
                [ValueType::I32, ValueType::I32] => Some(makers!(@make (i32, i32): $($param $ty),*)),
                _ => None,
            }
        }
    };
    (@make $results:ty: $($param:ident $ty:ident),*) => {
        |store, host| {
            Func::wrap(store, move |mut caller: Caller<'_, StoreData<T>>, $($param: $ty),*| -> Result<$results, Error> {
                let mut slots = [$(Slot::from($param),)* Slot(0), Slot(0)];
                host.run(&mut caller, &mut slots)?;
                Ok(<$results>::from_slots(&slots))
            })
        }
    };
}

macro_rules! signatures {
    ($($function:ident: ($($param:ident $ty:ident),*);)*) => {
        $(makers!($function: $($param $ty),*);)*

        /// The maker for a signature, if it is a common one.
        pub(crate) fn typed_maker<T: HostData>(ty: &FuncType) -> Option<Maker<T>> {
            $(
                if *ty.params == [$(value_type!($ty)),*] as [ValueType; _] {
                    return $function(&ty.results);
                }
            )*
            None
        }
    };
}

signatures! {
    none: ();
    words_1: (a i32);
    words_2: (a i32, b i32);
    words_3: (a i32, b i32, c i32);
    words_4: (a i32, b i32, c i32, d i32);
    words_5: (a i32, b i32, c i32, d i32, e i32);
    words_6: (a i32, b i32, c i32, d i32, e i32, f i32);
    words_7: (a i32, b i32, c i32, d i32, e i32, f i32, g i32);
    words_8: (a i32, b i32, c i32, d i32, e i32, f i32, g i32, h i32);
    long: (a i64);
    set_size: (a i32, b i64);
    allocate: (a i32, b i64, c i64);
    advise: (a i32, b i64, c i64, d i32);
    clock_time: (a i32, b i64, c i32);
    seek: (a i32, b i64, c i32, d i32);
    read_at: (a i32, b i32, c i32, d i64, e i32);
    path_open: (a i32, b i32, c i32, d i32, e i32, f i64, g i64, h i32, i i32);
    path_set_times: (a i32, b i32, c i32, d i32, e i64, f i64, g i32);
}
