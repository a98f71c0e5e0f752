"""Says which of the sentences of a file each recording holds.

Usage: recognise.py SENTENCES RECORDING...

A recording is raw mono 16-bit little-endian PCM at 16 kHz. Prints one line for each: the sentence as words in small
letters, or nothing. CMU pocketsphinx with its US English model and a grammar of just the given sentences.
"""

import os
import re
import sys
import tempfile

try:
    from pocketsphinx.pocketsphinx import Decoder  # 0.1, as in Debian 12
except ImportError:
    from pocketsphinx import Decoder

MODEL_FOLDERS = ["/usr/share/pocketsphinx/model/en-us"]


def model_folder():
    for folder in MODEL_FOLDERS:
        if os.path.isdir(folder):
            return folder
    from pocketsphinx import get_model_path

    folder = get_model_path()
    inner = os.path.join(folder, "en-us")
    return inner if os.path.isdir(os.path.join(inner, "en-us")) else folder


def words(sentence):
    return " ".join(re.findall(r"[a-z']+", sentence.lower()))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        sentences = [words(line) for line in file if line.strip()]
    model = model_folder()
    with tempfile.NamedTemporaryFile("w", suffix=".jsgf", delete=False) as grammar:
        grammar.write("#JSGF V1.0;\ngrammar sentences;\npublic <sentence> = %s;\n" % " | ".join(sentences))
    try:
        config = Decoder.default_config()
        config.set_string("-hmm", os.path.join(model, "en-us"))
        config.set_string("-dict", os.path.join(model, "cmudict-en-us.dict"))
        config.set_string("-jsgf", grammar.name)
        config.set_string("-logfn", os.devnull)
        decoder = Decoder(config)
        for recording in sys.argv[2:]:
            with open(recording, "rb") as file:
                samples = file.read()
            decoder.start_utt()
            decoder.process_raw(samples, False, True)
            decoder.end_utt()
            hypothesis = decoder.hyp()
            print(hypothesis.hypstr if hypothesis else "", flush=True)
    finally:
        os.unlink(grammar.name)


main()
