"""Mutations of valid inputs: of bytes, of trees as JSON and TOML have them, and of texts.

All that is done is drawn from one ``Random``, whose seed hypothesis chooses: making an input costs
less than reading it, and a failing one can be made again.
"""

from __future__ import annotations

import copy
import json
import struct
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any, TypeAlias

import tomli_w

from tests.fuzz.hostile import DEEP, HUGE, NUMBERS, PIECES, TABLES, TEXTS, WRITTEN

Make: TypeAlias = Callable[[Random], Any]
"""Makes an input."""
Tree: TypeAlias = Any
"""What JSON and TOML have: mappings, lists, texts, numbers, truth values, nothing."""


def value(rng: Random) -> Tree:
    """Anything that may stand where something else is expected."""
    kind = rng.randrange(12)
    if kind == 0:
        return [_plain(rng) for _ in range(rng.randrange(4))]
    if kind == 1:
        return {rng.choice(TEXTS): _plain(rng) for _ in range(rng.randrange(4))}
    return _plain(rng)


def _plain(rng: Random) -> Tree:
    kind = rng.randrange(6)
    if kind == 0:
        return rng.choice(TEXTS)
    if kind == 1:
        return rng.choice(NUMBERS)
    if kind == 2:
        return copy.copy(
            rng.choice((None, True, False, HUGE, DEEP, TABLES, [], {}, [[]], {"": {}}))
        )
    if kind == 3:
        return "".join(chr(_code(rng)) for _ in range(rng.randrange(12)))
    if kind == 4:
        return rng.randint(-(1 << rng.randrange(1, 70)), 1 << rng.randrange(1, 70))
    return struct.unpack("<d", rng.randbytes(8))[0]


def _code(rng: Random) -> int:
    """A character: of ASCII, of one of the first planes, or of any."""
    return rng.randrange(rng.choice((0x20, 0x80, 0x3000, 0xD800, 0x110000)))


def tree(rng: Random, seeds: Sequence[Tree]) -> Tree:
    """A valid tree with one to three of its values changed, moved, doubled or left out."""
    found = copy.deepcopy(rng.choice(seeds))
    for _ in range(rng.randint(1, 3)):
        nodes = [*_nodes(found)]
        if not nodes:
            return value(rng)
        holder, key = rng.choice(nodes)
        rng.choice(TREE_CHANGES)(rng, holder, key, nodes)
    return found


def _nodes(tree: Tree) -> Iterator[tuple[Any, Any]]:
    """Every value of a tree by what holds it; of a long list, the first ones."""
    if isinstance(tree, dict):
        pairs = list(tree.items())
    elif isinstance(tree, list):
        pairs = list(enumerate(tree[:4]))
    else:
        return
    for key, each in pairs:
        yield tree, key
        yield from _nodes(each)


def _replace(rng: Random, holder: Any, key: Any, _: Sequence[Any]) -> None:
    holder[key] = value(rng)


def _drop(_rng: Random, holder: Any, key: Any, _: Sequence[Any]) -> None:
    del holder[key]


def _short(known: Tree) -> str:
    """A value as text; of a number with too many digits, none."""
    return "" if isinstance(known, int) and abs(known) > 10**400 else str(known)[:1000]


def _retype(rng: Random, holder: Any, key: Any, _: Sequence[Any]) -> None:
    """The same value, as something of another type would hold it."""
    known = holder[key]
    others = [[known], {"value": known}, _short(known), [known] * 3, not known]
    if isinstance(known, int | float):
        others += [-known, known * 10**6, float(known) if abs(known) < 1e300 else 0.5]
    holder[key] = rng.choice(others)


def _rename(rng: Random, holder: Any, key: Any, _: Sequence[Any]) -> None:
    if isinstance(holder, dict):
        holder[rng.choice(TEXTS)] = holder.pop(key)
    else:
        holder.append(value(rng))


def _splice(rng: Random, holder: Any, key: Any, nodes: Sequence[Any]) -> None:
    """A value of another place."""
    there, other = nodes[rng.randint(0, len(nodes) - 1)]
    holder[key] = copy.deepcopy(there[other])


def _append(rng: Random, holder: Any, key: Any, _: Sequence[Any]) -> None:
    """Another character within a text, or another value within a list."""
    known = holder[key]
    if isinstance(known, str):
        place = rng.randint(0, len(known))
        holder[key] = known[:place] + rng.choice(TEXTS) + known[place:]
    elif isinstance(known, list):
        known.append(value(rng))
    else:
        holder[key] = value(rng)


TREE_CHANGES = (_replace, _replace, _drop, _retype, _rename, _splice, _append)


