"""How Sphinx makes the site; ``tools/make_site.py`` calls it on a folder of copies.

Nothing is fetched, neither now nor by a reader's browser: formulas become MathML, and outputs are
those that are committed.
"""

import base64
import hashlib
import json
import re
import tomllib
from pathlib import Path

import latex2mathml.converter
from docutils import nodes
from sphinx.application import Sphinx

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]["urls"][
    "Source"
]
VERSION = re.search(
    r'__version__ = "(.+)"', (REPOSITORY / "lessons_lib" / "__init__.py").read_text("utf-8")
)[1]

project = "unet-lessons"
author = "The unet-lessons authors"
copyright = "The unet-lessons authors, text and pictures CC BY 4.0"
version = release = VERSION
language = "en"

extensions = ["myst_nb"]
exclude_patterns = ["**/.ipynb_checkpoints"]
nb_execution_mode = "off"  # what is committed is shown
nb_ipywidgets_js = {}
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 4
suppress_warnings = ["myst.header", "mystnb.mime_priority"]

html_theme = "sphinx_book_theme"
html_title = "Image segmentation with a U-Net"
html_static_path = ["_static"]
html_css_files = ["lessons.css"]
html_math_renderer = "mathml"
html_show_sphinx = False
html_theme_options = {
    "repository_url": SOURCE,
    "repository_branch": f"v{VERSION}",
    "use_repository_button": True,
    "use_download_button": True,
    "launch_buttons": {
        "colab_url": "https://colab.research.google.com",
        "binderhub_url": "https://mybinder.org",
        "notebook_interface": "jupyterlab",
    },
    "show_navbar_depth": 1,
}


def give_alternative_text(app: Sphinx, doctree: nodes.document) -> None:
    """Gives the pictures of a notebook's outputs the alternative text that stands beside them."""
    path = Path(app.srcdir) / f"{app.env.docname}.ipynb"
    if not path.exists():
        return
    texts = {}
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            picture = output.get("data", {}).get("image/png")
            if picture:
                name = hashlib.sha256(base64.b64decode("".join(picture))).hexdigest()
                texts[name] = output.get("metadata", {}).get("image/png", {}).get("alt", "")
    for image in doctree.findall(nodes.image):
        file = Path(app.srcdir) / image["uri"].lstrip("/")
        name = hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else ""
        if texts.get(name):
            image["alt"] = texts[name]


def write_inline_formula(translator: nodes.NodeVisitor, node: nodes.math) -> None:
    """Writes a formula in a line."""
    translator.body.append(latex2mathml.converter.convert(node.astext()))
    raise nodes.SkipNode


def write_formula(translator: nodes.NodeVisitor, node: nodes.math_block) -> None:
    """Writes a formula on a line of its own."""
    translator.body.append(latex2mathml.converter.convert(node.astext(), display="block"))
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Tells Sphinx of these."""
    app.connect("doctree-read", give_alternative_text)
    app.add_html_math_renderer("mathml", (write_inline_formula, None), (write_formula, None))
