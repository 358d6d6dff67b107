//! Arbitrary bytes, and damaged components of any types, as components: an error or a plan, never a panic; and what has
//! a plan has an image that is a valid module, or a reason that is no mistake of ours.

use std::time::{Duration, Instant};

use tambo_component_battery::{Abi, Shape, Source, echo, hostile, relay};
use tambo_component_image::{BuildOptions, ImageError, build};
use tambo_component_plan::{HostFuncId, Plan};

use crate::{Input, Reached, kind_of, names_in};

/// The largest image that is worth the time.
const MAX_IMAGE: usize = 4 << 20;

/// One input: how to make the component, and what to damage.
pub fn run(data: &[u8]) -> Reached {
    let Some((&kind, rest)) = data.split_first() else { return Reached::new() };
    if kind & 7 == 0 {
        return plan_and_build(rest);
    }
    let (choices, damage) = rest.split_at(rest.len().saturating_sub(usize::from(kind >> 4) * 9));
    let mut source = Source::new(choices);
    let shape = Shape::any(&mut source, 1 + u32::from(kind >> 3 & 1));
    let mut abi = || Abi::any(&mut source);
    let text = match kind & 3 {
        0 => echo(&shape, abi()),
        1 => relay(&shape, abi(), abi()),
        _ => hostile(&mut source).text,
    };
    let Ok(mut component) = wat::parse_str(text) else { return Reached::new() };
    let mut damage = Input::new(damage);
    while !damage.is_empty() {
        let place = damage.number() as usize % component.len();
        component[place] ^= damage.byte();
    }
    plan_and_build(&component)
}

/// Planning and building take time that is bounded by the limits of plans and images, not by the input.
const MAX_TIME: Duration = Duration::from_secs(20);

fn plan_and_build(component: &[u8]) -> Reached {
    let started = Instant::now();
    let reached = plan_and_build_untimed(component);
    assert!(started.elapsed() < MAX_TIME, "planning took {:?}", started.elapsed());
    reached
}

fn plan_and_build_untimed(component: &[u8]) -> Reached {
    let plan = match Plan::new(component) {
        Ok(plan) => plan,
        Err(error) => return Reached::from([kind_of(&error.to_string())]),
    };
    // Every other function of the host is taken for one that waits, which ones the bytes say.
    let odd = component.len() as u32;
    let waiting = (0..plan.host_funcs.len() as u32).filter(|number| (number + odd) % 2 == 1).map(HostFuncId).collect();
    let options = BuildOptions { max_size: MAX_IMAGE, waiting, ..BuildOptions::default() };
    match build(&plan, component, &options) {
        Ok(image) => {
            let mut reached = image.imports.iter().flat_map(|import| names_in(&import.kind)).collect::<Reached>();
            reached.insert(format!("an image of {} lifts", image.lifts.len()));
            reached
        }
        Err(error @ (ImageError::Unsupported(_) | ImageError::TooLarge(_))) => {
            Reached::from([kind_of(&error.to_string())])
        }
        Err(error @ ImageError::Bug(_)) => panic!("{error}\n{plan}"),
    }
}
