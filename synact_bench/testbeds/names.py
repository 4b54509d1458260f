"""Names in a declaration: of packages, files, hubs and encodings, each checked as what it is."""

from __future__ import annotations

import re
from typing import Annotated

from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion, Version
from pydantic import AfterValidator, Field

from synact_bench.core.untrusted import places
from synact_bench.core.untrusted.faults import FaultError

HUB_ID = re.compile(r"\w[\w.-]*(?:/\w[\w.-]*)?")


def _hub_id(name: str) -> str:
    if HUB_ID.fullmatch(name):
        return name
    raise FaultError(
        "is no id of a hub; a model on disk is of kind local, a text of kind local-text (--text)"
    )


def _package(name: str) -> str:
    # Checked as a name here, not by pip, to which a URL, a path or an option may be a package too.
    try:
        canonicalize_name(name, validate=True)
    except InvalidName:
        raise FaultError("is no name of a package") from None
    if not name.isascii() or name != name.strip():
        raise FaultError("is no name of a package")
    return name


def _version(version: str) -> str:
    try:
        Version(version)
    except InvalidVersion:
        raise FaultError("is no version of a package") from None
    if version != version.strip():
        raise FaultError("is no version of a package")
    return version


def _prefix(path: str) -> str:
    """How paths inside an archive begin: nothing, or a relative path that may end in ``/``."""
    if path:
        places.relative(path.removesuffix("/"))
    return path


def _encoding(name: str) -> str:
    try:
        b"a".decode(name)
    except LookupError:
        raise FaultError("is no encoding of text") from None
    except UnicodeError:  # half a character
        pass
    return name


Plain = Annotated[str, AfterValidator(places.plain)]
"""The name of one file or folder."""
Relative = Annotated[str, AfterValidator(places.relative)]
"""A path that stays inside whatever folder it is joined to; libraries make one of
a branch, tag or commit too."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
HubId = Annotated[str, AfterValidator(_hub_id)]
PackageName = Annotated[str, AfterValidator(_package)]
PackageVersion = Annotated[str, AfterValidator(_version)]
Prefix = Annotated[str, AfterValidator(_prefix)]
Encoding = Annotated[str, AfterValidator(_encoding)]
