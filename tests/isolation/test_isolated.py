"""A plugin in a process of its own is the same generator as in this one."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch

from synact_bench.core.errors import PluginError, SynactError, UnknownNameError
from synact_bench.core.rng import stream
from synact_bench.generators import contract, discovery
from synact_bench.generators.source import source_digest
from synact_bench.generators.state_size import state_size
from synact_bench.isolation import processes, zygote
from synact_bench.isolation.isolated import Isolated
from synact_bench.isolation.limits import Limits
from synact_bench.testing import fixtures
from tests.attacks.misbehaviours import CARD, SOUND, Misbehaviour

TRAINED = (
    "self.dictionary = dictionary; z = dictionary.encode(real.tensor).mean(0).requires_grad_(); "
    "(dictionary.decode(z[None]) - real.tensor).square().mean().backward(); "
    "self.mean = dictionary.decode((z - z.grad)[None])[0].detach()"
)
LIMITS = Limits(timeout=300)


def test_numbers_card_digest_and_what_is_kept_are_the_same(tmp_path: Path) -> None:
    target = str(Misbehaviour(fit=TRAINED).write("trained", tmp_path))
    here, there = discovery.find(target)(), Isolated(target, LIMITS)
    assert (there.card, there.source_digest) == (here.card, source_digest(here))
    on = fixtures.tiny("isolated")
    contract.fit(here, on.real, on.dictionary, on.told, rng=stream("fit"))
    assert there.fit(on.real, on.dictionary, on.told, rng=stream("fit")) == state_size(here)
    expected = contract.draw(here, 9, rng=stream("draw"), d_model=16)
    assert torch.equal(there.draw(9, rng=stream("draw")), expected)
    there.close()  # and is fitted again when it is wanted
    assert torch.equal(there.draw(9, rng=stream("draw")), expected)
    there.close()


def test_a_conditioned_one_is_shown_its_bases(tmp_path: Path) -> None:
    plugin = Misbehaviour(track="conditioned", generate="return base + self.mean")
    there = Isolated(str(plugin.write("shown", tmp_path)), LIMITS)
    on = fixtures.tiny("isolated")
    there.fit(on.real, on.dictionary, on.told, rng=stream("fit"))
    assert torch.equal(there.draw(on.base, rng=stream("draw")), on.base + on.real.mean)
    there.close()


def test_it_is_told_the_setting_that_it_asks_for(tmp_path: Path) -> None:
    plugin = Misbehaviour(fit="self.mean = real.mean * setting.depth", asks="setting, ")
    there, on = Isolated(str(plugin.write("told", tmp_path)), LIMITS), fixtures.tiny("isolated")
    there.fit(on.real, on.dictionary, on.told, rng=stream("fit"))
    made = there.draw(2, rng=stream("draw"))
    here = discovery.find(there.target)()
    contract.fit(here, on.real, on.dictionary, on.told, rng=stream("fit"))
    assert torch.equal(made, contract.draw(here, 2, rng=stream("draw"), d_model=16))
    there.close()


def test_a_name_that_is_not_known_is_no_fault_of_a_plugin() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'isotropic'"):
        Isolated("isotopic", LIMITS)


def test_the_traceback_of_its_own_lines_comes_along(tmp_path: Path) -> None:
    there = Isolated(str(Misbehaviour(fit="{}['x']").write("raises", tmp_path)), LIMITS)
    on = fixtures.tiny("isolated")
    with pytest.raises(PluginError, match=r"fit raised KeyError: 'x' at .*raises\.py:") as refused:
        there.fit(on.real, on.dictionary, on.told, rng=stream("fit"))
    assert "KeyError: 'x'" in refused.value.trace
    assert "in fit" in refused.value.trace


def test_the_dictionary_takes_and_refuses_the_same_dtypes(tmp_path: Path) -> None:
    """And after what cannot be sent it still answers."""
    fit = (
        "refused = []\n        for dtype in ('bfloat16', 'int32', 'complex64', 'float64'):\n"
        "            try: dictionary.encode(real.tensor.to(getattr(torch, dtype)))\n"
        "            except (RuntimeError, TypeError): refused.append(dtype)\n"
        "        self.kept = [1.0] * len(refused), dictionary.encode(real.tensor)"
    )
    target = str(Misbehaviour(fit=fit).write("various", tmp_path))
    here, there, on = discovery.find(target)(), Isolated(target, LIMITS), fixtures.tiny("isolated")
    contract.fit(here, on.real, on.dictionary, on.told, rng=stream("fit"))
    assert there.fit(on.real, on.dictionary, on.told, rng=stream("fit")) == state_size(here)
    there.close()


def test_a_second_derivative_of_the_dictionary_is_refused(tmp_path: Path) -> None:
    """As a constant it would be another number than in the process of the run."""
    fit = (
        "z = torch.ones(1, 16, requires_grad=True); y = dictionary.encode(z).square().sum(); "
        "g, = torch.autograd.grad(y, z, create_graph=True); ({loss}).backward()"
    )
    on, linear = fixtures.tiny("isolated"), "dictionary.encode(z).sum()"
    for name, loss in {
        "penalised": "g.square().sum() + y",
        "straight": f"torch.autograd.grad({linear}, z, create_graph=True)[0].square().sum() + y",
    }.items():
        file = Misbehaviour(fit=fit.format(loss=loss)).write(name, tmp_path)
        there = Isolated(str(file), LIMITS)
        with pytest.raises(PluginError, match="dictionary cannot be differentiated again"):
            there.fit(on.real, on.dictionary, on.told, rng=stream("fit"))


def test_a_source_that_is_edited_during_the_run_costs_the_row(tmp_path: Path) -> None:
    file = Misbehaviour().write("edited", tmp_path)
    text, on = file.read_text(encoding="utf-8"), fixtures.tiny("isolated")
    there = Isolated(str(file), LIMITS)
    file.write_text(f"{text}# edited\n", encoding="utf-8")
    with pytest.raises(PluginError, match="'edited': its source was edited during the run"):
        there.fit(on.real, on.dictionary, on.told, rng=stream("fit"))
    file.write_text(text, encoding="utf-8")
    there.fit(on.real, on.dictionary, on.told, rng=stream("fit"))
    there.close()
    file.write_text(f"{text}# edited\n", encoding="utf-8")
    with pytest.raises(PluginError, match="edited during the run"):  # it would be fitted again
        there.draw(9, rng=stream("draw"))


def test_a_card_that_is_another_at_each_import_is_refused(tmp_path: Path) -> None:
    card = CARD.format(name="restless", track="unconditional")[:-1]
    plugin = Misbehaviour(card=f"{card}, parameters={{'pid': os.getpid()}})")
    there, on = Isolated(str(plugin.write("restless", tmp_path)), LIMITS), fixtures.tiny("isolated")
    with pytest.raises(PluginError, match="states another card each time"):
        there.fit(on.real, on.dictionary, on.told, rng=stream("fit"))


def test_memory_is_limited(tmp_path: Path) -> None:
    plugin = Misbehaviour(fit="self.many = torch.ones(1 << 30)")
    there = Isolated(str(plugin.write("greedy", tmp_path)), Limits(timeout=300, memory=3 * 10**9))
    on = fixtures.tiny("isolated")
    with pytest.raises(PluginError, match=r"fit raised RuntimeError: .*memory"):
        there.fit(on.real, on.dictionary, on.told, rng=stream("fit"))


@pytest.mark.skipif(sys.platform != "linux", reason="a system that does not tell of them")
def test_how_many_processes_it_has_is_limited(tmp_path: Path) -> None:
    fit = "[os.fork() or time.sleep(1000) for _ in range(40)]; time.sleep(1000)"
    there = Isolated(
        str(Misbehaviour(fit=fit).write("many", tmp_path)), Limits(timeout=300, processes=20)
    )
    on = fixtures.tiny("isolated")
    with pytest.raises(PluginError, match="fit has more than 20 processes at once"):
        there.fit(on.real, on.dictionary, on.told, rng=stream("fit"))


def test_a_dictionary_makes_no_more_than_the_plugin_may_hold(tmp_path: Path) -> None:
    """It would be made in the process of the run, which has no limit."""
    on = fixtures.tiny("isolated")
    limits = Limits(timeout=300, memory=3 * 10**9)
    widest = max(on.dictionary.directions.shape)
    for shape in ((10**9 // widest, 16), (1, 10**9), (10**400,)):
        header = json.dumps({"call": "encode", "tensors": [["torch.float32", shape]]}).encode()
        said = (len(header).to_bytes(8, "big") + header).hex()
        fit = f"os.write(SOCKET(), bytes.fromhex('{said}'))"
        there = Isolated(str(Misbehaviour(fit=fit).write("asking", tmp_path)), limits)
        with pytest.raises(PluginError, match="fit asks its dictionary for more than 3 GB at once"):
            there.fit(on.real, on.dictionary, on.told, rng=stream("fit"))


def test_a_header_that_is_longer_than_any_answer_is_none(tmp_path: Path) -> None:
    fit = "os.write(SOCKET(), (1 << 21).to_bytes(8, 'big') + b' ' * (1 << 10))"
    there = Isolated(str(Misbehaviour(fit=fit).write("wordy", tmp_path)), LIMITS)
    on = fixtures.tiny("isolated")
    with pytest.raises(PluginError, match="answered with a header of 2097152 bytes"):
        there.fit(on.real, on.dictionary, on.told, rng=stream("fit"))


def test_its_temporary_files_end_with_it(tmp_path: Path) -> None:
    said = tmp_path / "said"
    fit = (
        "import tempfile; made = tempfile.mkdtemp(); "
        f"open({str(said)!r}, 'w').write(os.environ['JOBLIB_TEMP_FOLDER'] + '\\n' + made)"
    )
    there = Isolated(str(Misbehaviour(fit=fit).write("littering", tmp_path)), LIMITS)
    on = fixtures.tiny("isolated")
    there.fit(on.real, on.dictionary, on.told, rng=stream("fit"))
    folder, made = map(Path, said.read_text(encoding="utf-8").splitlines())
    assert made.parent == folder
    assert made.is_dir()
    there.close()
    assert not folder.exists()


def test_that_no_process_can_be_forked_costs_those_that_are_there_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = Isolated(str(Misbehaviour().write("living", tmp_path)), LIMITS)
    on = fixtures.tiny("isolated")
    there.fit(on.real, on.dictionary, on.told, rng=stream("fit"))
    monkeypatch.setattr(processes._Zygote, "_ask", lambda *_: -errno.EAGAIN)
    with pytest.raises(SynactError, match=r"no process for a plugin can be started: .*temporarily"):
        Isolated(there.target, LIMITS)
    monkeypatch.undo()
    assert len(there.draw(9, rng=stream("draw"))) == 9
    there.close()


def test_a_fork_that_fails_is_told_and_the_next_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = iter([-errno.EAGAIN, 77])

    def forked(*_: object) -> int:
        if (found := next(tried)) < 0:
            raise OSError(-found, "no room")
        return found

    monkeypatch.setattr(zygote, "_forked", forked)
    ours, theirs = socket.socketpair()
    alive: set[int] = set()
    serving = threading.Thread(target=zygote._serve, args=(theirs, alive, {}))
    serving.start()
    with open(os.devnull, "wb") as nothing:  # noqa: PTH123
        for expected in (-errno.EAGAIN, 77):
            socket.send_fds(ours, [b'{"do": "start"}'], [nothing.fileno()] * 3)
            assert ours.recv(100) == str(expected).encode()
    ours.close()
    serving.join(10)
    assert alive == {77}
    theirs.close()


def test_a_zygote_that_says_nothing_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that a plugin stopped, on a system that lets it."""
    target = str(Misbehaviour().write("stopping", tmp_path))
    Isolated(target, LIMITS).close()
    silent = processes._zygote()
    os.kill(silent._process.pid, signal.SIGSTOP)
    answers = processes._Zygote._answers

    def impatient(self: processes._Zygote) -> bool:
        monkeypatch.setattr(processes, "PATIENCE", 0.5 if self is silent else 300)
        return answers(self)

    monkeypatch.setattr(processes._Zygote, "_answers", impatient)
    Isolated(target, LIMITS).close()  # by another
    assert silent._process.returncode == -signal.SIGKILL


