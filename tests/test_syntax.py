from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.syntax import canonical

CODE = '''
"""Top."""
from a import b as c

class Method(Base, kind=3):
    """A method."""
    scale: float = 0.5

    def fit(self, real, *, rng=None):
        "Learn."
        if not real > 1:
            return f"no {real!r:>{self.width}} left"
        return [x ** 2 for x in real if x is not None] + ["kept", b"raw", 10, True, 1e999]
'''

SAME = '''
from a import (  # a remark
    b as c,
)

class Method(
    Base,
    kind=0x3,
):
  """Another text."""

  scale: float = .50
  """About the scale."""

  def fit(self, real, *, rng=None):
    if not (real > 1): return f"no " f"{real!r:>{self.width}}" u" left"
    return [(x**2) for x in real if x is not None] + ['kept', b'raw', 1_0, True, 1e999]
'''


def of(code: str) -> str:
    return canonical(ast.parse(code))


def test_layout_comments_and_docstrings_do_not_change_it():
    assert of(CODE) == of(SAME)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0.5", "0.25"),
        ("kind=3", "sort=3"),
        ("**", "*"),
        ("is not None", "is None"),
        ("not real > 1", "real > 1"),
        ("> 1", ">= 1"),
        ("> 1", "> True"),
        ("kept", "lost"),
        ('b"raw"', '"raw"'),
        ("10", "10.0"),
        ("True", "None"),
        ("1e999", "inf"),
        ("!r", "!s"),
        (":>{", ":<{"),
        (" left", " right"),
        ("fit", "fitted"),
        ("*, rng", "rng"),
        ("as c", "as d"),
        ("from a", "from .a"),
        (": float", ""),
        ("(Base, ", "("),
    ],
)
def test_whatever_changes_what_code_does_changes_it(old, new):
    assert CODE.count(old) >= 1
    assert of(CODE.replace(old, new, 1)) != of(CODE)


def test_it_is_the_same_text_under_every_python():
    code = (
        '@d\ndef f(x, /, *, y=None):\n    "doc"\n    z: int = x + 255\n    return f"{z:.1f} µ", "µ"'
    )
    assert of(code) == (
        "Module(body=[FunctionDef(args=arguments(kw_defaults=[Constant()],"
        "kwonlyargs=[arg(arg='y')],posonlyargs=[arg(arg='x')]),body=[AnnAssign("
        "annotation=Name(ctx=Load(),id='int'),simple=0x1,target=Name(ctx=Store(),id='z'),"
        "value=BinOp(left=Name(ctx=Load(),id='x'),op=Add(),right=Constant(value=0xff))),"
        "Return(value=Tuple(ctx=Load(),elts=[JoinedStr(values=[FormattedValue(conversion=-0x1,"
        "format_spec=JoinedStr(values=[Constant(value='.1f')]),value=Name(ctx=Load(),id='z')),"
        "Constant(value=' \\xb5')]),Constant(value='\\xb5')]))],"
        "decorator_list=[Name(ctx=Load(),id='d')],name='f')])"
    ), "stored cells would be measured anew under this Python: mend canonical, not this text"


def test_fields_that_only_a_newer_python_has_do_not_count_while_empty():
    tree = ast.parse("def f(x): return x")
    before = canonical(tree)
    function = tree.body[0]
    function._fields = (*function._fields, "type_params_of_later", "default_of_later")
    function.type_params_of_later, function.default_of_later = [], None
    assert canonical(tree) == before
    function.default_of_later = ast.Constant(1)
    assert canonical(tree) != before


def test_none_in_a_list_keeps_its_place():
    assert of("{**a, 1: b}") != of("{1: b, **a}")
    assert of("def f(*, a, b=1): ...") != of("def f(*, a=1, b): ...")


def f_string(*parts: ast.expr) -> str:
    return canonical(ast.JoinedStr(values=list(parts)))


def test_text_of_an_f_string_may_be_cut_anywhere():
    field = ast.FormattedValue(value=ast.Name(id="x", ctx=ast.Load()), conversion=-1)
    whole = f_string(ast.Constant("ab"), field)
    assert f_string(ast.Constant("a"), ast.Constant("b"), field, ast.Constant("")) == whole
    assert f_string(ast.Constant("a"), ast.JoinedStr(values=[ast.Constant("b"), field])) == whole
    assert f_string(field, ast.Constant("ab")) != whole
    assert of('f"a" "b" f"{x}"') == of('f"ab{x}"') != of('"ab{x}"')


def test_a_huge_number_has_a_text():
    assert of("x = 0x1" + "0" * 5000) != of("x = 0x2" + "0" * 5000)


@given(st.text(max_size=20), st.text(max_size=20))
def test_strings_are_told_apart_in_ascii(first, second):
    texts = [canonical(ast.Constant(each)) for each in (first, second)]
    assert (texts[0] == texts[1]) == (first == second)
    assert "".join(texts).isascii()


def test_a_docstring_in_any_body_does_not_count():
    body = "    x = 1\n"
    for head in ("class A:", "def f():", "async def f():", "if x:", "while x:", "with x:"):
        assert of(f'{head}\n    """Words."""\n{body}') == of(f"{head}\n{body}"), head
    assert of('"Top."') == of("")
