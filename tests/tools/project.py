"""What the checks share: the files of the project, and comments and strings blanked out."""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PRODUCT = ("compiler", "grammar", "mapper", "backend", "runtime")
GENERATED = ("/web/",)  # other people's minified files


def tracked():
    """Paths of all files that are or would be committed; without git, all that lie there."""
    try:
        git = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT,
                             capture_output=True, text=True)
        listed = git.stdout if git.returncode == 0 else ""
    except FileNotFoundError:
        listed = ""
    found = [path for path in listed.split("\n") if path]
    if found:
        return sorted(path for path in found if os.path.isfile(os.path.join(ROOT, path)))
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(set(folders) - {".git", "build"})
        found += [os.path.relpath(os.path.join(folder, name), ROOT) for name in names]
    return sorted(found)


def files(endings, folders=PRODUCT):
    return [path for path in tracked()
            if path.split("/")[0] in folders and path.endswith(tuple(endings))
            and not any(part in path for part in GENERATED)]


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def code_only(text):
    """C with comments, strings and character constants blanked, line breaks kept."""
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text,
                  flags=re.S)


def finish(name, findings, checked):
    """Prints the findings, one per line, and ends the program: 1 if there are any."""
    for finding in findings:
        print("%s: %s" % (name, finding))
    if not checked:
        findings = [name + ": nothing to check"]
        print(findings[0])
    print("%s: %d checked, %d findings" % (name, checked, len(findings)))
    sys.exit(1 if findings else 0)
