"""Every kind of what is read from outside or shown."""

from __future__ import annotations

from tests.fuzz import declared, fetched, shown, stored, submitted

KINDS = (*stored.KINDS, *submitted.KINDS, *declared.KINDS, *fetched.KINDS, *shown.KINDS)
