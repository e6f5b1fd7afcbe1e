# The sampler for training code has 9 white-space pieces for each length, and a seeded one has new noise in every call.
. "$(dirname "$0")/base.sh"
exits 0 "$PY" -c '
from tokstats_parallel import TokenizerSampler
assert [len(TokenizerSampler().sample_tokenizer({}, 0, m)) for m in (1, 2, 10, 16, 100)] == [256, 265, 337, 391, 1147]
text = {" ".join(f"word{n * n}" for n in range(300)): 1}
def draws(sampler, **seed):
    return [{piece for piece, _ in sampler.sample_tokenizer(text, 691, 16, 4, 1.0, **seed)[391:]} for _ in range(2)]
one, two = draws(TokenizerSampler(seed=1))
assert len(one) == len(two) == 300 and len(one & two) < 150, len(one & two)
assert draws(TokenizerSampler(seed=1)) == [one, two] != draws(TokenizerSampler(seed=2))
one, two = draws(TokenizerSampler(seed=1), seed=1)
assert one == two'
