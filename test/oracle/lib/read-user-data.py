"""Parses user-data with PyYAML and validates it by cloud-init's schema. One line of Base64 in, one line of JSON out."""

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


def schema_errors(document, schema_of_config):
    with tempfile.NamedTemporaryFile(suffix=".yaml") as file:
        file.write(document)
        file.flush()
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            try:
                schema.validate_cloudconfig_file(file.name, schema_of_config, annotate=False)
            except Exception as error:
                return str(error)
        return output.getvalue()


def main():
    schema_of_config = schema.get_schema() if schema and "--schema" in sys.argv else None
    for line in sys.stdin:
        document = base64.b64decode(line)
        if document[:2] == b"\x1f\x8b":
            document = gzip.decompress(document)
        value = yaml.safe_load(document)
        answer = {
            "keys": list(value),
            "nonTexts": [
                f"{path}: {leaf!r}" for path, leaf in leaves(value) if not isinstance(leaf, str)
            ],
            "files": [entry_of(entry) for entry in value.get("write_files", [])],
            "runcmd": value.get("runcmd", []),
            "schemaErrors": "" if schema_of_config is None else schema_errors(document, schema_of_config),
        }
        print(json.dumps(answer), flush=True)


os.environ["LC_ALL"] = "C.UTF-8"
main()
