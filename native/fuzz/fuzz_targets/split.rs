//! Fuzzes the split: by blocks, with AVX2 and without, it equals the split by characters, and pretokens tile the text.
#![no_main]

use _native::split::definition;
use _native::split::gpt2::{split_into, split_portably};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // Invalid UTF-8, which is most of libFuzzer's input, is repaired and not skipped.
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
