"""Misbehaviours: plugins that harm the process they run in, by mistake or not.

Each is a module with one class; what is given here goes to the place that its name says.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from synact_bench.isolation import confinement

SOUND = "return self.mean + torch.randn(n, len(self.mean), generator=rng)"
MODULE = """
import builtins, ctypes, gc, hashlib, json, os, signal, subprocess, sys, threading, time, warnings
import numpy as np
import torch
from synact_bench import GeneratorCard

class Own(BaseException): ...

class Liar(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return torch.ones(8, 16)

class Refusing(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        raise Own("look at me")

def deeper(): return deeper()

def flood(file): [os.write(file, b'x' * (1 << 20)) for _ in range(1 << 10)]

def hold(count): kept = b'x' * count; time.sleep(1000)

def share(count):
    import mmap
    made = mmap.mmap(-1, count)
    made.write(b'x' * count)
    return made

def SOCKET():
    return next(each for each in range(3, 99) if kind_of(each).startswith('socket'))

def kind_of(file):
    link = '/proc/self/fd/' + str(file)
    return os.readlink(link) if os.path.lexists(link) else ''

{top}

class Bad:
    card = {card}

    def __init__(self):
        {init}

    def fit(self, real, dictionary, {asks}*, rng):
        self.mean = real.mean
        {fit}

    def generate(self, {given}, *, rng):
        {generate}
"""
CARD = 'GeneratorCard(name="{name}", version="1", track="{track}")'
HANGS = "did not end within"
CONFINED, SCOPED = (confinement.version() >= each for each in (2, confinement.SCOPED))
"""Whether this system keeps a plugin from the memory of others, and from signals to them."""
RUN = "int(open('/proc/%d/stat' % os.getppid()).read().rpartition(')')[2].split()[1])"
"""Of a plugin: the id of the process of its run."""
ENDED = "ended its process with exit code"


@dataclass(frozen=True)
class Misbehaviour:
    """A plugin and what becomes of its row.

    Attributes:
        says: part of why the row failed; empty where it is measured.
        top: of the module.
        init: body.
        fit: last line.
        asks: further arguments of ``fit``, each with a comma and a space behind it.
        generate: body.
        card: expression instead of a sound card.
        track: of its card.
        text: the whole file instead.
        nameless: whether the row fails before it has a name.
    """

    says: str = ""
    top: str = ""
    init: str = "pass"
    fit: str = "pass"
    asks: str = ""
    generate: str = SOUND
    card: str = ""
    track: str = "unconditional"
    text: str = ""
    nameless: bool = False

    def write(self, name: str, folder: Path) -> Path:
        """The plugin's file."""
        path = folder / f"{name.replace('-', '_')}.py"
        card = self.card or CARD.format(name=name, track=self.track)
        given = "base" if self.track == "conditioned" else "n"
        parts = {"top": self.top, "init": self.init, "fit": self.fit, "generate": self.generate}
        text = self.text or MODULE.format(card=card, given=given, asks=self.asks, **parts)
        path.write_text(text, encoding="utf-8")
        return path


def _nameless(says: str, **parts: str) -> Misbehaviour:
    return Misbehaviour(says, nameless=True, **parts)


LEAVING = {
    "exits-at-import": _nameless(f"{ENDED} 0", top="os._exit(0)"),
    "leaves-at-import": _nameless("raised SystemExit: 0", top="sys.exit(0)"),
    "base-exception-at-import": _nameless("raised Own: x", top="raise Own('x')"),
    "interrupt-at-import": _nameless("raised KeyboardInterrupt", top="raise KeyboardInterrupt"),
    "generator-exit-at-import": _nameless("raised GeneratorExit", top="raise GeneratorExit"),
    "hangs-at-import": _nameless(HANGS, top="while True: pass"),
    "is-no-python": _nameless("SyntaxError", text="class Bad:\n  def"),
    "lacks-a-module": _nameless("ModuleNotFoundError", top="import no_such_module_at_all"),
    "defines-nothing": _nameless("defines 0 generator classes", text="x = 1\n"),
    "exits-when-made": _nameless(f"{ENDED} 3", init="os._exit(3)"),
    "leaves-when-made": _nameless("raised SystemExit", init="sys.exit()"),
    "segfaults-at-import": _nameless("SIGSEGV", top="ctypes.string_at(0)"),
    "exits-in-fit": Misbehaviour(f"{ENDED} 0", fit="os._exit(0)"),
    "exits-in-generate": Misbehaviour(f"{ENDED} 7", generate="os._exit(7)"),
    "leaves-in-fit": Misbehaviour("raised SystemExit: 0", fit="sys.exit(0)"),
    "leaves-in-generate": Misbehaviour("raised SystemExit", generate="raise SystemExit"),
    "aborts": Misbehaviour("SIGABRT", fit="os.abort()"),
    "kills-itself": Misbehaviour("SIGKILL", fit="os.kill(os.getpid(), signal.SIGKILL)"),
    "kills-its-group": Misbehaviour("SIGTERM", fit="os.killpg(0, signal.SIGTERM); time.sleep(9)"),
    "kills-its-parent": Misbehaviour(
        "Operation not permitted" if SCOPED else "ended",
        fit="os.kill(os.getppid(), 9); time.sleep(60)",
    ),
    # Where it may, the signal is none.
    "signals-the-run": Misbehaviour(
        "Operation not permitted" if SCOPED else "", fit=f"os.kill({RUN}, 0)"
    ),
    "reads-the-memory-of-the-run": Misbehaviour(
        "Permission denied" if CONFINED else "", fit=f"open('/proc/' + str({RUN}) + '/mem', 'rb')"
    ),
    "segfaults": Misbehaviour("SIGSEGV", generate="ctypes.string_at(0)"),
    "overflows-the-stack": Misbehaviour(
        "fit", fit="sys.setrecursionlimit(10**9); json.loads('[' * 10**8)"
    ),
}
HANGING = {
    "hangs-in-fit": Misbehaviour(HANGS, fit="while True: pass"),
    "sleeps-in-generate": Misbehaviour(HANGS, generate="time.sleep(1000)"),
    "hangs-deaf": Misbehaviour(
        HANGS, fit="signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(1000)"
    ),
    "waits-for-a-thread": Misbehaviour(HANGS, fit="threading.Event().wait()"),
    "waits-for-a-lock": Misbehaviour(HANGS, fit="l = threading.Lock(); l.acquire(); l.acquire()"),
}
RAISING = {
    "recurses": Misbehaviour("raised RecursionError", generate="return deeper()"),
    "generator-exit": Misbehaviour("raised GeneratorExit", generate="raise GeneratorExit"),
    "stop-iteration": Misbehaviour("raised StopIteration", generate="raise StopIteration"),
    "base-exception": Misbehaviour("raised Own: mine", generate="raise Own('mine')"),
    "interrupt": Misbehaviour("raised KeyboardInterrupt", fit="raise KeyboardInterrupt"),
    "no-memory": Misbehaviour("memory", fit="self.huge = torch.ones(1 << 42)"),
    "no-memory-of-python": Misbehaviour("MemoryError", fit="self.huge = bytearray(1 << 44)"),
    "error-without-words": Misbehaviour(
        "whose text cannot be read",
        top="class Mute(Exception):\n    def __str__(self): return 1 / 0",
        fit="raise Mute",
    ),
    "error-of-a-megabyte": Misbehaviour(
        "raised ValueError: xxx", fit="raise ValueError('x' * 10**6)"
    ),
    "error-of-no-unicode": Misbehaviour("raised ValueError: ?", fit="raise ValueError('\\udcff')"),
    "error-of-many-lines": Misbehaviour("raised ValueError: a b", fit="raise ValueError('a\\nb')"),
    **{
        f"raises-{kind.lower()}": Misbehaviour(
            "mine: refused; do",
            top="from synact_bench.core.errors import *",
            fit=f"raise {kind}('refused', where='mine', fix='do')",
        )
        for kind in ("SynactError", "AssetError", "RecordError", "TextError")
    },
    "raises-unknown-name": Misbehaviour(
        "there is no testbed 'x'",
        top="from synact_bench.core.errors import *",
        fit="raise UnknownNameError('testbed', 'x', [])",
    ),
    "raises-failed-rows": Misbehaviour(
        "good-1: lie",
        top="from synact_bench.core.errors import *",
        fit="raise FailedRowsError({'good-1': PluginError('lie', where='good-1', fix='x')})",
    ),
    "error-of-this-package-without-words": Misbehaviour(
        "raised an error of no words",
        top="from synact_bench.core.errors import SynactError\n"
        "class Mute(SynactError):\n    def __init__(self): pass",
        fit="raise Mute",
    ),
    "unknown-name-at-import": _nameless(
        "there is no testbed 'x'",
        top="from synact_bench.core.errors import *; raise UnknownNameError('testbed', 'x', [])",
    ),
    "reads-standard-input": Misbehaviour("EOFError", fit="input()"),
    "evaluates": Misbehaviour(
        "calls evaluate", fit="import synact_bench; synact_bench.evaluate('gaussian')"
    ),
    "encodes-nonsense": Misbehaviour("RuntimeError", fit="dictionary.encode(torch.ones(3, 5))"),
}
ANSWERING = {
    "returns-an-array": Misbehaviour("a ndarray", generate="return np.ones((n, 16))"),
    "returns-a-list": Misbehaviour("a list", generate="return [[0.0] * 16] * n"),
    "returns-nothing": Misbehaviour("a NoneType", generate="pass"),
    "returns-float64": Misbehaviour("float64", generate="return self.mean.repeat(n, 1).double()"),
    "returns-a-row-less": Misbehaviour("shape [", generate="return self.mean.repeat(n - 1, 1)"),
    "returns-nan": Misbehaviour("NaN or inf", generate="return self.mean.repeat(n, 1) * torch.nan"),
    "returns-infinity": Misbehaviour("NaN or inf", generate="return self.mean.repeat(n, 1) / 0"),
    "returns-1e30": Misbehaviour("NaN or inf", generate="return self.mean.repeat(n, 1) * 1e30"),
    "returns-sparse": Misbehaviour("sparse", generate="return self.mean.repeat(n, 1).to_sparse()"),
    "returns-meta": Misbehaviour("on meta", generate="return torch.ones(n, 16, device='meta')"),
    "lies-of-shape": Misbehaviour(
        "shape [3, 2]", generate="return torch.zeros(3, 2).as_subclass(Liar)"
    ),
    "refuses-to-be-seen": Misbehaviour(
        generate=f"{SOUND}.as_subclass(Refusing)".replace("return ", "return (").replace(
            ".as_sub", ").as_sub"
        )
    ),
    "returns-a-parameter": Misbehaviour(
        generate=f"{SOUND.replace('return ', 'return torch.nn.Parameter(')})"
    ),
    "returns-strides": Misbehaviour(
        generate=f"{SOUND.replace('return ', 'return (')}).T.clone().T"
    ),
    "changes-the-pool": Misbehaviour("changed the train pool", fit="real.tensor[0] = 0"),
    "changes-the-pool-later": Misbehaviour(
        "changed the train pool",
        fit="self.pool = real.tensor",
        generate=f"self.pool[0] = 0; {SOUND}",
    ),
    "changes-the-dictionary": Misbehaviour(
        "changed dictionary.bias", fit="dictionary.bias.add_(1)"
    ),
    "changes-its-base": Misbehaviour(
        "changed its base", track="conditioned", generate="return base.add_(1)"
    ),
    "draws-from-global-states": Misbehaviour(
        "global random state", generate="return self.mean + torch.randn(n, len(self.mean))"
    ),
    "seeds-global-states": Misbehaviour("global random state", fit="np.random.seed(1)"),
}
NAMING = {
    "named-as-a-control": _nameless(
        "another row", card=CARD.format(name="mean", track="unconditional")
    ),
    "named-as-a-draw": _nameless(
        "another row", card=CARD.format(name="real", track="unconditional")
    ),
    "named-as-a-rung": _nameless(
        "ladder", card=CARD.format(name="ladder-0.5", track="unconditional")
    ),
    "named-as-another": _nameless(
        "another row", card=CARD.format(name="good-1", track="unconditional")
    ),
    "has-no-card": _nameless("no valid card", card="None"),
    "card-raises": _nameless("ZeroDivisionError", card="property(lambda self: 1 / 0)"),
    "card-of-infinity": _nameless(
        "inf", card=CARD.format(name="x", track="unconditional")[:-1] + ", parameters={'a': 1e999})"
    ),
    "is-built-in": _nameless(
        "gives the built-in generator 'cluster-flow' as it is",
        text="from synact_bench.generators import OPTIONAL_BASELINES\n"
        "class Bad:\n    def __new__(cls): return OPTIONAL_BASELINES['cluster-flow']()\n"
        "    def fit(self): ...\n    def generate(self): ...\n",
    ),
    "renames-itself": Misbehaviour(
        fit="self.card = GeneratorCard(name='good-1', version='9', track='unconditional')"
    ),
}
LITTERING = {
    "closes-stdout": Misbehaviour(fit="sys.stdout.close(); os.close(1)"),
    "closes-stderr": Misbehaviour(fit="sys.stderr.close(); os.close(2)"),
    "closes-every-file": Misbehaviour(ENDED, fit="os.closerange(3, 4096)"),
    "writes-to-its-connection": Misbehaviour("a header", fit="os.write(SOCKET(), b'\\xff' * 64)"),
    "leaves-a-thread": Misbehaviour(
        fit="threading.Thread(target=time.sleep, args=(1000,)).start()"
    ),
    "leaves-a-process": Misbehaviour(fit="self.child = subprocess.Popen(['sleep', '1000'])"),
    "leaves-a-daemon": Misbehaviour(
        fit="os.fork() or (os.setsid(), os.fork() or time.sleep(1000), os._exit(0))"
    ),
    "forks": Misbehaviour(fit="os.fork()"),
    "forks-and-prints": Misbehaviour(
        "printed more than", fit="(os.fork() or flood(1)); time.sleep(1000)"
    ),
    "hangs-at-exit": Misbehaviour(fit="import atexit; atexit.register(time.sleep, 1000)"),
    "sets-an-alarm": Misbehaviour("SIGALRM", fit="signal.alarm(1); time.sleep(60)"),
    "changes-folder": Misbehaviour(fit="os.chdir('/')"),
    "empties-the-environment": Misbehaviour(fit="os.environ.clear()"),
    "empties-the-path": Misbehaviour(fit="sys.path.clear()"),
    "traces": Misbehaviour(fit="sys.settrace(lambda *_: None); sys.setprofile(lambda *_: None)"),
    "cannot-be-copied": Misbehaviour(init="self.lock = threading.Lock()"),
}
SETTING = {
    "sets-precision": "torch.set_float32_matmul_precision('medium')",
    "sets-precision-the-new-way": "torch.backends.mkldnn.matmul.fp32_precision = 'bf16'",
    "sets-autocast": "torch.set_autocast_enabled('cpu', True)",
    "sets-threads": "torch.set_num_threads(3)",
    "sets-determinism": "torch.use_deterministic_algorithms(True)",
    "sets-float64": "torch.set_default_dtype(torch.float64)",
    "sets-a-device": "torch.set_default_device('meta')",
    "disables-gradients": "torch.set_grad_enabled(False)",
    "detects-anomalies": "torch.autograd.set_detect_anomaly(True)",
    "flushes-denormals": "torch.set_flush_denormal(True)",
    "raises-of-numpy": "np.seterr(all='raise')",
    "raises-of-warnings": "warnings.simplefilter('error')",
    "disables-attention": "torch.backends.cuda.enable_math_sdp(False)",
}
"""What changes the state of a process, in a line; at import, in ``fit`` and in ``generate``."""
GREEDY = {
    "leaks-memory": Misbehaviour(
        "memory", fit="self.kept = [torch.ones(1 << 25) for _ in iter(int, 1)]"
    ),
    "leaks-memory-of-python": Misbehaviour(
        "MemoryError", fit="self.kept = [b'x' * (1 << 26) for _ in iter(int, 1)]"
    ),
    "leaks-memory-in-children": Misbehaviour(
        "holds more than 2 GB",
        fit="[os.fork() or hold(700 << 20) for _ in range(3)]; time.sleep(1000)",
    ),
    "leaks-shared-memory": Misbehaviour(
        "holds more than 2 GB", fit="self.kept = [share(1 << 28) for _ in range(9)]; time.sleep(99)"
    ),
    "prints-a-gigabyte": Misbehaviour(
        "printed more than 10 MB", generate="[print('x' * (1 << 20)) for _ in range(1 << 10)]"
    ),
    "prints-a-gigabyte-of-errors": Misbehaviour("printed more than 10 MB", fit="flood(2)"),
    "prints-a-gigabyte-at-import": _nameless("printed more than 10 MB", top="flood(1)"),
}
"""Measured with the limits of a run, but for memory: 2 GB."""
COSTLY = {"sets-float64": "dtype torch.float64", "sets-a-device": "on device meta"}
"""What the plugin's own numbers do not outlive."""
PATCHING = {
    "patches-torch": "torch.isfinite = lambda x: torch.ones(len(x), dtype=torch.bool)",
    "patches-tensors": "torch.Tensor.norm = lambda *_, **__: torch.zeros(8)",
    "patches-the-engine": "import synact_bench.engine.sweeper as s; s.kl_from = None",
    "patches-rng": "import synact_bench.core.rng as r; r.stream = None",
    "patches-built-ins": "from synact_bench.generators.controls import Mean; Mean.generate = None",
    "disables-gc": "gc.disable()",
}
MISBEHAVIOURS: dict[str, Misbehaviour] = {
    **LEAVING,
    **HANGING,
    **RAISING,
    **ANSWERING,
    **NAMING,
    **LITTERING,
    **GREEDY,
    **{
        name: Misbehaviour(COSTLY.get(name, ""), fit=line, generate=f"{line}; {SOUND}")
        for name, line in SETTING.items()
    },
    **{name: Misbehaviour(top=line) for name, line in PATCHING.items()},
    "patches-the-contract": Misbehaviour(
        top="from synact_bench.generators import contract as c; c.check_output = lambda *a, **b: 0",
        says="NaN or infinity",
        generate="return self.mean.repeat(n, 1) * torch.nan",
    ),
    "patches-len": Misbehaviour("a header that is none", fit="builtins.len = lambda _: 1"),
    "patches-hashes": _nameless("no valid card", top="hashlib.sha256 = hashlib.md5"),
    "patches-json": Misbehaviour(f"{ENDED} 70", fit="json.dumps = None"),
}
