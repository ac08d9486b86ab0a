"""Texts that people wrote: the project's table and PostgreSQL's own regression tests."""
import glob
import os
import re

import catalog

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, "..", "..", "Fixtures", "sql-cases.tsv")

# Longer statements (large COPY-like inserts) are few and say little.
LENGTH_MAX = 20_000


def table():
    """The rows of sql-cases.tsv in the default context, as dictionaries of its columns.

    The rows of other contexts (another encoding, standard_conforming_strings off) cannot be asked:
    the oracle knows UTF-8 and the standard strings only.
    """
    with open(TABLE, encoding="utf-8") as file:
        lines = file.read().split("\n")
    names = lines[0].split("\t")
    for line in lines[1:]:
        if not line:
            continue
        row = dict(zip(names, line.split("\t")))
        if row["reason"].startswith(("{scs", "{enc")):
            continue
        raw = re.sub(rb"\\(\\|n|r|t|x[0-9a-f]{2})", unescape, row["sql"].encode())
        try:
            row["sql"] = raw.decode()
        except UnicodeDecodeError:
            continue
        yield row


def unescape(match):
    what = match.group(1)
    return bytes([int(what[1:], 16)]) if len(what) > 1 else {
        b"\\": b"\\", b"n": b"\n", b"r": b"\r", b"t": b"\t"}[what]


def regression_files():
    source = catalog.SOURCE
    found = []
    for pattern in ("src/test/regress/sql/*.sql", "src/pl/plpgsql/src/sql/*.sql",
                    "contrib/*/sql/*.sql"):
        found += glob.glob(os.path.join(source, pattern))
    return sorted(found)


def regression():
    """Every statement of PostgreSQL's regression tests, and neighbours joined as in their file."""
    for path in regression_files():
        with open(path, encoding="utf-8", errors="replace") as file:
            pieces = list(statements(file.read()))
        for piece in pieces:
            if len(piece) <= LENGTH_MAX:
                yield piece
        # Neighbours in one message: the boundaries matter, with all comments between them.
        for first in range(0, len(pieces) - 4, 5):
            group = "".join(pieces[first:first + 5])
            if len(group) <= LENGTH_MAX:
                yield group


TOKEN = re.compile(r"""
    (?P<blank>\s+)
  | (?P<line>--[^\n]*)
  | (?P<block>/\*)
  | (?P<escaped>[eE]'(?:[^'\\]|\\.|'')*')
  | (?P<string>'(?:[^']|'')*')
  | (?P<quoted>"(?:[^"]|"")*")
  | (?P<dollar>\$(?:[A-Za-z_\x80-\U0010ffff][\w\x80-\U0010ffff]*)?\$)
  | (?P<word>[A-Za-z_\x80-\U0010ffff][\w$\x80-\U0010ffff]*)
  | (?P<variable>(?<!:):(?:[A-Za-z_]\w*|'\w+'|"\w+"))
  | (?P<meta>\\[^\n]*)
  | (?P<other>\d[\w.]*|.)
""", re.X | re.S)


def statements(text):
    """Cuts a psql script into statements with their semicolons, and drops what is psql's own.

    Meta-commands go, variables become the number 1, what follows COPY FROM STDIN is skipped. A text
    that this reads wrongly does no harm: PostgreSQL's parser is asked next.
    """
    current, words = [], []
    depth = nesting = position = 0
    while position < len(text):
        match = TOKEN.match(text, position)
        kind, token = match.lastgroup, match.group()
        position = match.end()
        if kind == "block":
            position = block_comment_end(text, match.start())
            token = text[match.start():position]
        elif kind == "dollar":
            close = text.find(token, position)
            position = len(text) if close < 0 else close + len(token)
            token = text[match.start():position]
        elif kind == "meta":
            # \gset and its relatives end the statement; other commands stand between statements.
            if token.startswith("\\;"):
                token, kind = ";", "other"
                position = match.start() + 2
            else:
                token = ";" if words else ""
                kind = "other"
        elif kind == "variable":
            token = " 1 "
        elif kind == "word":
            word = token.lower()
            if words[:1] == ["create"] and ("function" in words[:4] or "procedure" in words[:4]):
                if word in ("begin", "case"):
                    nesting += 1
                elif word == "end" and nesting:
                    nesting -= 1
            words.append(word)
        elif token == "(":
            depth += 1
        elif token == ")":
            depth = max(0, depth - 1)
        current.append(token)
        if token == ";" and depth == 0 and nesting == 0:
            if words:
                yield "".join(current)
            if words[:1] == ["copy"] and "stdin" in words:
                end = text.find("\n\\.", position)
                position = len(text) if end < 0 else end + 3
            current, words, nesting = [], [], 0
    if words:
        yield "".join(current)


def block_comment_end(text, position):
    depth = 0
    for match in re.compile(r"/\*|\*/").finditer(text, position):
        depth += 1 if match.group() == "/*" else -1
        if depth == 0:
            return match.end()
    return len(text)
