"""Weights that mimicit wrote, in the original PyTorch modules of OpenFlamingo.

    python3 load_trained_weights.py <config.json> <weights> [<weights> ...] [--check <file>]

Weights are safetensors under OpenFlamingo's keys: what `mimicit train` leaves in its checkpoints, what `saveWeights` and
`mimicit weights convert` write; a file, or a directory of several. Later ones go over earlier ones: first the base, then what
was trained. With --check the model runs on the inputs of a file (lang_x, attention_mask, vision_x) and its logits are compared
with those of the file.

Whoever has a published model needs three lines only:

    model, processor, tokenizer = open_flamingo.create_model_and_transforms(...)
    state = safetensors.torch.load_file("trained.safetensors")
    model.load_state_dict(state, strict=False)
"""

import argparse
import json
import sys
from pathlib import Path
from types import SimpleNamespace

from common import need

torch = need("torch", "torch")
safetensors = need("safetensors.torch", "safetensors")
transformers = need("transformers", "transformers")
flamingo = need("open_flamingo.src.flamingo", "open-flamingo")
helpers = need("open_flamingo.src.helpers", "open-flamingo")
flamingo_lm = need("open_flamingo.src.flamingo_lm", "open-flamingo")
utils = need("open_flamingo.src.utils", "open-flamingo")

# Where the layers of a family are.
LAYERS = {"llama": "model.layers", "mpt": "transformer.blocks", "gpt_neox": "gpt_neox.layers"}
# Largest difference of logits (of about 10) that float32 explains.
TOLERANCE = 2e-4


class Tower(torch.nn.Module):
    """Hugging Face's CLIP tower with the face of open_clip's: the second of two results are the tokens of the patches."""

    def __init__(self, config):
        super().__init__()
        clip = transformers.CLIPVisionModel(transformers.CLIPVisionConfig(**config))
        # Versions differ in whether the tower lies one level deeper.
        self.vision_model = getattr(clip, "vision_model", clip)

    def forward(self, pixels):
        return None, self.vision_model(pixel_values=pixels).last_hidden_state[:, 1:]


def build(config):
    """OpenFlamingo's own classes, in the sizes of a configuration."""
    text = dict(config["text_config"])
    family = text.pop("model_type")
    if family not in LAYERS:
        sys.exit(f"language models of the family {family} need their own code from the hub; known here: {', '.join(LAYERS)}")
    # Attention in plain operations, as it was when the models were published.
    language_model = transformers.AutoModelForCausalLM.from_config(
        transformers.AutoConfig.for_model(family, **text), attn_implementation="eager"
    )
    utils.extend_instance(language_model, flamingo_lm.FlamingoLMMixin)
    language_model.set_decoder_layers_attr_name(LAYERS[family])
    width = config["vision_config"]["hidden_size"]
    model = flamingo.Flamingo(
        SimpleNamespace(visual=Tower(config["vision_config"])),
        language_model,
        config["eoc_token_id"],
        config["media_token_id"],
        vis_dim=width,
        cross_attn_every_n_layers=config["cross_attn_every_n_layers"],
    )
    # Flamingo builds these two in the sizes of the published models; a configuration may have others.
    sizes = {name: value for name, value in config.get("perceiver", {}).items() if name not in ("dim", "layer_norm_eps")}
    model.perceiver = helpers.PerceiverResampler(dim=width, max_num_frames=config.get("max_num_frames"), **sizes)
    sizes = {name: config["cross_attn"][name] for name in ("heads", "dim_head", "ff_mult") if name in config.get("cross_attn", {})}
    blocks = language_model.gated_cross_attn_layers
    for index, block in enumerate(blocks):
        if block is not None:
            blocks[index] = helpers.GatedCrossAttentionBlock(dim=model.lang_dim, dim_visual=width, **sizes)
    language_model.init_flamingo_layers(False)
    return model.eval()


def read(path):
    """The tensors of a file, or of all files of a directory."""
    files = sorted(path.glob("*.safetensors")) if path.is_dir() else [path]
    if not files:
        sys.exit(f"{path} holds no safetensors")
    return {name: tensor.float() for file in files for name, tensor in safetensors.load_file(file).items()}


def load(model, state):
    """Loads a state dict; what the model does not know is an error. Returns the keys that it does not hold."""
    known = set(model.state_dict())
    # Newer versions of transformers call GPT-NeoX's head otherwise.
    head, new = "lang_encoder.embed_out.weight", "lang_encoder.lm_head.weight"
    if head in state and head not in known and new in known:
        state[new] = state.pop(head)
    missing, unexpected = model.load_state_dict(state, strict=False)
    if unexpected:
        sys.exit(f"{len(unexpected)} tensors that the model has no place for: {', '.join(unexpected[:5])} ...")
    # OpenFlamingo lists the layers of its language model twice, and a tied head is its embedding: one tensor, two names.
    loaded = {model_tensor.data_ptr() for name, model_tensor in model.state_dict().items() if name in state}
    tensors = model.state_dict()
    return [name for name, _ in model.named_parameters() if name in missing and tensors[name].data_ptr() not in loaded]


def main():
    parser = argparse.ArgumentParser(description="Weights that mimicit wrote, in the original modules of OpenFlamingo.")
    parser.add_argument("config", type=Path, help="configuration of the model, config.json")
    parser.add_argument("weights", type=Path, nargs="+", help="safetensors under OpenFlamingo's keys; later ones go over earlier ones")
    parser.add_argument("--check", type=Path, help="safetensors with lang_x, attention_mask, vision_x and logits")
    arguments = parser.parse_args()

    model = build(json.loads(arguments.config.read_text(encoding="utf-8")))
    state = {}
    for path in arguments.weights:
        tensors = read(path)
        state.update(tensors)
        print(f"{path}: {len(tensors)} tensors, {sum(tensor.numel() for tensor in tensors.values()):,} parameters")
    missing = load(model, state)
    print(f"not in these weights: {', '.join(missing) if missing else 'nothing'}")

    if arguments.check is not None:
        given = safetensors.load_file(arguments.check)
        mask = given["attention_mask"].long()
        with torch.no_grad():
            logits = model(given["vision_x"], given["lang_x"].long(), mask).logits
        # What stands at padding has no meaning.
        difference = (logits - given["logits"])[mask.bool()].abs().max().item()
        print(f"largest difference of the logits: {difference:.1e} (allowed: {TOLERANCE:.0e})")
        if not difference <= TOLERANCE:
            sys.exit("the logits differ")


main()
