#!/usr/bin/env python3
"""Measure costscope alone from a hundred thousand rows to fifty million, and print a table: waits, memory, disk.

usage: scale.py [--rows N,N,...] [--folder DIR] [--binary PATH] [--examples DIR]

Needs `cargo build --release --examples --bins` (see programs.py). A file is written a million rows at a time and removed
after it was measured. 50,000,000 rows need 40 GB of disk for a while. "first" is when the first resource group of an open file is on a
screen of 80x24, "ready" when the overview of the whole file is; both count from the start of the program, and the file
is in the page cache as far as that holds it. "MB" is the peak of memory, of `open` until it is ready, and of the
questions. Keys are pressed in `--example keys` at 200x50; 99 of 100 were answered in that time while the file was read,
and while queries ran. "compare" is the bridge by resource group with the amortized rows of the same seed.
"""
import argparse, fcntl, json, os, pathlib, pty, select, shutil, struct, subprocess, sys, termios, time

import programs
from programs import measure

PIECE = 1_000_000
QUESTIONS = ["group", "tag", "top50", "filter"]


def write(path, rows, metric):
    """Rows of several seeds in one file."""
    piece = path.with_suffix(".piece")
    with path.open("wb") as whole:
        for number, start in enumerate(range(0, rows, PIECE)):
            count = str(min(PIECE, rows - start))
            subprocess.run([programs.costscope(), "sample", "--rows", count, "--metric", metric,
                            "--seed", str(7 + number), "--out", piece], check=True, stderr=subprocess.DEVNULL)
            with piece.open("rb") as source:
                header = source.readline()
                whole.write(header if number == 0 else b"")
                shutil.copyfileobj(source, whole, 1 << 24)
            piece.unlink()


def opened(file, home):
    """Seconds until the first rows and until the overview, and the peak of memory in MB."""
    screen, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {**os.environ, "COSTSCOPE_DATA_DIR": str(home), "TERM": "xterm-256color"}
    start = time.perf_counter()
    process = subprocess.Popen([programs.costscope(), "open", file], stdin=terminal, stdout=terminal, stderr=terminal,
                               env=environment, start_new_session=True)
    os.close(terminal)
    waits, seen = {}, b""
    while len(waits) < 2 and time.perf_counter() - start < 900:
        if select.select([screen], [], [], 1)[0]:
            seen = (seen + os.read(screen, 65536))[-200_000:]
        for name, words in (("first", b"rg-"), ("ready", b"[0 Overview]")):
            if name not in waits and words in seen:
                waits[name] = time.perf_counter() - start
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0]) // 1024
    process.terminate()
    while process.poll() is None:
        if select.select([screen], [], [], 0.2)[0]:
            try:
                os.read(screen, 65536)
            except OSError:
                break
    process.wait(30)
    os.close(screen)
    return waits.get("first"), waits.get("ready"), peak


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--rows", default="100000,1000000,10000000,50000000")
    p.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("/tmp/costscope-bench"))
    programs.add_arguments(p)
    a = p.parse_args()
    programs.choose(a, "measure", "keys")
    a.folder.mkdir(parents=True, exist_ok=True)
    heads = ["rows", "CSV MB", "first s", "ready s", "MB", "table MB", *(f"{name} ms" for name in QUESTIONS), "MB",
             "compare ms", "key reading ms", "key asking ms"]
    print("| " + " | ".join(heads) + " |\n" + "|---" * len(heads) + "|")
    for rows in map(int, a.rows.split(",")):
        file, actual, amortized = (a.folder / name for name in ("scale.csv", "actual.parquet", "amortized.parquet"))
        write(file, rows, "amortized")
        measure([file, amortized])
        write(file, rows, "actual")
        size = file.stat().st_size / 1e6
        home = a.folder / "scale-home"
        shutil.rmtree(home, ignore_errors=True)
        first, ready, peak = opened(file, home)
        shutil.rmtree(home, ignore_errors=True)
        keys = json.loads(subprocess.run([programs.example("keys"), file], check=True, capture_output=True).stdout)
        measure([file, actual])
        file.unlink()
        asked = measure([actual, actual])
        pair = measure([actual, actual, amortized])
        line = [f"{rows:,}", f"{size:,.0f}", f"{first:.2f}", f"{ready:.2f}", str(peak),
                f"{actual.stat().st_size / 1e6:.1f}", *(f"{asked[name + '_ms']:.1f}" for name in QUESTIONS),
                str(asked["peak_rss_mb"]), f"{pair['bridge_by_group_ms']:.0f}",
                *(f"{keys[work]['p99_ms']:.1f}" if "p99_ms" in keys[work] else "" for work in ("while_reading", "while_asking"))]
        print("| " + " | ".join(line) + " |", flush=True)
        actual.unlink()
        amortized.unlink()


if __name__ == "__main__":
    main()