def as_json(tree: Tree) -> bytes:
    """JSON, with what Python cannot hold in the place of its marks."""
    return _marked(json.dumps(_writable(tree), ensure_ascii=False)).encode("utf-8", "surrogatepass")


def as_toml(tree: Tree) -> bytes:
    """TOML, likewise; what it cannot say is left out."""
    found = _writable(tree)
    try:
        text = tomli_w.dumps(_toml(found) if isinstance(found, dict) else {"value": _toml(found)})
    except (TypeError, ValueError, RecursionError):
        text = "broken = "
    return _marked(text).encode("utf-8", "surrogatepass")


def loaded(content: bytes) -> Tree:
    """What JSON says.

    Raises:
        ValueError: it is none.
    """
    try:
        return json.loads(content)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _marked(text: str) -> str:
    for mark, written in WRITTEN.items():
        text = text.replace(f'"{mark}"', written, 1).replace(f'"{mark}"', "0")
    return text


def _writable(tree: Tree) -> Tree:
    """Without numbers that Python refuses to write."""
    if isinstance(tree, dict):
        return {str(key): _writable(each) for key, each in tree.items()}
    if isinstance(tree, list | tuple):
        return [_writable(each) for each in tree]
    return HUGE if isinstance(tree, int) and abs(tree) > 10**4_000 else tree


def _toml(tree: Tree) -> Tree:
    if isinstance(tree, dict):
        return {key: _toml(each) for key, each in tree.items() if each is not None}
    if isinstance(tree, list):
        return [_toml(each) for each in tree if each is not None]
    return tree


EDGES = [(1 << bits) - less for bits in (8, 16, 31, 32, 40, 62, 63, 64) for less in (0, 1)]


def spoiled(rng: Random, seeds: Sequence[bytes]) -> bytes:
    """A valid file with bytes flipped, cut off, left out, doubled, spliced or overwritten."""
    content = rng.choice(seeds)
    for _ in range(rng.randint(1, 4)):
        start, end = sorted(rng.randint(0, len(content)) for _ in range(2))
        # Headers decide more than what follows them, and so do the footers of archives.
        near = rng.choice((None, None, "first", "last"))
        if near is not None and len(content) > NEAR:
            start = rng.randint(0, NEAR) + (0 if near == "first" else len(content) - NEAR)
            end = min(len(content), start + rng.randint(0, NEAR))
        content = _changed(rng, rng.choice(BYTE_CHANGES), content, start, end, seeds)
    return content


NEAR = 64
"""Bytes at either end."""
BYTE_CHANGES = ("flip", "flip", "cut", "drop", "double", "splice", "edge", "edge", "text", "noise")


def _changed(
    rng: Random, kind: str, content: bytes, start: int, end: int, seeds: Sequence[bytes]
) -> bytes:
    before, within, after = content[:start], content[start:end], content[end:]
    if kind == "flip":
        place = content[start : start + 1]
        within = bytes(each ^ rng.randint(1, 255) for each in place) + content[start + 1 : end]
    elif kind == "cut":
        within = after = b""
    elif kind == "drop":
        within = b""
    elif kind == "double":
        within += within[:4096]
    elif kind == "splice":
        other = rng.choice(seeds)
        within, after = b"", other[rng.randint(0, len(other)) :]
    elif kind == "edge":
        size = rng.choice((1, 2, 4, 8))
        within = (rng.choice(EDGES) % (1 << 8 * size)).to_bytes(size, "little")
        after = content[start + size :]
    elif kind == "text":
        within = rng.choice((*TEXTS, *WRITTEN.values())).encode()
    else:
        within = _noise(rng, 24)
    return before + within + after


def _noise(rng: Random, most: int) -> bytes:
    return rng.randbytes(rng.randint(0, most))


def file(seeds: Sequence[Tree], write: Callable[[Tree], bytes]) -> Make:
    """Makes files of changed trees, files with changed bytes, and bytes of no order at all."""
    whole = [write(each) for each in seeds]
    structured = either(lambda rng: write(tree(rng, seeds)))
    return either(
        structured,
        structured,
        structured,
        lambda rng: spoiled(rng, whole),
        lambda rng: _noise(rng, 64) if rng.random() < 0.2 else spoiled(rng, whole),
    )


def either(*makes: Make) -> Make:
    """Makes what one of them makes."""
    return lambda rng: rng.choice(makes)(rng)


def text(rng: Random) -> str:
    """What an author may write who wishes a reader of a page harm."""
    parts = []
    for _ in range(rng.randint(1, 5)):
        kind = rng.randrange(3)
        own = "".join(chr(_code(rng)) for _ in range(rng.randint(0, 8)))
        parts.append(own if kind == 0 else rng.choice(TEXTS if kind == 1 else PIECES))
    return "".join(parts)
