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
    *("torch.hub.load", "importlib.util.spec_from_file_location"),
}
SAFE = {"shell": False, "allow_pickle": False, "trust_remote_code": False, "weights_only": True}
"""Arguments that may be left out or said to be so, whatever is called."""
METHODS = {"extractall", "exec_module", "load_module"}
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
}


def forbidden(tree: ast.AST) -> Iterator[str]:
    """Calls that could run what they are given."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (
                name for each in node.names if (name := f"{node.module}.{each.name}") in CALLS
            )
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        given = {each.arg: each.value for each in node.keywords}
        if called in CALLS or (isinstance(node.func, ast.Name) and called in BUILTINS):
            yield called
        if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            yield node.func.attr
        if called == "torch.load" and not _is(given.get("weights_only"), True):
            yield "torch.load without weights_only"
        for name, safe in SAFE.items():
            if name in given and not _is(given[name], safe):
                yield f"{name} other than {safe}"
        if called.startswith("subprocess.") and not _is_list(node):
            yield "subprocess of a text"


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
        *("torch.load(path)", "torch.load(path, weights_only=False)"),
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
        *("model.eval()", "re.compile('a')", "torch.load(path, weights_only=True)"),
        *("subprocess.run(['git'], check=False)", "json.loads(text)", "np.load(path)"),
    ],
)
def test_the_search_leaves_the_rest(code: str) -> None:
    assert not list(forbidden(ast.parse(code)))
