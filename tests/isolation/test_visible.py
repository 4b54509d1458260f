"""What a plugin can see: the train pool, the dictionary and the setting, and no more of a run."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

import pytest
import torch

from synact_bench.core.rng import stream
from synact_bench.isolation import confinement
from synact_bench.isolation.child import TEMPORARY
from synact_bench.isolation.isolated import Isolated
from synact_bench.isolation.limits import Limits
from synact_bench.testing import fixtures
from tests.attacks.misbehaviours import CONFINED, Misbehaviour

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is read through /proc")
SEARCH = """
def seen(pid, head, tail):
    try:
        home = '/proc/' + str(pid)
        with open(home + '/maps') as maps, open(home + '/mem', 'rb') as mem:
            for line in maps:
                place, rights = line.split()[:2]
                if 'rw' not in rights or '[v' in line:
                    continue
                first, last = (int(each, 16) for each in place.split('-'))
                try:
                    mem.seek(first)
                    content = mem.read(last - first)
                except OSError:
                    continue
                at = content.find(head)
                while at >= 0:
                    rest = content[at + len(head) : at + len(head) + 16]
                    if hashlib.sha256(rest).hexdigest() == tail:
                        return 'seen'
                    at = content.find(head, at + 1)
        return 'not there'
    except PermissionError:
        return 'refused'

def parent(pid):
    return int(open('/proc/' + str(pid) + '/stat').read().rpartition(')')[2].split()[1])

def look(known, out):
    own, zygote = os.getpid(), os.getppid()
    processes = {'itself': own, 'zygote': zygote, 'run': parent(zygote)}
    found = {
        name: {what: seen(pid, bytes.fromhex(head), tail) for what, (head, tail) in known.items()}
        for name, pid in processes.items()
    }
    found['files'] = [os.readlink('/proc/self/fd/' + each) for each in os.listdir('/proc/self/fd')
                      if os.path.lexists('/proc/self/fd/' + each)]
    found['environment'] = dict(os.environ)
    found['arguments'] = sys.argv
    found['tensors'] = sorted({tuple(each.shape) for each in gc.get_objects()
                               if isinstance(each, torch.Tensor)})
    json.dump(found, open(out, 'w'))
"""


def mark(tensor: torch.Tensor) -> tuple[str, str]:
    """How the bytes of a tensor begin, and a digest of how they go on: no copy of them all."""
    content = tensor.contiguous().numpy().tobytes()
    return content[:16].hex(), hashlib.sha256(content[16:32]).hexdigest()


def test_a_plugin_sees_neither_test_pool_nor_scores(tmp_path: Path) -> None:
    on, out = fixtures.tiny("isolated"), tmp_path / "seen.json"
    test_pool = torch.randn(500, 16)  # of a run: in its memory, and in an open file of its folder
    runs = tmp_path / "runs" / "scores.json"
    runs.parent.mkdir()
    known = {"train pool": mark(on.real.tensor), "test pool": mark(test_pool)}
    plugin = Misbehaviour(top=SEARCH, fit=f"look({known!r}, {str(out)!r})")
    with runs.open("w") as scores:
        scores.write("{}")
        there = Isolated(str(plugin.write("curious", tmp_path)), Limits(timeout=300))
        there.fit(on.real, on.dictionary, on.told, rng=stream("fit"))
    there.close()
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found["itself"] == {"train pool": "seen", "test pool": "not there"}
    if CONFINED:
        assert found["zygote"] == found["run"] == dict.fromkeys(known, "refused")
    assert not any(str(runs) in each for each in found["files"])
    assert str(runs.parent) not in json.dumps([found["environment"], found["arguments"]])
    assert found["environment"].keys() <= {*os.environ, *TEMPORARY}
    assert [*test_pool.shape] not in found["tensors"]
    assert [*on.real.tensor.shape] in found["tensors"]


@pytest.mark.parametrize("known", [2, 5, 6])
def test_what_is_asked_of_an_older_system_is_granted_by_this_one(
    known: int, tmp_path: Path
) -> None:
    """And files can be moved between folders, as ever."""
    if confinement.version() < known:
        pytest.skip("this system is older")
    code = (
        "import os, sys; from synact_bench.isolation import confinement; "
        f"confinement._restrict({known}); os.mkdir('a'); os.mkdir('b'); open('a/x', 'w').close(); "
        "os.rename('a/x', 'b/x')\n"
        "try: open(f'/proc/{os.getppid()}/mem', 'rb')\n"
        "except PermissionError: sys.exit(7)"
    )
    assert (
        os.spawnve(
            os.P_WAIT,
            sys.executable,
            [sys.executable, "-c", f"import os; os.chdir({str(tmp_path)!r}); {code}"],
            {**os.environ, "PYTHONPATH": str(Path(confinement.__file__).parents[2])},
        )
        == 7
    )
