//! Prints `src/split/unicode_tables.rs`: `cargo run --example unicode_tables > src/split/unicode_tables.rs`.

use unicode_general_category::{GeneralCategory as G, get_general_category};

fn main() {
    println!("//! The letters and numbers of Unicode 16.0, as inclusive ranges of code points.");
    println!("//! Made by `cargo run --example unicode_tables > src/split/unicode_tables.rs`; do not edit.\n");
    println!("/// The Unicode version of the tables.\npub const UNICODE_VERSION: &str = \"16.0.0\";");
    print_table("LETTERS", "General category L", |category| {
        use G::{LowercaseLetter, ModifierLetter, OtherLetter, TitlecaseLetter, UppercaseLetter};
        matches!(category, LowercaseLetter | ModifierLetter | OtherLetter | TitlecaseLetter | UppercaseLetter)
    });
    print_table("NUMBERS", "General category N", |category| {
        matches!(category, G::DecimalNumber | G::LetterNumber | G::OtherNumber)
    });
}

fn print_table(name: &str, title: &str, holds: impl Fn(G) -> bool) {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for character in ('\0'..=char::MAX).filter(|&c| holds(get_general_category(c))) {
        let code = character as u32;
        match ranges.last_mut() {
            Some(last) if last.1 + 1 == code => last.1 = code,
            _ => ranges.push((code, code)),
        }
    }
    println!("\n/// {title}.\n#[rustfmt::skip]\npub const {name}: [(u32, u32); {}] = [", ranges.len());
    for row in ranges.chunks(6) {
        let cells: Vec<String> = row.iter().map(|(a, b)| format!("(0x{a:X}, 0x{b:X}),")).collect();
        println!("    {}", cells.join(" "));
    }
    println!("];");
}
