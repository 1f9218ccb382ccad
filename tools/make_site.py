"""Makes the site of the course in ``build/site``, from the committed notebooks, without a network.

    make site                                 in an environment of its own, which it makes
    python tools/make_site.py --requirements  says what that environment needs

What Sphinx reads is a folder of copies, ``build/site-source``: the first cell, which is for Colab,
is left out, and links to files that are not on the site lead to the repository. At the end every
link inside the site is followed, and nothing may be left that a reader's browser would fetch
elsewhere.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "site-source"
SITE = ROOT / "build" / "site"
SHOWN = (
    "notebooks/*.ipynb", "exercises/*.ipynb", "solutions/*.ipynb", "docs/*.md", "docs/*.png",
    "docs/*.svg", "docs/glossary/*.png", "*.md",
)  # fmt: skip
LINK = re.compile(r"(\]\()((?!\w+:|#)[^)\s#]+)")
FETCHING = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
HARMLESS_RELATIONS = {"canonical", "search", "author", "license", "next", "prev", "index"}


def project() -> dict:
    """Returns what pyproject.toml says of the project."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def gather() -> None:
    """Copies what the site shows, with links that lead somewhere from there."""
    shutil.rmtree(BUILD, ignore_errors=True)
    files = sorted({path for pattern in SHOWN for path in ROOT.glob(pattern)})
    names = {path.relative_to(ROOT).as_posix() for path in files}
    for path in files:
        target = BUILD / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".ipynb":
            notebook = json.loads(path.read_text("utf-8"))
            notebook["cells"] = [
                cell for cell in notebook["cells"] if "host" not in cell["metadata"].get("tags", [])
            ]
            for cell in notebook["cells"]:
                if cell["cell_type"] == "markdown":
                    source = "".join(cell["source"])
                    cell["source"] = lead_on(source, path.relative_to(ROOT), names)
            target.write_text(json.dumps(notebook), "utf-8")
        elif path.suffix == ".md":
            text = path.read_text("utf-8")
            target.write_text(lead_on(text, path.relative_to(ROOT), names), "utf-8")
        else:
            shutil.copy(path, target)
    shutil.copy(ROOT / "docs" / "site" / "index.md", BUILD)


def lead_on(text: str, place: Path, names: set[str]) -> str:
    """Returns Markdown whose links to what the site does not hold lead to the repository.

    Args:
        text: the Markdown.
        place: of its file, from the repository's folder.
        names: of the files that the site holds.
    """

    def lead(found: re.Match) -> str:
        name = os.path.normpath(place.parent / found[2]).replace(os.sep, "/")
        if name in names or not (ROOT / name).exists():
            return found[0]
        return f"{found[1]}{project()['urls']['Source']}/tree/main/{name}"

    return LINK.sub(lead, text)


class Page(HTMLParser):
    """What a page links to, fetches and offers as a target.

    Attributes:
        links: addresses that a reader may follow.
        fetched: addresses that a browser loads by itself.
        targets: identities of its parts.
        pictures: alternative text of each picture, None where there is none.
    """

    def __init__(self, text: str):
        """Reads the page."""
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.targets: set[str] = set()
        self.pictures: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes a tag."""
        named = dict(attrs)
        for key in ("id", "name"):
            if named.get(key):
                self.targets.add(str(named[key]))
        if tag == "a" and named.get("href"):
            self.links.append(str(named["href"]))
        address = named.get(FETCHING.get(tag, ""))
        if address and not (tag == "link" and named.get("rel") in HARMLESS_RELATIONS):
            self.fetched.append(address)
        if tag == "img":
            self.pictures.append((str(named.get("src")), named.get("alt")))


def complaints(site: Path) -> list[str]:
    """Follows every link inside a site; returns a sentence for each that leads nowhere."""
    files = [path for path in sorted(site.rglob("*.html")) if "_static" not in path.parts]
    pages = {path.resolve(): Page(path.read_text("utf-8")) for path in files}
    found = []
    for path, page in pages.items():
        name = path.relative_to(site.resolve()).as_posix()
        for address in page.fetched:
            if urlsplit(address).scheme not in ("", "data") or urlsplit(address).netloc:
                found.append(f"{name}: a browser would fetch {address}")
        for address in page.links + page.fetched:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = path if not parts.path else (path.parent / unquote(parts.path)).resolve()
            target = target / "index.html" if target.is_dir() else target
            if not target.exists():
                found.append(f"{name}: {address} leads nowhere")
            elif target in pages and unquote(parts.fragment) not in {"", *pages[target].targets}:
                found.append(f"{name}: {address} has no such part")
        for source, text in page.pictures:
            if not text or text.endswith((".png", ".svg")):
                found.append(f"{name}: {source} has no alternative text")
    return found


def main() -> None:
    """Makes the site, or says what it needs; ends with 1 where a link leads nowhere."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requirements", action="store_true")
    if parser.parse_args().requirements:
        print("\n".join(project()["optional-dependencies"]["site"]))
        return
    gather()
    shutil.rmtree(SITE, ignore_errors=True)
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going"]
    command += ["-b", "html", "-c", str(ROOT / "docs" / "site"), str(BUILD), str(SITE)]
    built = subprocess.run(command, cwd=ROOT)
    found = complaints(SITE)
    print("\n".join(found))
    if built.returncode or found:
        sys.exit("The site is in build/site, but see above.")
    print("The site is in build/site: every link inside it leads on.")


if __name__ == "__main__":
    main()
