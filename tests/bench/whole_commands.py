"""Whole commands beside DuckDB and polars: one question about files of any form, answered by one process.

Part of peers.py. costscope is measured with its start, the others without: they report the time of the question alone.
Forms: the CSV file, the same packed with gzip, the same in 24 parts, and Parquet with typed columns as DuckDB wrote it and
with texts only as polars wrote it. costscope keeps nothing (`--no-cache`) but in the row `again`, which measures the
second `show` of a file that was opened before.
"""
import fcntl, gzip, json, os, pathlib, pty, shutil, struct, subprocess, sys, termios, threading, time

import peak

HERE = pathlib.Path(__file__).resolve()
PARTS = 24
COST = "CostInBillingCurrency"
KEYS = ["ResourceGroup", "ChargeType"]


def forms(file, folder):
    """The same rows in every form, made once."""
    made = {"CSV": [file]}
    packed = folder / f"{file.stem}.csv.gz"
    if not packed.exists():
        with file.open("rb") as source, gzip.open(packed, "wb", compresslevel=6) as target:
            shutil.copyfileobj(source, target, 1 << 22)
    made["gzip"] = [packed]
    parts = folder / f"{file.stem}-parts"
    if not parts.exists():
        split(file, parts)
    made[f"{PARTS} parts"] = sorted(parts.iterdir())
    typed, texts = folder / f"{file.stem}-typed.parquet", folder / f"{file.stem}-texts.parquet"
    if not typed.exists():
        import duckdb
        duckdb.execute(f"""COPY (SELECT * REPLACE (CAST({COST} AS DECIMAL(38,18)) AS {COST},
            strptime("Date", '%m/%d/%Y')::DATE AS "Date")
            FROM read_csv('{file}', all_varchar = true, header = true)) TO '{typed}' (FORMAT parquet)""")
    if not texts.exists():
        import polars
        polars.scan_csv(file, infer_schema=False).sink_parquet(texts)
    made["Parquet, typed"], made["Parquet, texts"] = [typed], [texts]
    return made


def split(file, parts):
    parts.mkdir()
    with file.open("rb") as source:
        header, size = source.readline(), file.stat().st_size
        for number in range(PARTS):
            lines = source.readlines(size // PARTS + 1)
            (parts / f"part_{number:02}.csv").write_bytes(header + b"".join(lines))


def ask(peer, files):
    """Answers in this process and returns seconds, memory and the number of groups."""
    names = [str(file) for file in files]
    is_text = not names[0].endswith(".parquet")
    start = time.perf_counter()
    if peer == "duckdb":
        import duckdb
        con = duckdb.connect()
        con.execute(f"SET threads = {os.cpu_count()}")
        start = time.perf_counter()
        source = f"read_csv({names}, all_varchar = true, header = true)" if is_text else f"read_parquet({names})"
        sql = f"SELECT {', '.join(KEYS)}, sum(CAST({COST} AS DECIMAL(38,18))), count(*) FROM {source} GROUP BY ALL"
        groups = len(con.execute(sql).fetchall())
    else:
        import polars as pl
        start = time.perf_counter()
        costs = pl.scan_csv(names, infer_schema=False) if is_text else pl.scan_parquet(names)
        cost = pl.col(COST).cast(pl.Decimal(38, 18)).sum()
        groups = costs.group_by(*KEYS).agg(cost, pl.len()).collect(engine="streaming").height
    seconds = time.perf_counter() - start
    print(json.dumps([seconds, peak.of_this_process(), groups]))


def theirs(peer, files):
    arguments = [sys.executable, str(HERE), peer, *map(str, files)]
    return json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)


def ours(binary, files, home, keep):
    home.mkdir(exist_ok=True)
    arguments = [binary, "show", *files, "--group-by", "resource-group,charge-type", "--format", "csv", "--top", "0"]
    arguments += [] if keep else ["--no-cache"]
    environment = {**os.environ, "COSTSCOPE_DATA_DIR": str(home)}
    process = peak.start(arguments, stderr=subprocess.DEVNULL, env=environment)
    lines = process.stdout.read().count(b"\n")
    seconds, memory, _ = peak.ended(process)
    return [seconds, memory, lines - 1]


def keep(binary, file, home):
    """Opens a file on a screen of its own until its table is kept."""
    screen, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {**os.environ, "COSTSCOPE_DATA_DIR": str(home), "TERM": "xterm-256color"}
    process = subprocess.Popen([binary, "open", str(file)], stdin=terminal, stdout=terminal, stderr=terminal,
                               env=environment, start_new_session=True)
    threading.Thread(target=drain, args=(screen,), daemon=True).start()
    until = time.monotonic() + 600
    while time.monotonic() < until and not any(home.glob("cache/**/*.parquet")):
        time.sleep(0.2)
    time.sleep(1)
    process.terminate()
    process.wait(20)


def drain(screen):
    try:
        while os.read(screen, 65536):
            pass
    except OSError:
        pass


def rows(binary, file, folder, repeat):
    """Prints a row for each form, and returns what was measured: of each form and program, seconds, MB and groups."""
    print(f"\n{'one question':16}{'costscope s':>12}{'MB':>6}{'DuckDB s':>10}{'MB':>6}{'polars s':>10}{'MB':>6}"
          f"{'to DuckDB':>11}{'to polars':>11}{'groups':>8}")
    answered = {}
    for name, files in forms(file, folder).items():
        answered[name] = show(name, [
            [ours(binary, files, folder / "home", False) for _ in range(repeat)],
            [theirs("duckdb", files) for _ in range(repeat)],
            [theirs("polars", files) for _ in range(repeat)],
        ])
    home = folder / "kept"
    shutil.rmtree(home, ignore_errors=True)
    keep(binary, file, home)
    answered["again"] = show("again", [[ours(binary, [file], home, True) for _ in range(repeat)]])
    return answered


def markdown(answered):
    """The same as the table of README and of the manual."""
    titles = {"CSV": "a CSV file", "gzip": "the same packed with gzip", f"{PARTS} parts": f"the same in {PARTS} parts",
              "Parquet, typed": "Parquet with types, as DuckDB writes it",
              "Parquet, texts": "Parquet with texts only, as polars writes it",
              "again": "the CSV file again, after it was opened"}
    lines = ["| one question about | costscope | DuckDB | polars |", "|---|---|---|---|"]
    for name, best in answered.items():
        cells = [f"{seconds:.2f} s, {memory:,.0f} MB" for seconds, memory, _ in best]
        cells += [""] * (3 - len(cells))
        lines.append("| " + " | ".join([titles[name], *cells]) + " |")
    return "\n".join(lines) + "\n"


def show(name, runs):
    best = [min(run) for run in runs]
    line = f"{name:16}" + "".join(f"{seconds:12.2f}{memory:6.0f}" if not at else f"{seconds:10.2f}{memory:6.0f}"
                                  for at, (seconds, memory, _) in enumerate(best))
    line += "".join(f"{best[0][0] / seconds:11.2f}" for seconds, _, _ in best[1:])
    groups = {groups for _, _, groups in best}
    print(f"{line}{'/'.join(str(number) for number in sorted(groups)):>8}")
    return best


if __name__ == "__main__":
    ask(sys.argv[1], sys.argv[2:])
