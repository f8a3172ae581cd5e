"""One run of a command, medians of several, and tables of them."""
import json
import os
import statistics
import time


class Run:
    """What a run took: seconds on the clock and of the processor, peak memory in MiB, and its exit."""

    def __init__(self, wall, cpu, mib, code):
        self.wall, self.cpu, self.mib, self.code = wall, cpu, mib, code


def once(command):
    start = time.monotonic()
    pid = os.fork()
    if pid == 0:
        null = os.open("/dev/null", os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        os.execv(command[0], command)
    _, status, usage = os.wait4(pid, 0)
    return Run(time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status))


def median(runs):
    """Medians of the times, the most memory, the exit if all are equal, else all of them."""
    codes = sorted({run.code for run in runs})
    return Run(statistics.median(r.wall for r in runs), statistics.median(r.cpu for r in runs),
               max(r.mib for r in runs), codes[0] if len(codes) == 1 else ",".join(map(str, codes)))


def several(command, times):
    return median([once(command) for _ in range(times)])


def built(dync, text, scratch, times=1, command="build"):
    """Builds a network, which includes verification, or fits it; the run and its report, None if it made none."""
    path, out = os.path.join(scratch, "net.dyn"), os.path.join(scratch, "out")
    report = os.path.join(out, "net.report.json")
    with open(path, "w") as file:
        file.write(text)
    os.makedirs(out, exist_ok=True)
    if os.path.exists(report):
        os.remove(report)
    run = several([dync, command, path, "-q"] + (["-o", out] if command == "build" else ["--report", report]), times)
    if run.code or not os.path.exists(report):
        return run, None
    with open(report) as file:
        return run, json.load(file)


def table(title, heads, rows):
    """Rows of text and numbers under their heads, as wide as they need to be."""
    cells = [[cell if isinstance(cell, str) else "" if cell is None else "%d" % cell if isinstance(cell, int) else "%.3f" % cell
              for cell in row] for row in rows]
    width = [max(len(row[i]) for row in cells + [heads]) for i in range(len(heads))]
    print("\n" + title)
    for row in [heads] + cells:
        print("  ".join(cell.ljust(width[i]) if i == 0 else cell.rjust(width[i]) for i, cell in enumerate(row)).rstrip(), flush=True)


def ratio(a, b):
    return a / b if b else None
