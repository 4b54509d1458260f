"""Nothing in the package can make code of data, but where it runs a plugin that its user names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import synact_bench

PACKAGE = Path(synact_bench.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
BUILTINS = {"eval", "exec", "compile", "__import__"}
"""Called by name alone: ``model.eval()`` is another."""
CALLS = {
    *("pickle.load", "pickle.loads", "pickle.Unpickler", "dill.load", "dill.loads"),
    *("cloudpickle.load", "cloudpickle.loads", "marshal.load", "marshal.loads", "shelve.open"),
    *("joblib.load", "pandas.read_pickle", "pd.read_pickle", "yaml.load", "yaml.unsafe_load"),
    *("yaml.full_load", "os.system", "os.popen", "os.startfile", "runpy.run_path"),
    *("runpy.run_module", "importlib.import_module", "shutil.unpack_archive", "torch.jit.load"),
    *("torch.hub.load", "importlib.util.spec_from_file_location", "torch.load", "np.load"),
    *("numpy.load", "np.fromfile", "np.memmap", "scipy.io.loadmat", "plistlib.load", "csv.reader"),
    *("xml.etree.ElementTree.parse", "ElementTree.fromstring", "shutil.unpack_archive"),
}
"""What makes code of data, and readers of formats that nothing here is read in: those are
safetensors, GGUF, Parquet, JSON, TOML and plain text."""
MODULES_REFUSED = {
    *("pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib", "yaml", "xml"),
    *("code", "runpy"),
}
SAFE = {"shell": False, "allow_pickle": False, "trust_remote_code": False, "weights_only": True}
"""Arguments that may be left out or said to be so, whatever is called."""
METHODS = {"extractall", "extract", "exec_module", "load_module", "read_pickle"}
"""Of any object."""
ALLOWED = {
    # A plugin that the user names, and our own modules by names that stand in the code.
    ("generators/discovery.py", "importlib.import_module"),
    ("generators/discovery.py", "exec_module"),
    ("cli/__init__.py", "importlib.import_module"),
    ("core/declarations.py", "importlib.import_module"),
    ("__init__.py", "importlib.import_module"),
    # A plugin's own object, pickled in the same line.
    ("testing/rules/side_effects.py", "pickle.loads"),
    ("testing/rules/side_effects.py", "import of pickle"),
}


def forbidden(tree: ast.AST) -> Iterator[str]:
    """Calls that could run what they are given."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (
                name for each in node.names if (name := f"{node.module}.{each.name}") in CALLS
            )
        yield from (f"import of {each}" for each in _imported(node) if each in MODULES_REFUSED)
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        given = {each.arg: each.value for each in node.keywords}
        if called in CALLS or (isinstance(node.func, ast.Name) and called in BUILTINS):
            yield called
        if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            yield node.func.attr
        for name, safe in SAFE.items():
            if name in given and not _is(given[name], safe):
                yield f"{name} other than {safe}"
        if called.startswith("subprocess.") and not _is_list(node):
            yield "subprocess of a text"


def _imported(node: ast.AST) -> set[str]:
    """The packages that a statement imports from."""
    if isinstance(node, ast.ImportFrom):
        return {(node.module or "").partition(".")[0]}
    if isinstance(node, ast.Import):
        return {each.name.partition(".")[0] for each in node.names}
    return set()


def _is(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _is_list(call: ast.Call) -> bool:
    """Whether it is given a list, or a name: of a text a shell could be made."""
    return bool(call.args) and isinstance(call.args[0], ast.List | ast.Name)


def test_no_module_makes_code_of_data() -> None:
    found = {
        (path.relative_to(PACKAGE).as_posix(), each)
        for path in MODULES
        for each in forbidden(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found - ALLOWED == set()
    assert ALLOWED - found == set(), "allowed and no longer there"


@pytest.mark.parametrize(
    "code",
    [
        *("eval('1')", "exec(text)", "compile(text, '', 'exec')", "__import__(name)"),
        *("pickle.load(file)", "from pickle import loads", "yaml.load(text)", "os.system('x')"),
        *("torch.load(path)", "torch.load(path, weights_only=True)", "np.load(path)"),
        *("from torch import load", "import pickle", "import yaml", "from xml import sax"),
        *("np.load(path, allow_pickle=True)", "archive.extractall(folder)"),
        *("subprocess.run('x', shell=True)", "subprocess.run(['x'], shell=shell)"),
        *("subprocess.run('x y')", "load_dataset(name, trust_remote_code=True)"),
        *("AutoModel.from_pretrained(place, trust_remote_code=asked)",),
    ],
)
def test_the_search_finds_what_it_looks_for(code: str) -> None:
    assert list(forbidden(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        *("model.eval()", "re.compile('a')", "safetensors.torch.load(content)"),
        *("subprocess.run(['git'], check=False)", "json.loads(text)", "import json"),
    ],
)
def test_the_search_leaves_the_rest(code: str) -> None:
    assert not list(forbidden(ast.parse(code)))
