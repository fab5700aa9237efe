"""Measures a program: its seconds, the peak of its memory in MB, and its seconds of processor time.

The peak that the system reports for a program begins with that of the process that started it. So this file is started
in between: it is small, and starts the program.
"""
import os, pathlib, subprocess, sys, time

HERE = pathlib.Path(__file__).resolve()


def start(command, **options):
    """Starts a command; its standard output is that of the process."""
    report, told = os.pipe()
    arguments = [sys.executable, "-I", "-S", str(HERE), str(told), *map(str, command)]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, pass_fds=[told], **options)
    os.close(told)
    process.report = report
    return process


def ended(process):
    """What was measured of a command whose output was read; a command that failed ends the benchmark."""
    with open(process.report) as report:
        numbers = report.read().split()
    if process.wait() != 0 or len(numbers) != 3:
        sys.exit(f"{' '.join(process.args[5:])}: exit code {process.returncode}")
    return [float(number) for number in numbers]


def of_this_process():
    """The peak of the memory of this process alone, in MB."""
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def measure(told, command):
    start = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(process, 0)
    seconds = time.perf_counter() - start
    numbers = [seconds, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime]
    os.write(told, " ".join(map(str, numbers)).encode())
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(measure(int(sys.argv[1]), sys.argv[2:]))
