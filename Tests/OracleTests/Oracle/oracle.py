"""Asks PostgreSQL's own parser about many texts and prints one JSON object a line.

usage: oracle.py table
       oracle.py regression
       oracle.py mutations SEED COUNT [FIRST]

Each line has `sql` and either `error` or `statements` (see walk.facts). The order and the content
depend on the arguments only.
"""
import json
import multiprocessing
import os
import sys

import corpora
import mutate
import walk

CHUNK = 500

texts = None


def answers(numbers):
    return "".join(answer(texts(number)) for number in numbers)


def answer(sql):
    try:
        result = {"sql": sql, "statements": walk.facts(sql)}
    except walk.Refused as refusal:
        result = {"sql": sql, "error": str(refusal)}
    return json.dumps(result, ensure_ascii=False, separators=(",", ":")) + "\n"


def main(corpus, *arguments):
    global texts
    first = 0
    if corpus == "mutations":
        seed, count = int(arguments[0]), int(arguments[1])
        first = int(arguments[2]) if len(arguments) > 2 else 0
        texts = mutate.Mutator(seed).text
    else:
        known = {
            "table": lambda: [row["sql"] for row in corpora.table()],
            "regression": lambda: list(corpora.regression()),
        }[corpus]()
        count, texts = len(known), known.__getitem__
    chunks = [range(at, min(at + CHUNK, first + count)) for at in range(first, first + count, CHUNK)]
    # Forked, so that the children have the pool of texts already.
    with multiprocessing.get_context("fork").Pool(min(len(os.sched_getaffinity(0)), len(chunks))) as pool:
        for lines in pool.imap(answers, chunks):
            sys.stdout.buffer.write(lines.encode())


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main(*sys.argv[1:])
