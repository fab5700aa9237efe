#!/usr/bin/env python3
"""Compare an actual and an amortized cost file with costscope, DuckDB and polars in the same run, and print times and ratios.

usage: pairs.py ACTUAL.csv AMORTIZED.csv [--folder DIR] [--repeat N] [--binary PATH] [--examples DIR]

Needs what peers.py needs. Every program converts both files to its own Parquet files and makes the bridge from those: as a
whole, by resource group and by resource, with the 50 largest differences. Times are medians inside a process; each
measurement is a process of its own, the best of --repeat is shown. `compare s` is costscope's whole command by resource,
from start to end, with all checks of the pair.
"""
import argparse, json, pathlib, subprocess, sys, time

import programs
from peers import cache, peak_mb, run_duckdb, run_polars, timed
from programs import measure

HERE = pathlib.Path(__file__).resolve()
KEYS = {"bridge": None, "bridge_by_group": "ResourceGroup", "bridge_by_resource": "ResourceId"}
STEPS = ["purchases", "usage", "unused_reservation", "unused_savings_plan", "residual"]


def ask_duckdb(tables):
    import duckdb, os
    con = duckdb.connect()
    con.execute(f"SET threads = {os.cpu_count()}")
    both = " UNION ALL ".join(f"SELECT {side} AS amortized, * FROM read_parquet('{table}')"
                              for side, table in enumerate(tables))
    rows = f"""SELECT *, BillingCurrencyCode AS currency, CASE WHEN amortized = 1 THEN CostInBillingCurrency
            ELSE -CostInBillingCurrency END AS cost, CASE WHEN PublisherType = 'Marketplace' OR NOT (
                replace(PricingModel, ' ', '') IN ('Reservation', 'SavingsPlan') OR (coalesce(PricingModel, '') = '' AND (
                coalesce(ReservationId, '') <> '' OR coalesce(benefitId, '') <> '' OR starts_with(ChargeType, 'Unused'))))
            THEN 'residual' WHEN amortized = 0 AND ChargeType IN ('Purchase', 'Refund') THEN 'purchases'
            WHEN amortized = 1 AND ChargeType = 'UnusedReservation' THEN 'unused_reservation'
            WHEN amortized = 1 AND ChargeType = 'UnusedSavingsPlan' THEN 'unused_savings_plan' ELSE 'usage' END AS step
        FROM ({both})"""
    steps = ", ".join(f"sum(cost) FILTER (step = '{step}') AS {step}" for step in STEPS)
    out = {}
    for name, key in KEYS.items():
        keys = f"lower({key})" if key else "''"
        sql = f"""SELECT {keys} AS key, currency, sum(cost) AS difference, {steps}, count(*) FROM ({rows})
            GROUP BY key, currency ORDER BY abs(difference) DESC LIMIT 50"""
        out[name + "_ms"], answer = timed(lambda: con.execute(sql).fetchall())
        out[name] = str(answer[0][2])
    out["peak_rss_mb"] = peak_mb()
    return out


def ask_polars(tables):
    import polars as pl
    sides = [pl.scan_parquet(table).with_columns(amortized=pl.lit(side)) for side, table in enumerate(tables)]
    column, charge, amortized = pl.col, pl.col("ChargeType"), pl.col("amortized") == 1
    blank = lambda name: column(name).fill_null("") == ""
    benefit = (column("PublisherType") != "Marketplace") & (
        column("PricingModel").str.replace_all(" ", "", literal=True).is_in(["Reservation", "SavingsPlan"])
        | (blank("PricingModel") & (~blank("ReservationId") | ~blank("benefitId") | charge.str.starts_with("Unused"))))
    step = (pl.when(~benefit.fill_null(False)).then(pl.lit("residual"))
            .when(~amortized & charge.is_in(["Purchase", "Refund"])).then(pl.lit("purchases"))
            .when(amortized & (charge == "UnusedReservation")).then(pl.lit("unused_reservation"))
            .when(amortized & (charge == "UnusedSavingsPlan")).then(pl.lit("unused_savings_plan"))
            .otherwise(pl.lit("usage")))
    cost = column("CostInBillingCurrency")
    rows = pl.concat(sides).with_columns(step=step, cost=pl.when(amortized).then(cost).otherwise(-cost))
    sums = [column("cost").filter(column("step") == name).sum().alias(name) for name in STEPS]
    out = {}
    for name, key in KEYS.items():
        keys = [column(key).str.to_lowercase().alias("key")] if key else [pl.lit("").alias("key")]
        query = (rows.group_by(*keys, "BillingCurrencyCode").agg(column("cost").sum().alias("difference"), *sums, pl.len())
                 .top_k(50, by=column("difference").abs()))
        results = [timed(lambda: query.collect(engine=engine)) for engine in ("streaming", "in-memory")]
        out[name + "_ms"], answer = min(results, key=lambda result: result[0])
        out[name] = str(answer["difference"][0])
    out["peak_rss_mb"] = peak_mb()
    return out


