"""Runs faiss and usearch on the vectors of vectors.rs: python vectors.py DIRECTORY [SIZE].

Needs numpy, faiss-cpu and usearch. One thread; processor time; the settings are the cheapest of a few that find at
least 98 of 100, and all that were tried are printed.
"""

import os
import sys
import tempfile
import time

import faiss
import numpy
import usearch.index

WIDTH, NEAREST = 384, 10


def read(name):
    return numpy.fromfile(os.path.join(sys.argv[1], name), dtype="<f4").reshape(-1, WIDTH)


def row(name, build, size, search):
    for query in queries[:50]:
        search(query)
    before = time.process_time()
    found = [search(query) for query in queries]
    cpu = (time.process_time() - before) / len(queries)
    recall = numpy.mean([len(set(f) & set(e)) / NEAREST for f, e in zip(found, exact)])
    print(f"{len(stored):>8}  {name:30} {recall:>9.4f} {cpu * 1e3:>12.3f} {build:>11.2f} {size / 1e6:>8.1f}", flush=True)


def run_usearch(connectivity, add):
    index = usearch.index.Index(
        ndim=WIDTH, metric="ip", dtype="f32", connectivity=connectivity, expansion_add=add
    )
    before = time.process_time()
    index.add(numpy.arange(len(stored), dtype=numpy.uint64), stored, threads=1)
    build = time.process_time() - before
    with tempfile.NamedTemporaryFile() as file:
        index.save(file.name)
        size = os.path.getsize(file.name)
    for expansion in (64, 128, 256, 512):
        index.expansion_search = expansion
        name = f"usearch {connectivity}/{add}/{expansion}"
        row(name, build, size, lambda query: index.search(query, NEAREST, threads=1).keys)


def run_faiss():
    index = faiss.IndexHNSWFlat(WIDTH, 32, faiss.METRIC_INNER_PRODUCT)
    before = time.process_time()
    index.add(stored)
    build = time.process_time() - before
    size = faiss.serialize_index(index).nbytes
    for expansion in (64, 128, 256, 512):
        index.hnsw.efSearch = expansion
        row(f"faiss HNSW32 {expansion}", build, size, lambda query: index.search(query[None], NEAREST)[1][0])


faiss.omp_set_num_threads(1)
stored, queries = read("x.f32"), read("q.f32")[:1000]
stored = stored[: int(sys.argv[2])] if len(sys.argv) > 2 else stored
exact = [numpy.argpartition(-(stored @ query), NEAREST)[:NEAREST] for query in queries]
print(f"{'vectors':>8}  {'':30} {'recall@10':>9} {'CPU ms/query':>12} {'build CPU s':>11} {'MB':>8}")
run_usearch(16, 128)
run_faiss()
