"""Tokens per CPU-second of onnxruntime-genai on an imported model: the other side of `cargo bench --bench decode`.

    pip install onnxruntime-genai
    python3 benches/decode/genai.py MODEL_DIR TOKENS BATCH...

MODEL_DIR holds what the import wrote (`model.onnx`, `model.onnx.data`, `model.json`, `tokenizer.json`); its weights must not
be packed. The prompt and the sampling are those of `benches/decode.rs`.
"""

import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import onnxruntime_genai as genai

PROMPT = (
    "<|im_start|>system\nYou are a helpful coding assistant.<|im_end|>\n<|im_start|>user\nWrite a "
    "Rust function that returns the n-th Fibonacci number, with a doc comment and tests.<|im_end|>\n"
    "<|im_start|>assistant\n"
)


def configured(source: Path, target: Path, threads: int) -> None:
    """Lays links to a model beside the settings that genai asks for."""
    facts = json.loads((source / "model.json").read_text())
    if facts["packed"]:
        sys.exit(f"the weights in {source} are packed, which genai cannot read")
    for name in ("model.onnx", "model.onnx.data", "tokenizer.json"):
        os.symlink(source / name, target / name)
    kv = {f"{side}_{part}_names": f"{name}.%d.{part}" for side, name in (("past", "past_key_values"), ("present", "present")) for part in ("key", "value")}
    decoder = {
        "session_options": {"intra_op_num_threads": threads, "log_id": "genai", "provider_options": []},
        "filename": "model.onnx",
        "head_size": facts["head_dim"],
        "hidden_size": facts["hidden"],
        "num_attention_heads": facts["heads"],
        "num_key_value_heads": facts["kv_heads"],
        "num_hidden_layers": facts["layers"],
        "inputs": {
            "input_ids": "input_ids",
            "attention_mask": "attention_mask",
            "past_key_names": kv["past_key_names"],
            "past_value_names": kv["past_value_names"],
        },
        "outputs": {
            "logits": "logits",
            "present_key_names": kv["present_key_names"],
            "present_value_names": kv["present_value_names"],
        },
    }
    model = {
        "type": "qwen2" if facts["architecture"] == "qwen2" else "llama",
        "bos_token_id": facts["end_tokens"][0],
        "eos_token_id": facts["end_tokens"],
        "pad_token_id": facts["end_tokens"][0],
        "vocab_size": facts["vocabulary"],
        "context_length": facts["context"],
        "decoder": decoder,
    }
    search = {"do_sample": True, "max_length": facts["context"], "past_present_share_buffer": True}
    (target / "genai_config.json").write_text(json.dumps({"model": model, "search": search}))
    (target / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "Qwen2Tokenizer", "bos_token": None}))


def processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def measured(model: genai.Model, prompt: list[int], batch: int, tokens: int) -> str:
    params = genai.GeneratorParams(model)
    sampling = {"do_sample": False} if batch == 1 else {"do_sample": True, "temperature": 0.8, "top_p": 0.95}
    params.set_search_options(batch_size=batch, max_length=len(prompt) + tokens, min_length=len(prompt) + tokens, **sampling)
    start, processor = time.monotonic(), processor_seconds()
    generator = genai.Generator(model, params)
    generator.append_tokens([prompt] * batch)
    prefill = time.monotonic() - start
    steps = 0
    while not generator.is_done() and steps < tokens:
        generator.generate_next_token()
        steps += 1
    decode, processor = time.monotonic() - start - prefill, processor_seconds() - processor
    made = steps * batch
    return f"batch {batch}: prompt {len(prompt)} tokens {prefill:.2f} s, decoded {made} in {decode:.2f} s = {made / decode:.1f} tokens/s, {made / processor:.1f} tokens/CPU-s"


def main() -> None:
    source, tokens, batches = Path(sys.argv[1]).resolve(), int(sys.argv[2]), [int(batch) for batch in sys.argv[3:]]
    with tempfile.TemporaryDirectory() as directory:
        configured(source, Path(directory), int(os.environ.get("THREADS", "2")))
        model = genai.Model(directory)
        prompt = [int(token) for token in genai.Tokenizer(model).encode(PROMPT)]
        for batch in batches:
            print(measured(model, prompt, batch, tokens), flush=True)


if __name__ == "__main__":
    main()
