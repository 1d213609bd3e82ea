#!/usr/bin/env python3
"""Compares an archive with its manifest, without backup-archiver: python3 check-archive.py MANIFEST ARCHIVE

Needs Python 3.8 and nothing else. Prints what it found; exits with 1 where the archive is another than the manifest says.
"""
import base64
import hashlib
import json
import os
import sys
import zlib

BLOCK = 2**20


def blocks(file, size):
    return iter(lambda: file.read(size), b'')


def crc32(file):
    value = 0
    for block in blocks(file, BLOCK):
        value = zlib.crc32(block, value)
    return value.to_bytes(4, 'big')


def crc64nvme(file):
    """In plain Python: some minutes a GiB."""
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x9A6C9329AC4BC9B5 if value & 1 else 0)
        table.append(value)
    value = 2**64 - 1
    for block in blocks(file, BLOCK):
        for byte in block:
            value = table[value & 255 ^ byte] ^ value >> 8
    return (value ^ 2**64 - 1).to_bytes(8, 'big')


def sha256(file):
    digest = hashlib.sha256()
    for block in blocks(file, BLOCK):
        digest.update(block)
    return digest.digest()


def text(digest):
    return base64.b64encode(digest).decode()


def checksum_of(file, manifest):
    algorithm, kind = manifest['checksum']['algorithm'], manifest['checksum']['kind']
    if kind == 'full-object':
        return text({'CRC32': crc32, 'CRC64NVME': crc64nvme, 'SHA256': sha256}[algorithm](file))
    if (algorithm, kind) != ('SHA256', 'composite'):
        sys.exit(f'no way to compute a {kind} {algorithm} is known here')
    # The SHA-256 of the parts' SHA-256s, and their number.
    parts = [hashlib.sha256(part).digest() for part in blocks(file, manifest['partSize'])]
    return f'{text(hashlib.sha256(b"".join(parts)).digest())}-{len(parts)}'


def main(manifest_path, archive_path):
    with open(manifest_path, encoding='utf-8') as file:
        manifest = json.load(file)
    size, stated = os.path.getsize(archive_path), manifest['checksum']['value']
    if size != manifest['size']:
        sys.exit(f'WRONG: {size} bytes, the manifest says {manifest["size"]}')
    with open(archive_path, 'rb') as file:
        found = checksum_of(file, manifest)
    if found != stated:
        sys.exit(f'WRONG: {manifest["checksum"]["algorithm"]} {found}, the manifest says {stated}')
    print(f'right: {size} bytes, {manifest["checksum"]["algorithm"]} {found}')


if len(sys.argv) != 3:
    sys.exit(__doc__)
main(*sys.argv[1:])
