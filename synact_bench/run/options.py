"""What the options of a run mean, in the words of both the command line and pytest."""

from __future__ import annotations

from pathlib import Path

from synact_bench.core.experiments import PRESETS, RELEASE_SEED

HOME = Path("runs")
"""Folder of all runs where none is named."""
TESTBED = "Testbed to probe: one that 'synact-bench list' shows, or a .toml file of your own."
OWN_MODEL = (
    "A model of your own instead: a folder with safetensors, a .gguf file, or a hub id, which may "
    "end in @revision."
)
MODEL = (
    f"{OWN_MODEL} What a testbed must state is measured once and kept as testbed.toml in the "
    "folder of runs."
)
HOOK = "With --model: where activations are placed, e.g. blocks.3.hook_resid_pre."
READ_HOOK = "With --model: where the answer is read; the last block's hook_resid_post if left out."
SAE = (
    "RELEASE/ID of sae_lens, a folder in its format, pca (principal components of activations, "
    "the default with --model), or own (the testbed's). Repeated: the same compositions are "
    "scored with each SAE of the hook, and the SAEs ranked by them."
)
DATASET = (
    "With --model: data set of a hub with rows of text or of the model's token ids, as "
    "NAME[:CONFIG][@REVISION]."
)
N_CTX = "With --model: tokens of a prompt; 10 if left out."
BOS = "With --model: begin each prompt with the beginning-of-sequence token."
AS_TRAINED = (
    "Prompts as the SAE was trained: as many tokens, and with BOS or without, as its config says."
)
PRESET = "How much to measure: {}.".format(
    ", ".join(
        f"{each.name} ({each.bases} bases, {each.refined} of them on {each.points} points)"
        for each in PRESETS.values()
    )
)
BESIDE = (
    "If left out, quick; but what --generator names is then measured alone, on as many bases as "
    "the published cells of the testbed and beside them, if it has any, and seed, precision and "
    "text are theirs."
)
GENERATOR = (
    "Built-in name, installed entry point, module:attr or path/to/file.py:Class; repeatable. "
    "All built-in generators if left out, the entrants in the presets standard and full alone; the "
    "controls are always measured with them, except beside published cells."
)
TARGET = "Built-in name, installed entry point, module:attr or path/to/file.py:Class."
SEED = (
    f"Of prompts, partners, generators; {RELEASE_SEED}, that of the published board, if left out."
)
OFFICIAL = (
    "For maintainers: measure with a seed drawn now, which no generator can have been fitted to. "
    "Kept in the run's folder, so that a stopped run goes on with the same generators only: "
    "hand all of them in first, or delete the folder for a new seed."
)
DIAGNOSTIC = (
    "Measure the controls of the instrument too, which make no score: a ladder from real to "
    "Gaussian, and absolute, spherical and mixture paths. 'synact-bench audit' reports them."
)
RUNS = "Folder of stored cells."
DENSE = (
    "Run every point of every path, about five times as many, not only those that are scored or "
    "that named metrics depend on. Stored in a folder of their own."
)
PRECISION = (
    "float32, or mixed: bfloat16 in the blocks' linear layers, for a first look only. Never ranked "
    "beside float32, in a folder of their own."
)
DEVICE = "Where the model runs: cpu, cuda or cuda:N. Cells stored from another device are reused."
PLUGIN_TIMEOUT = (
    "Seconds that a plugin may take to be imported, to fit and for each generate; a row that takes "
    "longer is left out."
)
PLUGIN_MEMORY = (
    "GB of memory that a plugin's process may hold; as many as the machine has if left out."
)
NO_ISOLATE = (
    "Run plugins in the process of the run, as for a debugger: without limits, and one that ends "
    "its process ends the run."
)
TEXT = "Own text instead of the testbed's: a file, or a folder of .txt."
COMPARE = (
    "Measure again and compare every cell with a baseline file. Exit status: 10 drift, "
    "11 regression, 12 improvement, 13 outdated. Cells that are not selected are not judged. "
    "Cells go to a temporary folder unless --synact-runs names one."
)
MINIMUM = (
    "Fail, with exit status 14, where a row that --synact-generator names has less realism than "
    "this, as the board prints it: the value counts, not its interval. PART is overall, an "
    "experiment (sensitivity, plateau) or a path (relative, matched or fixed, scaled); repeatable. "
    "Needs a preset of 20 documents or more: quick, not smoke."
)
