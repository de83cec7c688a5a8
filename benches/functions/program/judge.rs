//! Asks and compares. Compiled into the generated programs, not into the bench.

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::HashSet;
use std::fmt::Debug;
use std::panic::{UnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Refuses memory beyond a gigabyte, so that a wrong body ends as a crash and not as a machine that swaps.
struct Bounded(AtomicUsize);

#[global_allocator]
static ALLOCATOR: Bounded = Bounded(AtomicUsize::new(0));

const MOST_BYTES: usize = 1 << 30;

// SAFETY: every call goes to the system's allocator with the layout it came with.
unsafe impl GlobalAlloc for Bounded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if self.0.fetch_add(layout.size(), Ordering::Relaxed).saturating_add(layout.size()) > MOST_BYTES {
            self.0.fetch_sub(layout.size(), Ordering::Relaxed);
            return std::ptr::null_mut();
        }
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        self.0.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// The answer to one call as text. `Debug` tells apart all values that the set's functions return.
fn answer<O: Debug>(ask: impl FnOnce() -> O + UnwindSafe) -> String {
    catch_unwind(ask).map_or_else(|_| "panic".to_string(), |output| format!("{output:?}"))
}

/// Compares `accepted` with `reference` and prints one line for each input before it is tried, then the difference or
/// the word that was given as the only argument.
pub fn differential<I: Debug, A: Debug, B: Debug>(
    inputs: &[I],
    reference: fn(&I) -> A,
    accepted: fn(&I) -> B,
) {
    std::panic::set_hook(Box::new(|_| {}));
    let word = std::env::args().nth(1).unwrap_or_default();
    for (index, input) in inputs.iter().enumerate() {
        println!("input {index}");
        let (expected, actual) =
            (answer(unwinding(|| reference(input))), answer(unwinding(|| accepted(input))));
        if expected != actual {
            println!("differs {index}\n{input:?}\n{expected}\n{actual}");
            return;
        }
    }
    println!("agrees {} {word}", inputs.len());
}

/// What is asked shares nothing that a panic could leave half done.
fn unwinding<F: FnOnce() -> O, O>(ask: F) -> impl FnOnce() -> O + UnwindSafe {
    let ask = std::panic::AssertUnwindSafe(ask);
    move || {
        let ask = ask;
        (ask.0)()
    }
}

fn passed(examples: &[fn() -> bool]) -> usize {
    examples.iter().filter(|example| catch_unwind(**example).unwrap_or(false)).count()
}

/// Prints what the self-check wants to know of a reference.
pub fn survey<I: Debug, O: Debug>(
    name: &str,
    inputs: &[I],
    least: usize,
    reference: fn(&I) -> O,
    examples: &[fn() -> bool],
) {
    std::panic::set_hook(Box::new(|_| {}));
    let asked: HashSet<String> = inputs.iter().map(|input| format!("{input:?}")).collect();
    let answers: Vec<String> = inputs.iter().map(|input| answer(unwinding(|| reference(input)))).collect();
    let panics = answers.iter().filter(|answer| *answer == "panic").count();
    let distinct = answers.iter().collect::<HashSet<_>>();
    let commonest = distinct.iter().map(|one| answers.iter().filter(|answer| *answer == *one).count()).max();
    println!(
        "reference {name} {} {} {} {} {} {least} {} {panics}",
        passed(examples),
        examples.len(),
        inputs.len(),
        asked.len(),
        distinct.len(),
        commonest.unwrap_or(0),
    );
}

/// Prints what the self-check wants to know of a mutant: how many examples it passes and how many inputs catch it.
pub fn mutant<I: Debug, O: Debug>(
    name: &str,
    inputs: &[I],
    reference: fn(&I) -> O,
    mutant: fn(&I) -> O,
    examples: &[fn() -> bool],
) {
    let caught = |input: &&I| answer(unwinding(|| reference(input))) != answer(unwinding(|| mutant(input)));
    println!(
        "mutant {name} {} {} {}",
        passed(examples),
        examples.len(),
        inputs.iter().filter(caught).count()
    );
}
