"""Reads user-data as cloud-init does: by PyYAML, then its own schema. One JSON line in, one out."""

import base64
import contextlib
import gzip
import io
import json
import os
import sys
import tempfile

import yaml

try:
    from cloudinit.config import schema
except ImportError:
    schema = None


def leaves(value, path=""):
    if isinstance(value, dict):
        for key, item in value.items():
            yield f"{path} key", key
            yield from leaves(item, f"{path}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, f"{path}[]")
    else:
        yield path, value


def decoded(entry):
    content = entry["content"].encode()
    encoding = entry.get("encoding")
    if encoding is None:
        return content
    content = base64.b64decode(content, validate=True)
    return gzip.decompress(content) if encoding == "gz+b64" else content


def entry_of(entry):
    return {
        "path": entry["path"],
        "owner": entry.get("owner", "root:root"),
        "permissions": entry["permissions"],
        "content": base64.b64encode(decoded(entry)).decode(),
    }


def complaints(document, judge):
    with tempfile.NamedTemporaryFile(suffix=".yaml") as file:
        file.write(document)
        file.flush()
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            try:
                schema.validate_cloudconfig_file(file.name, judge, annotate=False)
            except Exception as trouble:
                return str(trouble)
        return said.getvalue()


def main():
    judge = schema.get_schema() if schema and "--schema" in sys.argv else None
    for line in sys.stdin:
        document = base64.b64decode(line)
        if document[:2] == b"\x1f\x8b":
            document = gzip.decompress(document)
        value = yaml.safe_load(document)
        answer = {
            "keys": list(value),
            "odd": [
                f"{path}: {leaf!r}" for path, leaf in leaves(value) if not isinstance(leaf, str)
            ],
            "files": [entry_of(entry) for entry in value.get("write_files", [])],
            "runcmd": value.get("runcmd", []),
            "complaints": "" if judge is None else complaints(document, judge),
        }
        print(json.dumps(answer), flush=True)


os.environ["LC_ALL"] = "C.UTF-8"
main()
