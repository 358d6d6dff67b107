//! The attack cases that concern files, by number (`attack-cases.md`); the guest is `guests/components/attacking`.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use tambo::component::CallError;
use tambo::kernel::Budget;

use crate::on_every_engine;

fn attack(name: &str) {
    on_every_engine(&Budget::default(), |mut world| world.attack(name));
}

#[test]
fn attack_01_dots_absolute_paths_and_trailing_slashes() {
    attack("leave-by-path");
}

#[test]
fn attack_02_links_that_lead_out() {
    on_every_engine(&Budget::default(), |mut world| {
        let secret = world.at("secret");
        for (target, link) in [
            (Path::new("../secret"), "relative"),
            (&secret, "absolute"),
            (Path::new("relative"), "chained"),
            (Path::new("../"), "slashed"),
            (Path::new("slashed"), "through"),
            (Path::new("loop"), "loop"),
        ] {
            symlink(target, world.at("rw").join(link)).unwrap();
        }
        world.attack("leave-by-link");
    });
}

/// Swaps a file and a directory for links to the secret and to where it lies, again and again.
fn swap(rw: &Path, over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        std::fs::write(rw.join("own"), "own").unwrap();
        std::fs::rename(rw.join("own"), rw.join("swapped")).unwrap();
        std::fs::create_dir(rw.join("swapped-dir")).unwrap();
        std::fs::write(rw.join("swapped-dir/secret"), "own").unwrap();
        symlink("../secret", rw.join("own")).unwrap();
        std::fs::rename(rw.join("own"), rw.join("swapped")).unwrap();
        std::fs::remove_dir_all(rw.join("swapped-dir")).unwrap();
        symlink("..", rw.join("swapped-dir")).unwrap();
        std::fs::remove_file(rw.join("swapped-dir")).unwrap();
    }
}

#[test]
fn attack_03_links_swapped_in_during_the_walk() {
    on_every_engine(&Budget::default(), |mut world| {
        let (over, rw) = (AtomicBool::new(false), world.at("rw"));
        std::thread::scope(|scope| {
            let swapping = scope.spawn(|| swap(&rw, &over));
            let mut found = 0;
            while found == 0 && !swapping.is_finished() {
                found = world.attack_counting("race", 2_000);
            }
            over.store(true, Ordering::Relaxed);
        });
    });
}

#[test]
fn attack_04_links_and_renames_out_of_a_read_only_directory() {
    attack("link-out-of-read-only");
}

#[test]
fn attack_05_every_change_of_a_read_only_directory() {
    attack("change-read-only");
}

#[test]
fn attack_06_names_of_windows() {
    attack("use-names-of-windows");
}

#[test]
fn attack_07_names_with_nul_or_too_long() {
    attack("use-bad-names");
}

#[test]
fn attack_07_a_name_that_is_no_text_is_the_guests_fault() {
    on_every_engine(&Budget::default(), |mut world| {
        let attack = world.guest.func::<(), ()>("use-a-name-that-is-no-text").unwrap();
        let Err(CallError::Trap(trap)) = attack.call(&mut world.guest, ()) else { panic!("on {}", world.on) };
        assert!(trap.to_string().contains("utf-8") || trap.to_string().contains("UTF-8"), "{trap}");
        assert!(world.guest.has_trapped());
        world.check();
    });
}

/// 0.2 has no `fd_renumber`; what it has is that descriptors of the start can be taken again and again.
#[test]
fn attack_08_preopened_descriptors_dropped_and_taken_again() {
    attack("drop-and-take-again");
}

#[test]
fn attack_11_lengths_and_offsets_beyond_everything() {
    attack("ask-for-too-much");
}

#[test]
fn attack_13_descriptors_are_counted() {
    let budget = Budget { descriptors: 100, ..Budget::default() };
    on_every_engine(&budget, |mut world| {
        let held = world.attack_counting("exhaust", 1_000);
        // The directory that they are opened through is one too.
        assert_eq!(held, 99, "on {}", world.on);
        world.attack("drop-and-take-again");
    });
}

#[test]
fn attack_25_extreme_times() {
    attack("set-extreme-times");
}
