//! Tables of one store: who owns, who lends, who drops.

use super::*;

const A: InstanceId = InstanceId(0);
const B: InstanceId = InstanceId(1);
const OF_A: ResourceId = ResourceId(0);
const OF_HOST: ResourceId = ResourceId(1);
const OTHER_OF_A: ResourceId = ResourceId(2);

fn resources() -> Resources {
    let info = |name: &str, definer| ResourceInfo { name: name.to_owned(), definer };
    let infos = [info("r", Some(A)), info("h", None), info("s", Some(A))];
    Resources::new(StoreId(1), infos.into(), 2, Quota::new(20))
}

fn message<T: std::fmt::Debug>(result: Result<T, Fault>) -> String {
    result.unwrap_err().0.into_owned()
}

#[test]
fn a_representation_is_lent_whole_or_not_at_all() {
    let mut resources = resources();
    assert_eq!(resources.add_borrow(A, OF_A, u32::MAX.into()), Ok(u32::MAX));
    assert!(message(resources.add_borrow(A, OF_A, 1 << 32)).contains("more than 32 bits"));
}

#[test]
fn a_handle_is_used_with_its_own_type_only() {
    let mut resources = resources();
    let index = resources.add_own(A, OF_A, 5).unwrap();
    let wrong = "handle index 1 used with the wrong type, expected guest-defined resource but found a different \
                 guest-defined resource (`s`, `r`)";
    assert_eq!(message(resources.take_own(A, OTHER_OF_A, index)), wrong);
    assert_eq!(message(resources.drop_handle(A, OTHER_OF_A, index)), wrong);
    assert_eq!(message(resources.rep(A, OTHER_OF_A, index)), wrong);
    resources.enter_scope();
    assert_eq!(message(resources.lend(A, OTHER_OF_A, index)), wrong);
    assert!(message(resources.rep(A, OF_HOST, index)).contains("expected host-defined resource but found a guest"));
    assert_eq!(message(resources.rep(B, OF_A, index)), "unknown handle index 1");
    assert_eq!(resources.rep(A, OF_A, index), Ok(5));
}

#[test]
fn what_is_lent_stays_until_the_call_ends() {
    let mut resources = resources();
    let index = resources.add_own(B, OF_A, 5).unwrap();
    resources.enter_scope();
    assert_eq!(resources.lend(B, OF_A, index), Ok(5));
    assert_eq!(resources.lend(B, OF_A, index), Ok(5));
    assert_eq!(message(resources.take_own(B, OF_A, index)), "cannot remove owned resource while borrowed");
    assert_eq!(message(resources.drop_handle(B, OF_A, index)), "cannot remove owned resource while borrowed");
    resources.exit_scope().unwrap();
    assert_eq!(resources.quota.left(), 19);
    assert_eq!(resources.drop_handle(B, OF_A, index), Ok(Some(5)));
}

#[test]
fn a_borrowed_handle_is_dropped_before_the_call_ends() {
    let mut resources = resources();
    resources.enter_scope();
    let index = resources.add_borrow(B, OF_A, 5).unwrap();
    assert_eq!(resources.drop_handle(B, OF_A, index), Ok(None));
    resources.exit_scope().unwrap();
    resources.enter_scope();
    resources.add_borrow(B, OF_A, 5).unwrap();
    assert_eq!(message(resources.exit_scope()), "borrow handles still remain at the end of the call");
}

#[test]
fn a_borrowed_handle_cannot_be_given_away() {
    let mut resources = resources();
    resources.enter_scope();
    let index = resources.add_borrow(B, OF_A, 5).unwrap();
    assert!(message(resources.take_own(B, OF_A, index)).contains("only an owned one"));
}

#[test]
fn a_borrowed_handle_that_is_lent_on_cannot_be_dropped() {
    let mut resources = resources();
    resources.enter_scope();
    let index = resources.add_borrow(B, OF_HOST, 5).unwrap();
    resources.enter_scope();
    resources.lend(B, OF_HOST, index).unwrap();
    assert_eq!(message(resources.drop_handle(B, OF_HOST, index)), "cannot remove owned resource while borrowed");
}

#[test]
fn the_definer_sees_the_representation() {
    let mut resources = resources();
    resources.enter_scope();
    assert_eq!(resources.add_borrow(A, OF_A, 0x41), Ok(0x41));
    resources.exit_scope().unwrap();
}

#[test]
fn the_host_passes_what_it_was_given_and_once() {
    let mut resources = resources();
    let index = resources.add_own(A, OF_A, 5).unwrap();
    let mut handles = InstanceHandles { resources: &mut resources, instance: A, lends: false };
    handles.lift_own(index, OF_A).unwrap();
    let one = Resource::of_store(OF_A, 5, StoreId(1));
    let mut offer = |resource, passed| resources.offer(resource, passed).map_err(|mismatch| mismatch.to_string());
    offer(one, Passing::Lent).unwrap();
    offer(Resource::of_host(OF_HOST, 9), Passing::Given).unwrap();
    let foreign = offer(Resource::of_store(OF_A, 5, StoreId(2)), Passing::Lent).unwrap_err();
    assert_eq!(foreign, "the resource came from another instance");
    offer(one, Passing::Given).unwrap();
    let gone = "the host does not own the resource: it was given away or dropped";
    assert_eq!(offer(one, Passing::Given).unwrap_err(), gone);
    assert_eq!(offer(one, Passing::Lent).unwrap_err(), gone);
    assert_eq!(resources.quota.left(), 20);
    resources.take_back();
    assert_eq!(resources.quota.left(), 19);
    resources.begin_offers();
    resources.offer(one, Passing::Given).unwrap();
}

/// Attack case 13.
#[test]
fn what_the_host_holds_counts_as_handles() {
    let mut resources = resources();
    let held = (0..100).take_while(|&rep| {
        let Ok(index) = resources.add_own(A, OF_A, rep) else { return false };
        InstanceHandles { resources: &mut resources, instance: A, lends: false }.lift_own(index, OF_A).is_ok()
    });
    assert_eq!(held.count(), 20);
}

/// Attack case 13: a list of borrowed handles can lend one handle any number of times.
#[test]
fn loans_are_counted_like_handles() {
    let mut resources = resources();
    let index = resources.add_own(B, OF_A, 5).unwrap();
    resources.enter_scope();
    let lent = (0..100).take_while(|_| resources.lend(B, OF_A, index).is_ok()).count();
    assert_eq!(lent, 19);
}
