"""Keys of tickets in text that people write, such as `SHOP-123`.

A key looks like the names of many standards, so a word counts as one only if

* it has the form of a key: two to ten capitals or digits, a hyphen, a number without a leading zero;
* it stands alone: not within a longer word, path of numbers or name (`CVE-2021-44228`, `FOO-1.2`, `X-AB-1`);
* what stands before the number is not the name of a standard, licence, cipher, format, month or the like, as
  in `UTF-8`, `SHA-256`, `ISO-8859`, `AES-128`, `GPL-3`, nor `PR`, `GH` and such, which number something else.

Words that may well name a project, such as `NODE` or `BUILD`, count: a key too many matches no ticket, while
a key too few loses one.
So what is left may still be no ticket. Who knows the tickets that there are takes the keys of these only.
"""

import re

_KEY = re.compile(
    r"(?<![A-Za-z0-9_.])(?<![A-Z0-9]-)([A-Z][A-Z0-9_]{1,9})-([1-9][0-9]{0,6})(?![A-Za-z0-9_]|\.[0-9]|-[0-9])"
)
_FAMILIES = re.compile(
    r"(?:SHA|MD|UTF|UCS|ISO|KOI|BASE|X|CP|MP|ES|HTTP|IPV|H|ARM|PHP|PY|PYTHON|JAVA|C)[0-9]*"
)
"""Names that come with a number of their own, such as `SHA3-256` and `KOI8-1`."""
_STANDARDS = (
    # Standards, formats, character sets
    "ANSI ASCII ASN CIE CMYK CSS CVE CWE DIN ECMA EIA FIPS GHSA GOST HTML HTTPS IEC IEEE IETF INCITS ITU JIS "
    "JPEG JSON KSC LATIN MPEG NIST OASIS OSVDB PEP PKCS POSIX RFC RGB SQL TIA UAX UNICODE UTS WCAG WINDOWS "
    "XML YAML "
    # Ciphers, hashes, protocols
    "AEAD AES ARC BLAKE BLAKE2 BLAKE2B BLAKE2S BLAKE3 CAST CBC CHACHA CHACHA20 CMAC CRC CTR DES DH ECDH "
    "ECDSA ED FNV GCM HMAC HS MURMUR OAUTH POLY PBKDF PBKDF2 PS RC RIPEMD RS RSA SALSA SALSA20 SAML SCRYPT "
    "SHAKE SIPHASH SSL TCP TLS UDP USB WPA WPA2 XXH "
    # Machines, languages, models
    "AMD AVX CUDA GCC GPT HDMI IA IE IOS JDK JRE MIPS NVME PPC RISC SPARC SSE VGA WIN X64 X86 "
    # Licences
    "AGPL APACHE BSD CC CDDL CECILL EPL EUPL GFDL GPL LGPL MIT MPL "
    # Months, and what is numbered elsewhere
    "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC COVID SARS GH MR PR REV VERSION"
)
_NO_PROJECTS = frozenset(_STANDARDS.split())


def ticket_keys(text: str) -> tuple[str, ...]:
    """Return what looks like keys of tickets in a text, each once, in its order."""
    if "-" not in text:
        return ()
    found = (
        f"{project}-{number}"
        for project, number in _KEY.findall(text)
        if project not in _NO_PROJECTS and not _FAMILIES.fullmatch(project)
    )
    return tuple(dict.fromkeys(found))
