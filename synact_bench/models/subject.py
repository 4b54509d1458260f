"""A testbed opened: live model, dictionary, train pool and test prompts, all checked."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from synact_bench.assets import prompts
from synact_bench.assets.prompts import Prompts
from synact_bench.assets.text import TRAIN_SHARE, Document, TextSplit, documents, refuse_foreign
from synact_bench.core.activations import ACTIVATIONS_PER_DIMENSION, RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.core.errors import TextError
from synact_bench.core.setting import Setting
from synact_bench.models import captured, fingerprint, sae
from synact_bench.models.language_model import LanguageModel
from synact_bench.testbeds.spec import Setup

TRAIN_SALT, TEST_SALT = "train pool", "test pool"


@dataclass(frozen=True, eq=False)
class Text:
    """A testbed's documents, tokenised with its model."""

    testbed: Setup
    model: LanguageModel
    documents: list[Document]

    @classmethod
    def read(cls, testbed: Setup, model: LanguageModel) -> Text:
        """Read the declared text.

        Raises:
            AssetError: it cannot be reached.
            TextError: it is empty, or made of another model's token ids.
        """
        found = documents(testbed.text)
        refuse_foreign(found, model.d_vocab, where=testbed.text.origin)
        return cls(testbed, model, found)

    def windows(self, split: TextSplit) -> Prompts:
        """All prompts of one split.

        Raises:
            SynactError: as for ``cut``.
        """
        first_only = self.testbed.windows == "first"
        return self.cut(split, n_ctx=self.testbed.n_ctx, first_only=first_only)

    def cut(self, split: TextSplit, *, n_ctx: int, first_only: bool) -> Prompts:
        """Windows of ``n_ctx`` ids of one split, each begun as the testbed's prompts are.

        Raises:
            SubjectError: the testbed declares a beginning-of-sequence token that there is not, the
                ids are more than the model has positions, or one is more than it has embeddings.
            TextError: a control token that is spelled out cannot be told from it.
        """
        self.model.refuse_longer(n_ctx)
        return prompts.windows(
            self.documents,
            split,
            n_ctx=n_ctx,
            first_only=first_only,
            tokenize=self.model.tokenize,
            lead=self.model.lead(bos=self.testbed.bos),
        )

    def activations(self, chosen: Prompts) -> Tensor:
        """Activation of each prompt where the testbed writes: ``[n, d_model]``."""
        return captured.written(self.testbed, self.model, chosen)


@dataclass(frozen=True, eq=False)
class Subject:
    """What is probed.

    Attributes:
        testbed: the declaration.
        model: the live model.
        dictionary: the SAE, or the train pool's principal components, with firing frequencies
            from the train pool.
        train: activations that generators may learn from.
        test: prompts of documents that no generator sees.
        most: train activations, and activations of test prompts, that are captured, where the
            testbed declares more; None for all of those.
        also: hooks at which the same will be captured, by another testbed of the model.
    """

    testbed: Setup
    model: LanguageModel
    dictionary: Dictionary
    train: RealActivations
    test: Prompts
    most: int | None = None
    also: Sequence[str] = ()

    @classmethod
    def open(
        cls,
        testbed: Setup,
        *,
        device: str = "cpu",
        most: int | None = None,
        also: Sequence[str] = (),
    ) -> Subject:
        """Load and check everything a testbed declares.

        What is not declared yet, the SAE's fit in a mere setup, is not checked.

        Args:
            testbed: the declaration.
            device: that the model goes to.
            most: train activations that are captured, if it declares more.
            also: further hooks that are captured in the same pass, for testbeds opened later.

        Raises:
            AssetError: a file is missing, corrupt or not the pinned one.
            SubjectError: model, tokenizer or SAE do not behave as declared, or prompts are longer
                than the model takes.
            TextError: the text gives too few prompts.
        """
        model = LanguageModel.load(
            testbed.model, centred=testbed.weights == "centred", device=device
        )
        fingerprint.verify(testbed, model)
        text = Text.read(testbed, model)
        test = text.windows("test")  # what is wrong with them is said before any is captured
        train = train_pool(text, most=most, also=also)
        dictionary = sae.dictionary(testbed, train, centrable=model.centrable)
        return cls(testbed, model, dictionary, train, test, most, also)

    @cached_property
    def setting(self) -> Setting:
        """What a generator may be told of the testbed."""
        return setting_of(self.testbed, self.model)

    @cached_property
    def test_pool(self) -> Tensor:
        """Activations of the test prompts, ``[n, d_model]``; of many, as many as train has at most.

        No generator is given them: a sample that holds some has read what it should not know.
        """
        chosen = prompts.shuffled(self.test, salt=TEST_SALT)
        declared = self.testbed.train_activations
        chosen = chosen.take(range(min(len(chosen), declared, self.most or declared)))
        return captured.written_once(self.testbed, self.model, chosen, also=self.also)

    def activations(self, chosen: Prompts) -> Tensor:
        """Activation of each prompt where the testbed writes: ``[n, d_model]``."""
        return captured.written_once(self.testbed, self.model, chosen)


def train_pool(text: Text, *, most: int | None = None, also: Sequence[str] = ()) -> RealActivations:
    """The declared number of train activations, or as many as there are.

    Of more than ``most``, that many: as long as they are ten a dimension. Those of further hooks,
    ``also``, are only put into the cache.

    Raises:
        TextError: fewer than ten a dimension.
    """
    known = text.windows("train")
    needed = ACTIVATIONS_PER_DIMENSION * text.model.d_model
    if len(known) < needed:
        n_ctx = text.testbed.n_ctx
        raise TextError(
            f"train documents give {len(known)} prompts of {n_ctx} tokens, {needed} are needed",
            where=text.testbed.name,
            fix=f"give at least {int(needed * n_ctx / TRAIN_SHARE):,} tokens of text in "
            "many documents",
        )
    chosen = prompts.shuffled(known, salt=TRAIN_SALT)
    wanted = min(len(chosen), text.testbed.train_activations)
    if most is not None:
        wanted = min(wanted, max(most, needed))
    chosen = chosen.take(range(wanted))
    pool = captured.written_once(text.testbed, text.model, chosen, also=also)
    return RealActivations(pool, chosen.documents)


def setting_of(testbed: Setup, model: LanguageModel) -> Setting:
    """What a generator may be told of a testbed, whose model is loaded."""
    return Setting(
        **dataclasses.asdict(testbed.site),
        layer=testbed.write_layer,
        n_layers=model.n_layers,
        d_model=model.d_model,
    )
