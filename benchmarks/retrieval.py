"""Time and memory of placing 100,000 queries in a gallery of 100,000: python benchmarks/retrieval.py [N]"""

import resource
import sys
import time

import numpy as np

from mmfundus.evaluate.retrieval import places

n = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
rng = np.random.default_rng(0)
x, gallery = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in rng.normal(size=(2, n, 256)).astype(np.float32))
group = rng.integers(0, n // 4, n)
order = np.argsort(group, kind="stable")
starts = np.searchsorted(group[order], np.arange(n // 4 + 1))
relevant = [order[starts[g] : starts[g + 1]] for g in group]
began = time.perf_counter()
found = places(x, gallery, relevant)
seconds, peak = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
print(f"{n} x {n}: {seconds:.0f} s, peak {peak:.1f} GB, Recall@10 {found.hits(10).mean():.6f}")
print(f"by chance {found.chance_hits(10).mean():.6f}")
