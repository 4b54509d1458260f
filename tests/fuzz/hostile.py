"""Texts, numbers and other values that somebody relies on not to be met."""

from __future__ import annotations

from typing import Any

HUGE, DEEP, TABLES = "@huge", "@deep", "@tables"
WRITTEN = {
    HUGE: "9" * 5_000,  # more digits than Python reads
    DEEP: "[" * 20_000 + "]" * 20_000,
    TABLES: '{"a":' * 5_000 + "1" + "}" * 5_000,
}
"""What cannot be made as Python data: a mark, and what stands in its place once it is written."""

TEXTS = (
    *("", " ", "\0", "\x1b[2J\x1b]0;owned\x07", "\u202egnp.exe", "\u2066\u2069\u200f", "\u200b"),
    *("\ufeff", "\u2028\u2029", "\x85", "\ufffe", "\U000e0041", "e\u0301" * 40, "\u0661\u0662"),
    *("../../etc/passwd", "a/../b", "C:\\nul", "nul", "con.txt", "a" * 300, "x" * 70_000),
    *("NaN", "Infinity", "1e999", "-0", "0x10", "true", "null", "9" * 400),
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "]]>", "<!--", "&lt;b&gt;"),
    *("[a](javascript:alert(1))", "![a](x)", "|a|b|", "```", "**b**", "$x$", "\n\n# a\n\n", "\\"),
    *("{{7*7}}", "{% raw %}", "'; drop table", '"><svg onload=alert(1)>', "__class__", "@1", "@@"),
    *("blocks.999999999999.hook_resid_pre", "blocks.\u0663.hook_resid_pre", "a--b--c", "\r\n"),
)
"""Texts that someone relies on not to be met."""
NUMBERS = (
    *(0, -1, 1, 2**15, 2**31, 2**32 - 1, 2**53 + 1, 2**63 - 1, 2**63, 2**64, -(2**63) - 1, 10**30),
    *(0.0, -0.0, 1e-320, 1e308, -1e308, 0.1, float("inf"), float("-inf"), float("nan"), 10**400),
)


ODD: tuple[Any, ...] = (None, True, False, HUGE, DEEP, TABLES, [], {}, [[]], {"": {}})
"""What stands where another type is expected."""
PIECES = (
    *("<", ">", "&", '"', "'", "`", "|", "\\", "*", "_", "~", "$", "[", "]", "(", ")", "!", "#"),
    *("<a href=", "http://a.b", "www.a.b", "a@b.cc", "<!--", "-->", "<?x?>", "&#x3c;", "&lt;"),
    *("javascript:", "://", "- ", "1. ", "    ", "\t", "\n", "\r", "\u2028", "\x00", "\x1b[31m"),
    *("\u202e", "\u2067", "\u200d", "\ud800", "\udfff", "\x7f", "\x9b", "</script>", "</bdi>"),
)
"""What pages are made of, and what they take for more than text."""
