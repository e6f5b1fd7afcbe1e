//! Fuzzes the split: with AVX2 and without, the split by blocks equals the split by characters, and pretokens cover the
//! text without gaps.
#![no_main]

use _native::split::definition;
use _native::split::gpt2::{split_into, split_portably};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // Most of libFuzzer's input is invalid UTF-8. It is repaired, so that the input is not wasted.
    let text = &*String::from_utf8_lossy(data);
    let mut expected = vec![7];
    let mut end = 0;
    for pretoken in definition::split(text) {
        assert!(!pretoken.is_empty());
        end += pretoken.len();
        expected.push(end as u32);
    }
    assert_eq!(end, text.len());
    for split in [split_into, split_portably] {
        let mut ends = vec![7];
        split(text, &mut ends);
        assert_eq!(ends, expected);
    }
});
