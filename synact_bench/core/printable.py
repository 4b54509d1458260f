"""Printable: texts of strangers on one line, without a character that steers what shows them."""

from __future__ import annotations


def printable(text: str) -> str:
    """``text`` on one line; what is not printable in it is spelled out.

    A terminal obeys control characters, and a page turns what follows a mark of direction: of
    ``\\x1b`` and ``\\u202e`` it shows these very letters. White space of any kind becomes a space.
    """
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in line)
