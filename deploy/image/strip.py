"""Takes out of an image what installs packages, and out of an environment what never runs."""

import shutil
import sys
import sysconfig
from pathlib import Path

INSTALLERS = ("pip", "setuptools", "wheel", "pkg_resources", "ensurepip", "_distutils_hack")
UNUSED = ("fhir/resources/STU3", "sqlalchemy/testing")
COMMANDS = ("pip", "pip3", "pip3.*", "wheel", "easy_install*", "uv", "uvx")


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
    environment(Path(sys.argv[1])) if len(sys.argv) > 1 else installers()
