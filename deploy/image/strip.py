"""Takes out of an image what installs and shells, and out of an environment what never runs."""

import shutil
import sys
import sysconfig
from pathlib import Path

INSTALLERS = ("pip", "setuptools", "wheel", "pkg_resources", "ensurepip", "_distutils_hack")
UNUSED = ("fhir/resources/STU3", "sqlalchemy/testing")
COMMANDS = ("pip", "pip3", "pip3.*", "wheel", "easy_install*", "uv", "uvx")

DPKG = Path("/var/lib/dpkg")
LEFT_OVER = ("/usr/share/locale", "/usr/share/man", "/usr/share/info", "/var/cache", "/var/log")
UNNEEDED = Path(__file__).with_name("unneeded.txt")


def take_out(path: Path) -> None:
    """A file, a link or a whole folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def installers() -> None:
    """Nothing can be installed into a running container, and a scanner finds no old pip."""
    libraries = {Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")}
    libraries |= {Path(place) for place in sys.path if place.endswith("-packages")}
    for library in libraries:
        for name in INSTALLERS:
            for found in (*library.glob(name), *library.glob(f"{name}-*.*-info")):
                take_out(found)
    for folder in ("/usr/local/bin", "/usr/bin"):
        for name in COMMANDS:
            for found in Path(folder).glob(name):
                take_out(found)


def system() -> None:
    """Debian's packages that are not needed, and their names from the list that scanners read.

    None of their own scripts is run: the shell is one of them.
    """
    lines = UNNEEDED.read_text().splitlines()
    unneeded = {line for line in lines if line and not line.startswith("#")}
    lists = {path: path.name.removesuffix(".list") for path in DPKG.glob("info/*.list")}
    goes = {path for path, name in lists.items() if name.partition(":")[0] in unneeded}
    stays = {line for path in lists.keys() - goes for line in path.read_text().splitlines()}
    for path in goes:
        for line in path.read_text().splitlines():
            found = Path(line)
            if line not in stays and not found.is_dir():  # as /bin, a link to a folder
                found.unlink(missing_ok=True)
        for told in path.parent.glob(f"{lists[path]}.*"):
            told.unlink()
    for folder in map(Path, LEFT_OVER):
        for found in folder.glob("*"):
            take_out(found)
    stanzas = (DPKG / "status").read_text().split("\n\n")
    kept = [one for one in stanzas if _named(one) not in unneeded]
    (DPKG / "status").write_text("\n\n".join(kept))


def _named(stanza: str) -> str:
    head = stanza.lstrip().partition("\n")[0]
    return head.removeprefix("Package: ")


def environment(root: Path) -> None:
    """Tests, types and unused parts of other people's packages."""
    packages = next(root.glob("lib/python*/site-packages"))
    for name in UNUSED:
        take_out(packages / name)
    for found in sorted(packages.glob("*/**/tests"), reverse=True):
        if found.is_dir():
            take_out(found)
    for pattern in ("*.pyi", "*.pyx", "*.pxd", "*.c", "*.h"):
        for found in packages.rglob(pattern):
            take_out(found)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        environment(Path(sys.argv[1]))
    else:
        installers()
        system()
