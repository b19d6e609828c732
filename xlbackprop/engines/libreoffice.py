"""LibreOffice Calc: a whole office program, run with a profile of its own, so several can run at once.

It writes 15 digits, and takes a difference that is tiny beside its operands (some 1e-15 of them) for 0.
"""

from functools import partial
from pathlib import Path

from xlbackprop.engines.program import converted, version_of
from xlbackprop.engines.values import Engine, Values

PROGRAM = "soffice"

# Without OOXMLRecalcMode 0 ("always") LibreOffice believes what a file by "Microsoft Excel" has saved.
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
</item>
</oor:items>
"""


def recalculate(path: Path) -> Values:
    """Every value as LibreOffice calculates it."""
    return converted(path, PROGRAM, _arguments)


def _arguments(book: Path, out: Path) -> list[str]:
    """Convert `book` to `out`, which has the same name, with a profile beside it."""
    profile = out.parent.with_name("profile")
    settings = profile / "user" / "registrymodifications.xcu"
    settings.parent.mkdir(parents=True)
    settings.write_text(PROFILE, encoding="utf-8")
    return [
        f"-env:UserInstallation={profile.as_uri()}",
        "--headless",
        "--norestore",
        "--convert-to",
        "xlsx",
        "--outdir",
        str(out.parent),
        str(book),
    ]


ENGINE = Engine("libreoffice", partial(version_of, PROGRAM), recalculate)
