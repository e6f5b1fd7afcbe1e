//! Speed of the GPT-2 split on texts of 2,048 characters: `cargo bench --bench split`.
//!
//! `TOKSTATS_TEXT=FILE` measures the text of a file instead, and `TOKSTATS_SIMD=off` measures the portable variant.

use std::hint::black_box;

use _native::split::gpt2::split_into;
use criterion::{Criterion, Throughput};

const CODE: [&str; 4] = [
    include_str!("../src/draw/noised_order.rs"),
    include_str!("../src/base/normal_distribution.rs"),
    include_str!("../src/py/mod.rs"),
    include_str!("../src/text/column.rs"),
];

const CYRILLIC: &str = "Однажды весною, в час небывало жаркого заката, мы сели за длинный стол у окна и начали считать: \
    сколько слов помнит человек, которому уже 80 лет? — «Не меньше 12 000», — сказал старший из нас; остальные молчали. \
    Никто не знал ответа, но все (даже самый младший, Пётр) понимали, что дело не в числах. Вечером пошёл дождь, и \
    разговор сам собой окончился: кто-то закрыл книгу, кто-то погасил свет… Утром мы проверили — он ошибся на 3,5 %.";

const CJK: &str = "那年春天，我們坐在窗邊的長桌旁，開始計算一個八十歲的老人究竟記得多少個詞。「至少一萬兩千個」，\
    最年長的人這樣說；其他人都沉默不語。没有人知道答案，但是大家都明白，问题不在于数字。晚上下起了雨，谈话也就自然结束了：\
    有人合上书，有人关了灯……第二天早上我们查了2024年的资料，发现他只错了3.5%。春の朝、私たちは窓のそばの長い机に座って、\
    言葉の数を数えはじめた。カタカナの言葉も、ひらがなの言葉も、すべて同じように数える。봄날 아침에 우리는 창가의 긴 책상에 앉아 \
    단어의 수를 세기 시작했다. 아무도 정답을 몰랐지만, 모두가 이해하고 있었다.";

/// Returns about 1 MB of phrases of `source`, in an order that the processor cannot predict.
fn shuffled(source: &str, ends_phrase: impl Fn(char) -> bool) -> String {
    let phrases: Vec<&str> = source.split_inclusive(ends_phrase).collect();
    let mut state = 1u64;
    let mut text = String::new();
    while text.len() < 1 << 20 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push_str(phrases[(state >> 33) as usize % phrases.len()]);
    }
    text
}

fn corpora() -> std::io::Result<Vec<(&'static str, String)>> {
    if let Some(file) = std::env::var_os("TOKSTATS_TEXT") {
        return Ok(vec![("file", std::fs::read_to_string(file)?)]);
    }
    let code = CODE.concat();
    let mixed =
        [&code[..4096], CYRILLIC, CJK, "Çà et là, l'été, naïve œuvre d'un élève. Ελληνικά, हिन्दी, ไทย 😀.\n"].concat();
    Ok(vec![
        ("code", shuffled(&code, |c| c == '\n')),
        ("cyrillic", shuffled(CYRILLIC, |c| c == ' ')),
        ("cjk", shuffled(CJK, |c| "，。、；： ".contains(c))),
        ("mixed", shuffled(&mixed, |c| c == '\n' || c == ' ')),
    ])
}

/// Returns texts in the form in which the program splits them: a space and 2,048 characters.
fn texts(corpus: &str) -> Vec<String> {
    let characters: Vec<char> = corpus.chars().collect();
    characters.chunks(2048).map(|characters| std::iter::once(&' ').chain(characters).collect()).collect()
}

fn main() -> std::io::Result<()> {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("split");
    for (name, corpus) in corpora()? {
        let texts = texts(&corpus);
        let mut ends = Vec::new();
        for text in &texts {
            ends.clear();
            split_into(text, &mut ends);
            assert!(ends.is_sorted() && ends.last() == Some(&(text.len() as u32)), "pretokens must tile a text");
        }
        group.throughput(Throughput::BytesDecimal(texts.iter().map(|text| text.len() as u64).sum()));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                for text in &texts {
                    ends.clear();
                    split_into(text, &mut ends);
                    black_box(&ends);
                }
            });
        });
    }
    group.finish();
    criterion.final_summary();
    Ok(())
}
