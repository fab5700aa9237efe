#!/usr/bin/env python3
"""Export all rows of a cost file with costscope and DuckDB in the same run, and print times, memory and ratios.

usage: exports.py FILE [--folder DIR] [--repeat N] [--binary PATH] [--only FORM,FORM]

FILE is best one of costscope's own tables (`.costscope.parquet`, as `--example measure` makes it): a text file is read
anew by every command. Each measurement is a process of its own, the two programs take turns, and the best of --repeat is
shown. DuckDB writes Parquet (zstd), CSV and JSON of the same table, sorted by cost as costscope sorts it. `show` prints
into a pipe that is read at once. The SHA-256 of what costscope wrote is printed, so that two builds can be compared.
Without the package duckdb, costscope is measured alone.
"""
import argparse, hashlib, importlib.util, pathlib, sys

import peak
import programs

FORMS = ["parquet", "csv", "json", "xlsx", "md", "show csv", "show json"]
DUCKDB = {
    "parquet": "(FORMAT parquet, COMPRESSION zstd)",
    "csv": "(FORMAT csv, HEADER)",
    "json": "(FORMAT json)",
}
COPY = """import duckdb, os, sys
con = duckdb.connect()
con.execute(f"SET threads = {os.cpu_count()}")
con.execute(f"COPY (SELECT * FROM {sys.argv[1]} ORDER BY CostInBillingCurrency DESC) TO '{sys.argv[2]}' {sys.argv[3]}")
"""


def run(command, into):
    """Seconds, the peak of memory in MB, and the digest of what was written."""
    digest, size = hashlib.sha256(), 0
    process = peak.start(command)
    while piece := process.stdout.read1(1 << 20):
        size += len(piece)
        if into is None:
            digest.update(piece)
    seconds, memory, busy = peak.ended(process)
    if into is not None:
        with open(into, "rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
        size = into.stat().st_size
        into.unlink()
    return seconds, memory, busy, size, digest.hexdigest()[:16]


def ours(binary, source, form, folder):
    if form.startswith("show "):
        return run([binary, "show", source, "--top", "0", "--format", form.split()[1]], None)
    to = folder / f"export.{form}"
    return run([binary, "export", source, "--to", to], to)


def theirs(source, form, folder):
    to = folder / f"duckdb.{form}"
    read = "read_parquet" if source.suffix == ".parquet" else "read_csv"
    return run([sys.executable, "-c", COPY, f"{read}('{source}')", to, DUCKDB[form]], to)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("file", type=pathlib.Path)
    p.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("/tmp/costscope-bench"))
    p.add_argument("--repeat", type=int, default=3)
    p.add_argument("--binary", type=pathlib.Path)
    p.add_argument("--only", default=",".join(FORMS))
    a = p.parse_args()
    a.folder.mkdir(parents=True, exist_ok=True)
    binary = a.binary or programs.release() / "costscope"
    print(f"{'':12}{'s':>8}{'CPU s':>8}{'MB':>8}{'file MB':>9}{'DuckDB s':>10}{'ratio':>8}  digest")
    for form in a.only.split(","):
        runs, peers = [], []
        for _ in range(a.repeat):
            runs.append(ours(binary, a.file, form, a.folder))
            if form in DUCKDB and importlib.util.find_spec("duckdb"):
                peers.append(theirs(a.file, form, a.folder))
        seconds, memory, cpu, size, digest = min(runs)
        line = f"{form:12}{seconds:8.2f}{cpu:8.2f}{memory:8.0f}{size / 1e6:9.1f}"
        if peers:
            other = min(peers)[0]
            line += f"{other:10.2f}{seconds / other:8.2f}"
        else:
            line += " " * 18
        print(f"{line}  {digest}")


if __name__ == "__main__":
    main()
