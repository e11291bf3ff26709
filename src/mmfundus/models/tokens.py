"""Text to token ids with the `tokenizers` library, alike in training and reading.

A tokenizer travels as one `tokenizer.json`. open_clip's own byte-pair tokenizer has none,
so `clip_json` writes an equal one from its merges (checked against it in the tests).
"""

import json
from collections.abc import Sequence

import numpy as np
from jaxtyping import Int64
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from mmfundus.errors import BrokenModel


class Tokens:
    """Texts to ids of shape (n, length), padded to the longest text or to `fixed` tokens."""

    def __init__(self, tokenizer_json: str, context: int, pad: int, fixed: bool) -> None:
        try:
            self._tokenizer = Tokenizer.from_str(tokenizer_json)
        except Exception as error:  # noqa: BLE001 - the library raises bare Exception for bad JSON
            raise BrokenModel(f"tokenizer.json is not a tokenizer ({error}). Make the model directory again.") from None
        self.json, self.context, self.pad, self.fixed = tokenizer_json, context, pad, fixed
        self._tokenizer.enable_truncation(context)
        self._tokenizer.enable_padding(pad_id=pad, length=context if fixed else None)

    def __call__(self, texts: Sequence[str]) -> Int64[np.ndarray, "n l"]:
        """Token ids; a text longer than `context` tokens is cut (see `longer_than_context`)."""
        encoded = self._tokenizer.encode_batch(list(texts))
        return np.array([text.ids for text in encoded], dtype=np.int64).reshape(len(texts), -1)

    def longer_than_context(self, texts: Sequence[str]) -> list[str]:
        """The texts of which the model would see only the beginning."""
        return [text for text in texts if self._tokenizer.encode(text).overflowing]

    def settings(self) -> dict[str, int | bool]:
        """What must be kept beside tokenizer.json to make an equal object."""
        return {"context": self.context, "pad": self.pad, "fixed": self.fixed}


def clip_json(vocabulary: dict[str, int], merges: Sequence[tuple[str, str]]) -> str:
    """A tokenizer.json equal to CLIP's byte-pair encoding (Radford et al. 2021) on clean text."""
    start, end = "<start_of_text>", "<end_of_text>"
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=list(merges), end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip(), normalizers.Lowercase()]
    )
    words = r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(words), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([start, end])
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start} $0 {end}", special_tokens=[(start, vocabulary[start]), (end, vocabulary[end])]
    )
    return json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False)