STARTING = {
    "child": "pid = subprocess.Popen(['sleep', '1000']).pid",
    "of-its-own-session": "pid = subprocess.Popen(['sleep', '1000'], start_new_session=True).pid",
    "daemon": (
        "pid = int(subprocess.run(['sh', '-c', 'setsid sleep 1000 >&- 2>&- & echo $!'], "
        "stdout=subprocess.PIPE).stdout)"
    ),
}


@pytest.mark.skipif(sys.platform != "linux", reason="a system that does not tell of them")
@pytest.mark.parametrize("kind", STARTING)
def test_processes_that_it_started_end_with_it(kind: str, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    fit = f"{STARTING[kind]}; open({str(pid)!r}, 'w').write(str(pid))"
    there = Isolated(str(Misbehaviour(fit=fit).write("parent", tmp_path)), LIMITS)
    on = fixtures.tiny("isolated")
    there.fit(on.real, on.dictionary, on.told, rng=stream("fit"))
    started = Path("/proc") / pid.read_text(encoding="utf-8")
    assert _runs(started)
    there.close()
    assert not _runs(started)


def _runs(process: Path) -> bool:
    try:
        return (process / "stat").read_text(encoding="utf-8").split()[2] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


SCRIPT = """
import torch
from synact_bench import GeneratorCard, evaluate
from synact_bench.evaluation import evaluate as module

class Scripted:
    card = GeneratorCard(name="scripted", version="1", track="unconditional")
    def fit(self, real, dictionary, *, rng): self.mean = real.mean
    def generate(self, n, *, rng): {generate}

from synact_bench.isolation import script
from synact_bench.isolation.isolated import Isolated
from synact_bench.isolation.limits import Limits
script.refuse_within_plugin()  # what evaluate does first
print(Isolated("__main__:Scripted", Limits()).card.name)
"""


def test_a_script_that_evaluates_its_own_class_is_imported_up_to_there(tmp_path: Path) -> None:
    file = tmp_path / "scripted.py"
    file.write_text(SCRIPT.format(generate=SOUND), encoding="utf-8")
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, check=False)
    assert done.stdout == "scripted\n", done.stderr


def test_a_module_that_evaluates_its_own_class_is_imported_by_its_name(tmp_path: Path) -> None:
    """As ``python -m`` runs it, with the relative imports of its package."""
    package = tmp_path / "mine"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "part.py").write_text("MEAN = 0\n", encoding="utf-8")
    text = SCRIPT.format(generate=SOUND).replace("import torch", "from .part import MEAN", 1)
    for line in ("script.refuse_within_plugin()", "print("):
        text = text.replace(line, f"if __name__ == '__main__': {line}")
    (package / "bench.py").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mine.bench"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.stdout == "scripted\n", done.stderr


def test_a_function_may_give_a_built_in_generator_with_parameters_of_its_own(
    tmp_path: Path,
) -> None:
    """Its version and parameters say what it is, as in the process of the run."""
    file = tmp_path / "mine.py"
    file.write_text(
        "from synact_bench.generators.cluster_flow import ClusterFlow\n"
        "def fewer(): return ClusterFlow(steps=3)\n",
        encoding="utf-8",
    )
    there = Isolated(f"{file}:fewer", LIMITS)
    assert there.source_digest == ""
    assert there.card == discovery.find(f"{file}:fewer")().card
    there.close()
