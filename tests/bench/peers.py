#!/usr/bin/env python3
"""Run costscope beside DuckDB and polars on the same cost file, in the same run, and print times and ratios.

usage: peers.py [--rows N] [--file COSTS.csv] [--folder DIR] [--repeat N] [--markdown FILE] [--binary PATH] [--examples DIR]

Needs `cargo build --release --examples --bins` (see programs.py) and, from PyPI, duckdb and polars. Without --file,
`costscope sample` writes one. Every program converts the CSV to its own Parquet file and answers the questions from that; each
measurement is a process of its own, the best of --repeat is shown. At the end DuckDB and polars read the table that
costscope wrote, and whole commands answer one question about files of any form (whole_commands.py). --markdown writes the
tables of README and of the manual's page on speed.
"""
import argparse, json, os, pathlib, subprocess, sys, time

import peak, programs, whole_commands
from programs import measure

HERE = pathlib.Path(__file__).resolve()
TIMES = 9
QUESTIONS = ["group", "tag", "top50", "filter"]


def peak_mb():
    return int(peak.of_this_process())


def timed(question):
    times = []
    for _ in range(TIMES):
        start = time.perf_counter()
        answer = question()
        times.append((time.perf_counter() - start) * 1e3)
    return sorted(times)[TIMES // 2], answer


def run_duckdb(file, table):
    import duckdb
    con = duckdb.connect()
    con.execute(f"SET threads = {os.cpu_count()}")
    out = {}
    if file:
        start = time.perf_counter()
        con.execute(f"""COPY (SELECT * REPLACE (CAST(CostInBillingCurrency AS DECIMAL(38,18)) AS CostInBillingCurrency,
            strptime("Date", '%m/%d/%Y')::DATE AS "Date")
            FROM read_csv('{file}', all_varchar = true, header = true)) TO '{table}' (FORMAT parquet)""")
        return {"convert_s": time.perf_counter() - start, "convert_rss_mb": peak_mb()}
    con.execute(f"CREATE VIEW costs AS SELECT * FROM read_parquet('{table}')")
    tag = """json_extract_string(CASE WHEN starts_with(Tags, '{') THEN Tags ELSE '{' || Tags || '}' END, '$.env')"""
    queries = {
        "group": "SELECT ResourceGroup, ChargeType, sum(CostInBillingCurrency), count(*) FROM costs GROUP BY ALL",
        "tag": f"SELECT {tag} AS env, sum(CostInBillingCurrency), count(*) FROM costs GROUP BY env",
        "top50": "SELECT * FROM costs ORDER BY CostInBillingCurrency DESC LIMIT 50",
        "filter": """SELECT count(*), sum(CostInBillingCurrency) FROM costs
            WHERE contains(lower(MeterCategory), 'storage') AND CostInBillingCurrency > 10""",
    }
    for name, sql in queries.items():
        out[name + "_ms"], answer = timed(lambda: con.execute(sql).fetchall())
        out[name] = str(answer[0]) if name == "filter" else len(answer)
    out["peak_rss_mb"] = peak_mb()
    return out


def run_polars(file, table):
    import polars as pl
    out = {}
    if file:
        start = time.perf_counter()
        (pl.scan_csv(file, infer_schema=False)
           .with_columns(pl.col("CostInBillingCurrency").cast(pl.Decimal(38, 18)),
                         pl.col("Date").str.to_date("%m/%d/%Y"))
           .sink_parquet(table))
        return {"convert_s": time.perf_counter() - start, "convert_rss_mb": peak_mb()}
    costs = pl.scan_parquet(table)
    cost = pl.col("CostInBillingCurrency")
    text = pl.when(pl.col("Tags").str.starts_with("{")).then(pl.col("Tags")).otherwise("{" + pl.col("Tags") + "}")
    queries = {
        "group": costs.group_by("ResourceGroup", "ChargeType").agg(cost.sum(), pl.len()),
        "tag": costs.group_by(text.str.json_path_match("$.env").alias("env")).agg(cost.sum(), pl.len()),
        "top50": costs.top_k(50, by=cost),
        "filter": costs.filter(pl.col("MeterCategory").str.to_lowercase().str.contains("storage", literal=True)
                               & (cost > 10)).select(pl.len(), cost.sum()),
    }
    for name, query in queries.items():
        engines = ["streaming", "in-memory"]
        results = [timed(lambda: query.collect(engine=engine)) for engine in engines]
        out[name + "_ms"], answer = min(results, key=lambda result: result[0])
        out[name] = str(answer.row(0)) if name == "filter" else answer.height
    out["peak_rss_mb"] = peak_mb()
    return out


def child(peer, file, table):
    arguments = [sys.executable, str(HERE), "--peer", peer, "--table", str(table)]
    if file:
        arguments += ["--file", str(file)]
    return json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--rows", type=int, default=1_000_000)
    p.add_argument("--file")
    p.add_argument("--folder", default="/tmp/costscope-bench")
    p.add_argument("--repeat", type=int, default=3)
    p.add_argument("--markdown", type=pathlib.Path)
    programs.add_arguments(p)
    p.add_argument("--peer", help=argparse.SUPPRESS)
    p.add_argument("--table", help=argparse.SUPPRESS)
    a = p.parse_args()
    if a.peer:
        print(json.dumps({"duckdb": run_duckdb, "polars": run_polars}[a.peer](a.file, a.table)))
        return
    programs.choose(a, "measure")
    folder = pathlib.Path(a.folder)
    folder.mkdir(parents=True, exist_ok=True)
    file = pathlib.Path(a.file) if a.file else sample(folder, a.rows)
    cache(file)
    best = {}
    for _ in range(a.repeat):
        runs = {"costscope": measure([file, folder / "costscope.parquet"])}
        for peer in ("duckdb", "polars"):
            runs[peer] = child(peer, file, folder / f"{peer}.parquet")
            runs[peer].update(child(peer, None, folder / f"{peer}.parquet"))
        for name, values in runs.items():
            for key, value in values.items():
                known = best.setdefault(name, {}).get(key)
                keep = isinstance(value, (int, float)) and known is not None
                best[name][key] = min(known, value) if keep else value
    report(file, folder, best)
    answered = whole_commands.rows(programs.costscope(), file, folder, a.repeat)
    if a.markdown:
        a.markdown.write_text(f"{markdown(best)}\n{whole_commands.markdown(answered)}")


def sample(folder, rows):
    file = folder / f"sample-{rows}.csv"
    if not file.exists():
        subprocess.run([programs.costscope(), "sample", "--rows", str(rows), "--out", str(file)], check=True)
    return file


def cache(file):
    """Into the page cache, for all of them."""
    with file.open("rb") as source:
        while source.read(1 << 24):
            pass


def markdown(best):
    """The table of the manual: conversion and questions, each with the Parquet file of its own program."""
    names = ["costscope", "duckdb", "polars"]
    lines = ["| | costscope | DuckDB | polars |", "|---|---|---|---|"]
    cells = [f"{best[name]['convert_s']:.1f} s, {best[name]['convert_rss_mb']:,.0f} MB" for name in names]
    lines.append("| " + " | ".join(["CSV to Parquet (costscope: checked and summed twice)", *cells]) + " |")
    titles = ["group by resource group and charge type", "group by tag `env`", "50 most expensive rows, all columns",
              "filter `service ~ storage and cost > 10`"]
    for title, question in zip(titles, QUESTIONS):
        cells = [best[name][f"{question}_ms"] for name in names]
        lines.append("| " + " | ".join([title, *(f"{ms:.1f} ms" if ms < 100 else f"{ms:.0f} ms" for ms in cells)]) + " |")
    return "\n".join(lines) + "\n"


def readers(table):
    """What others read in the table that costscope wrote."""
    import duckdb, polars as pl
    costs = pl.scan_parquet(table)
    one = costs.select(pl.len(), pl.col("CostInBillingCurrency").sum()).collect().row(0)
    two = duckdb.sql(f"SELECT count(*), sum(CostInBillingCurrency) FROM read_parquet('{table}')").fetchall()[0]
    kinds = duckdb.sql(f"DESCRIBE SELECT \"Date\", CostInBillingCurrency, ResourceGroup FROM read_parquet('{table}')")
    print("polars reads the table:", one, "DuckDB:", two, "types:", [kind[1] for kind in kinds.fetchall()])


def report(file, folder, best):
    ours, duck, pol = best["costscope"], best["duckdb"], best["polars"]
    print(f"{file}: {file.stat().st_size / 1e6:.0f} MB, {ours['rows']} rows, total {ours['total']}")
    print(f"{'':14}{'costscope':>11}{'DuckDB':>11}{'polars':>11}{'to DuckDB':>11}{'to polars':>11}")
    keys = [("convert s", "convert_s"), ("  peak RSS MB", "convert_rss_mb")]
    keys += [(f"{name} ms", f"{name}_ms") for name in QUESTIONS]
    for title, key in keys:
        a, b, c = ours[key], duck[key], pol[key]
        print(f"{title:14}{a:11.2f}{b:11.2f}{c:11.2f}{a / b:11.2f}{a / c:11.2f}")
    for name in QUESTIONS:
        # What costscope takes where polars answers in it, and where both engines answer.
        for title, key in ((f"{name} by polars", f"polars_{name}_ms"), (f"{name} --verify", f"verify_{name}_ms")):
            if key in ours:
                a, b, c = ours[key], duck[f"{name}_ms"], pol[f"{name}_ms"]
                print(f"{title:18}{a:7.2f}{b:11.2f}{c:11.2f}{a / b:11.2f}{a / c:11.2f}")
    if "sql_group_ms" in ours:
        a, b, c = ours["sql_group_ms"], duck["group_ms"], pol["group_ms"]
        print(f"{'group in SQL':18}{a:7.2f}{b:11.2f}{c:11.2f}{a / b:11.2f}{a / c:11.2f}")
    sizes = {name: (folder / f"{name}.parquet").stat().st_size / 1e6 for name in best}
    print(f"{'Parquet MB':14}" + "".join(f"{sizes[name]:11.1f}" for name in ("costscope", "duckdb", "polars")))
    print("answers to the filter:", ours["filter"], duck["filter"], pol["filter"])
    readers(folder / "costscope.parquet")


if __name__ == "__main__":
    main()
