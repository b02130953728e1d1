"""Signed lists, as gpg and apt read them: the other side is arithmetic, or gpg where it is."""

import base64
import hashlib

from grader.observe.script.machine import docker_key, openpgp

# Two primes of 512 bits, of no use to anybody: a real key has four times as many.
P = 2**521 - 1
Q = 2**607 - 1
E = 65537
KEY = {
    "fingerprint": "00112233445566778899aabbccddeeff00112233",
    "n": f"{P * Q:x}",
    "d": f"{pow(E, -1, (P - 1) * (Q - 1)):x}",
    "p": f"{P:x}",
    "q": f"{Q:x}",
}


def _number(value: int) -> bytes:
    size = value.bit_length()
    return size.to_bytes(2, "big") + value.to_bytes((size + 7) // 8, "big")


def _packet() -> bytes:
    public = b"\4\0\0\0\0\1" + _number(P * Q) + _number(E)
    numbers = b"".join(_number(int(KEY[name], 16)) for name in "dpq")
    body = public + b"\0" + numbers + _number(pow(P, -1, Q)) + b"\0\0"
    return b"\x95" + len(body).to_bytes(2, "big") + body + b"further packets"


def test_a_signature_is_what_the_public_numbers_expect() -> None:
    """The power of it is the digest of the text with Windows line ends, padded as PKCS 1 says."""
    value = openpgp.power(hashlib.sha512(b"text").digest(), KEY)

    padded = pow(value, E, P * Q).to_bytes(((P * Q).bit_length() + 7) // 8, "big")
    assert padded[:2] == b"\0\1"
    assert padded.endswith(b"\0" + openpgp.SHA512 + hashlib.sha512(b"text").digest())


def test_a_signed_text_can_still_be_read() -> None:
    """Lines that begin with a dash are marked; the signature names its key and its moment."""
    signed = openpgp.clear_signed("Suite: jammy\n- a dash\n", KEY, 0x01020304).decode()

    head, _, rest = signed.partition("\n\n")
    text, _, armor = rest.partition("\n-----BEGIN PGP SIGNATURE-----\n\n")
    assert head == "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512"
    assert text == "Suite: jammy\n- - a dash"
    packet = base64.b64decode(armor.partition("\n=")[0])
    assert b"\x05\x02\x01\x02\x03\x04" in packet
    assert bytes.fromhex(KEY["fingerprint"]) in packet


def test_the_numbers_of_a_key_are_read_as_gpg_writes_them() -> None:
    """The fingerprint is that of the public half."""
    found = openpgp.secret(_packet())

    assert {name: found[name] for name in "ndpq"} == {name: KEY[name] for name in "ndpq"}
    assert len(found["fingerprint"]) == 40


def test_the_checksum_of_armor() -> None:
    """As the standard's own example of CRC-24 has it."""
    assert openpgp.checksum(b"123456789").hex() == "21cf02"


def test_the_published_key_is_the_one_that_docker_names() -> None:
    """The fingerprint that is in Docker's manual, and in careful scripts."""
    packet = b"\x99" + len(docker_key.KEY).to_bytes(2, "big") + docker_key.KEY

    assert hashlib.sha1(packet, usedforsecurity=False).hexdigest().upper() == docker_key.FINGERPRINT
    assert docker_key.PACKETS.startswith(packet)