def child(peer, tables, files=()):
    arguments = [sys.executable, str(HERE), "--peer", peer, *map(str, tables)]
    for file in files:
        arguments += ["--convert", str(file)]
    return json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)


def whole_command(tables):
    """The command by resource, as somebody types it, and its peak of memory."""
    command = [programs.costscope(), "compare", *tables, "--group-by", "resource", "--top", "50", "--format", "json"]
    start = time.perf_counter()
    found = json.loads(subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True).stdout)
    return {"compare_s": time.perf_counter() - start, "difference": found["currencies"][0]["difference"]}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("pair", nargs=2, type=pathlib.Path)
    p.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("/tmp/costscope-bench"))
    p.add_argument("--repeat", type=int, default=3)
    programs.add_arguments(p)
    p.add_argument("--peer", help=argparse.SUPPRESS)
    p.add_argument("--convert", action="append", help=argparse.SUPPRESS)
    a = p.parse_args()
    if a.peer:
        for file, table in zip(a.convert or [], a.pair):
            {"duckdb": run_duckdb, "polars": run_polars}[a.peer](file, table)
        print(json.dumps({} if a.convert else {"duckdb": ask_duckdb, "polars": ask_polars}[a.peer](a.pair)))
        return
    programs.choose(a, "measure")
    a.folder.mkdir(parents=True, exist_ok=True)
    tables = {name: [a.folder / f"{name}-{side}.parquet" for side in ("actual", "amortized")]
              for name in ("costscope", "duckdb", "polars")}
    for file, table in zip(a.pair, tables["costscope"]):
        measure([file, table])
    for peer in ("duckdb", "polars"):
        child(peer, tables[peer], a.pair)
    for table in sum(tables.values(), []):
        cache(table)
    best = {}
    for _ in range(a.repeat):
        one, other = tables["costscope"]
        runs = {"costscope": measure([one, one, other]) | whole_command(tables["costscope"])}
        runs |= {peer: child(peer, tables[peer]) for peer in ("duckdb", "polars")}
        for name, values in runs.items():
            for key, value in values.items():
                known = best.setdefault(name, {}).get(key)
                keep = isinstance(value, (int, float)) and known is not None
                best[name][key] = min(known, value) if keep else value
    ours, duck, pol = best["costscope"], best["duckdb"], best["polars"]
    print(f"{'':20}{'costscope':>11}{'DuckDB':>11}{'polars':>11}{'to DuckDB':>11}{'to polars':>11}")
    for name in KEYS:
        x, y, z = (runs[name + "_ms"] for runs in (ours, duck, pol))
        print(f"{name + ' ms':20}{x:11.1f}{y:11.1f}{z:11.1f}{x / y:11.2f}{x / z:11.2f}")
    print(f"{'peak RSS MB':20}" + "".join(f"{runs['peak_rss_mb']:11}" for runs in (ours, duck, pol)))
    print(f"{'compare s':20}{ours['compare_s']:11.2f}")
    print("the difference:", ours["difference"], "DuckDB:", duck["bridge"], "polars:", pol["bridge"])


if __name__ == "__main__":
    main()
