"""What PostgreSQL's own parser, wrapped by pglast, finds in a text.

`facts(text)` gives the statements of a text with their boundaries, tables, calls and whether they
write. It is an independent second opinion on SQLSyntax and shares nothing with it: the tree is
PostgreSQL's, and what its functions do comes from PostgreSQL's catalog data (catalog.py).
"""
import json
import re

from pglast import parser

import catalog
import commands

# What a statement does to data, weakest first. MAYBE: only the catalog or the session's past knows.
# CALLS: it calls a function of PostgreSQL's that writes, or is bound to a primary. YES: its text
# alone says so.
NO, MAYBE, CALLS, YES = 0, 1, 2, 3


# The parser below pglast takes parameters in places where PostgreSQL does not, and junk behind them.
LENIENT = "only the library takes this parameter"
JUNK = re.compile(r"\$\d+[A-Za-z_\x80-\U0010ffff]")


class Refused(Exception):
    """PostgreSQL's parser does not accept the text."""


# Fields whose value is a node without its type around it.
TYPED = {
    "relation": "RangeVar", "rel": "RangeVar", "view": "RangeVar", "sequence": "RangeVar",
    "pktable": "RangeVar", "viewname": "RangeVar", "larg": "SelectStmt", "rarg": "SelectStmt",
    "withClause": "WithClause", "intoClause": "IntoClause", "into": "IntoClause",
    "onConflictClause": "OnConflictClause", "infer": "InferClause", "over": "WindowDef",
    "returningClause": "ReturningClause", "typeName": "TypeName", "funccall": "FuncCall",
    "pubtable": "PublicationTable",
}

VALUE_FUNCTIONS = {
    "SVFOP_CURRENT_DATE": "CURRENT_DATE", "SVFOP_CURRENT_TIME": "CURRENT_TIME",
    "SVFOP_CURRENT_TIME_N": "CURRENT_TIME", "SVFOP_CURRENT_TIMESTAMP": "CURRENT_TIMESTAMP",
    "SVFOP_CURRENT_TIMESTAMP_N": "CURRENT_TIMESTAMP", "SVFOP_LOCALTIME": "LOCALTIME",
    "SVFOP_LOCALTIME_N": "LOCALTIME", "SVFOP_LOCALTIMESTAMP": "LOCALTIMESTAMP",
    "SVFOP_LOCALTIMESTAMP_N": "LOCALTIMESTAMP", "SVFOP_CURRENT_ROLE": "CURRENT_ROLE",
    "SVFOP_CURRENT_USER": "CURRENT_USER", "SVFOP_USER": "USER",
    "SVFOP_SESSION_USER": "SESSION_USER", "SVFOP_CURRENT_CATALOG": "CURRENT_CATALOG",
    "SVFOP_CURRENT_SCHEMA": "CURRENT_SCHEMA",
}

# Statements that a standby accepts and that write nothing, whatever is in them.
SESSION_CONTROL = {
    "VariableSetStmt", "VariableShowStmt", "DiscardStmt", "DeallocateStmt", "ClosePortalStmt",
}
# Their answer or effect depends on what the session did before.
DEPENDS_ON_PAST = {"ExecuteStmt", "FetchStmt", "ConstraintsSetStmt", "ListenStmt", "UnlistenStmt",
                   "LoadStmt"}
# Definitions whose bodies are read too; what others hold is executed by nobody who is asked here.
READ_DEFINITIONS = {"CreateStmt", "CreateForeignTableStmt", "ViewStmt", "IndexStmt", "RuleStmt",
                    "AlterTableStmt"}
DATA = {"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"}


class Statement:
    """The facts of one statement, collected by one walk over its tree."""

    def __init__(self):
        self.tables, self.functions, self.writes = set(), set(), NO
        # Inside something that is written down and not executed now.
        self.stored = False

    def mark(self, verdict):
        self.writes = max(self.writes, verdict)

    def table(self, variable, mode):
        parts = [variable.get("catalogname"), variable.get("schemaname"), variable.get("relname")]
        mode = "r" if self.stored else mode
        self.tables.add((mode,) + tuple(p for p in parts if p is not None))

    # Dispatch.

    def visit(self, node, scope):
        """A value of any field: a wrapped node, a list, or something without tree."""
        if isinstance(node, list):
            for item in node:
                self.visit(item, scope)
        elif isinstance(node, dict):
            for kind, inner in node.items():
                if isinstance(inner, dict) and kind[:1].isupper():
                    self.node(kind, inner, scope)
                else:
                    self.field(kind, inner, scope)

    def node(self, kind, node, scope):
        handler = getattr(self, "on_" + kind, None)
        if handler:
            handler(node, scope)
        else:
            self.fields(node, scope)

    def fields(self, node, scope, *without):
        for name, value in node.items():
            if name not in without:
                self.field(name, value, scope)

    def field(self, name, value, scope):
        if isinstance(value, dict):
            kind = TYPED.get(name)
            if kind and not is_wrapped(value):
                self.node(kind, value, scope)
            else:
                self.visit(value, scope)
        elif isinstance(value, list):
            self.visit(value, scope)

    # Queries.

    def with_scope(self, node, scope):
        """Walks the WITH clause and returns the names that the rest of the statement sees."""
        clause = node.get("withClause")
        if not clause:
            return scope
        members = [item["CommonTableExpr"] for item in clause["ctes"]]
        if clause.get("recursive"):
            scope = scope | {member["ctename"] for member in members}
            for member in members:
                self.fields(member, scope)
            return scope
        for member in members:
            self.fields(member, scope)
            scope = scope | {member["ctename"]}
        return scope

    def on_SelectStmt(self, node, scope):
        scope = self.with_scope(node, scope)
        if "intoClause" in node:
            self.mark(YES)
        locking = [item["LockingClause"] for item in node.get("lockingClause", [])]
        if locking:
            self.mark(YES)
            self.lock(node.get("fromClause", []), locking, scope)
        self.fields(node, scope, "withClause", "lockingClause")

    def lock(self, sources, clauses, scope):
        """Tables of this query level that a locking clause names, or all of them."""
        for variable in level_tables(sources):
            if is_cte(variable, scope):
                continue
            name = variable.get("alias", {}).get("aliasname", variable["relname"])
            for clause in clauses:
                names = [r["RangeVar"]["relname"] for r in clause.get("lockedRels", [])]
                if not names or name in names:
                    self.table(variable, "k")

    def on_InsertStmt(self, node, scope):
        self.data_change(node, scope)

    def on_UpdateStmt(self, node, scope):
        self.data_change(node, scope)

    def on_DeleteStmt(self, node, scope):
        self.data_change(node, scope)

    def on_MergeStmt(self, node, scope):
        self.data_change(node, scope)

    def data_change(self, node, scope):
        self.mark(YES)
        scope = self.with_scope(node, scope)
        self.table(node["relation"], "w")
        self.fields(node, scope, "withClause", "relation")

    def on_RangeVar(self, node, scope):
        if not is_cte(node, scope):
            self.table(node, "r")

    def on_IntoClause(self, node, scope):
        self.table(node["rel"], "w")
        self.fields(node, scope, "rel")

    def on_FuncCall(self, node, scope):
        name = [part["String"].get("sval", "") for part in node["funcname"]]
        self.functions.add(tuple(name[-2:]))
        self.mark({"harmless": NO, "unknown": MAYBE, "writes": CALLS}[catalog.judge(name)])
        self.fields(node, scope, "funcname")

    def on_SQLValueFunction(self, node, scope):
        self.functions.add((VALUE_FUNCTIONS[node["op"]],))

    # Utility statements.

    def top(self, kind, node):
        """A whole statement: as `node`, and what its kind alone says."""
        if kind in DATA:
            self.node(kind, node, frozenset())
            return
        handler = getattr(self, "top_" + kind, None)
        if handler:
            handler(node)
            return
        if kind in DEPENDS_ON_PAST:
            self.mark(MAYBE)
        elif kind not in SESSION_CONTROL:
            self.mark(YES)
        self.definition(kind, node)

    def inner(self, query):
        for kind, node in query.items():
            self.top(kind, node)

    def top_TransactionStmt(self, node):
        if node["kind"] in ("TRANS_STMT_PREPARE", "TRANS_STMT_COMMIT_PREPARED",
                            "TRANS_STMT_ROLLBACK_PREPARED"):
            self.mark(YES)
        for item in node.get("options", []):
            if item["DefElem"]["defname"] == "transaction_read_only":
                self.mark(NO if item["DefElem"]["arg"]["A_Const"]["ival"] else MAYBE)

    def top_VariableSetStmt(self, node):
        if node.get("name") == "TRANSACTION SNAPSHOT":
            self.mark(MAYBE)
        if "ParamRef" in json.dumps(node):
            raise Refused(LENIENT)

    def top_ExplainStmt(self, node):
        before = self.writes
        self.inner(node["query"])
        if not explains_by_running(node.get("options", [])):
            self.writes = before

    def top_PrepareStmt(self, node):
        self.inner(node["query"])

    def top_DeclareCursorStmt(self, node):
        self.inner(node["query"])

    def top_CopyStmt(self, node):
        if node.get("is_from") or node.get("filename"):
            self.mark(YES)
        if "relation" in node:
            self.table(node["relation"], "w" if node.get("is_from") else "r")
        if "query" in node:
            self.inner(node["query"])
        self.fields(node, frozenset(), "relation", "query")

    def top_CallStmt(self, node):
        self.mark(YES)
        self.fields(node, frozenset(), "funcexpr", "outargs")

    def top_TruncateStmt(self, node):
        self.mark(YES)
        for item in node["relations"]:
            self.table(item["RangeVar"], "w")

    def top_LockStmt(self, node):
        self.mark(YES)
        for item in node["relations"]:
            self.table(item["RangeVar"], "k")

    def top_CreateTableAsStmt(self, node):
        self.mark(YES)
        self.table(node["into"]["rel"], "w")
        self.inner(node["query"])

    def top_CreateSchemaStmt(self, node):
        self.mark(YES)
        for element in node.get("schemaElts", []):
            self.inner(element)

    def top_DropStmt(self, node):
        self.mark(YES)
        if node["removeType"] in ("OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW",
                                  "OBJECT_FOREIGN_TABLE"):
            for item in node["objects"]:
                names = [part["String"].get("sval", "") for part in item["List"]["items"]]
                # Longer names are no relation's: running the statement fails.
                if len(names) <= 3:
                    self.tables.add(("w",) + tuple(names))

    def definition(self, kind, node):
        """Any other statement: its own relation is written, what its body names is stored."""
        if kind in ("CreateStmt", "CreateForeignTableStmt", "ViewStmt", "IndexStmt", "RuleStmt",
                    "CreateTrigStmt", "RefreshMatViewStmt", "ClusterStmt", "ReindexStmt"):
            base = node.get("base", node) if kind == "CreateForeignTableStmt" else node
            target = base.get("view") or base.get("relation")
            if target:
                self.table(target, "w")
            if kind == "IndexStmt":
                node = dict(node, relation={})
        elif kind == "AlterTableStmt" and node["objtype"] in ("OBJECT_TABLE", "OBJECT_VIEW",
                                                              "OBJECT_MATVIEW"):
            self.table(node["relation"], "w")
        elif kind == "VacuumStmt":
            for item in node.get("rels", []):
                if "relation" in item["VacuumRelation"]:
                    self.table(item["VacuumRelation"]["relation"], "w")
        elif kind == "GrantStmt" and node["objtype"] == "OBJECT_TABLE":
            for item in node.get("objects", []):
                if "RangeVar" in item:
                    self.table(item["RangeVar"], "w")
        if kind in READ_DEFINITIONS or kind in SESSION_CONTROL or kind in DEPENDS_ON_PAST:
            tables, self.stored = set(self.tables), True
            # Relations that the statement names itself were taken above, or are no tables.
            self.fields(node, frozenset(), "relation", "view", "rels", "objects", "constraints")
            self.stored = False
            if kind == "AlterTableStmt":
                self.tables = tables


def is_wrapped(value):
    return len(value) == 1 and next(iter(value))[:1].isupper()


def is_cte(variable, scope):
    return "schemaname" not in variable and variable.get("relname") in scope


def level_tables(sources):
    """The tables of a FROM list, joins included and subqueries not."""
    for source in sources:
        for kind, node in source.items():
            if kind == "RangeVar":
                yield node
            elif kind == "JoinExpr":
                yield from level_tables([node["larg"], node["rarg"]])
            elif kind == "RangeTableSample":
                yield from level_tables([node["relation"]])


def explains_by_running(options):
    """Whether EXPLAIN executes: the last ANALYZE option decides."""
    runs = False
    for item in options:
        option = item["DefElem"]
        if option["defname"] != "analyze":
            continue
        argument = option.get("arg")
        if argument is None:
            runs = True
            continue
        (kind, value), = argument.items()
        word = str(value.get("ival", 0)) if kind == "Integer" else str(
            value.get("sval", value.get("boolval", ""))).lower()
        runs = word not in ("0", "false", "off")
    return runs


def parse(text):
    try:
        return json.loads(parser.parse_sql_json(text))["stmts"]
    except (parser.ParseError, ValueError, RecursionError) as error:
        raise Refused(str(error)) from None


def is_accepted(text):
    try:
        parser.parse_sql_json(text)
        return True
    except parser.ParseError:
        return False


def facts(text):
    """A list with one dictionary for each statement of `text`.

    kind: PostgreSQL's name of its tree. start, last, end: byte offsets of its first token, behind
    its last token, and of its semicolon or the end of the text. tables: `mode name...` lists.
    functions: name lists, at most schema and name. writes: NO to YES. command: see commands.py.
    """
    if JUNK.search(text):
        raise Refused(LENIENT)
    size = len(text.encode())
    statements = parse(text)
    if not statements:
        return []
    ends = token_ends(text)
    result = []
    position = 0
    for raw in statements:
        start = raw.get("stmt_location", 0)
        length = raw.get("stmt_len", 0)
        end = start + length if length else size
        last = start
        while position < len(ends) and ends[position] <= end:
            last = ends[position]
            position += 1
        (kind, node), = raw["stmt"].items()
        statement = Statement()
        try:
            statement.top(kind, node)
        except RecursionError:
            raise Refused("nested too deeply for this walk") from None
        result.append({
            "kind": kind, "start": start, "last": last, "end": end,
            "tables": sorted(map(list, statement.tables)),
            "functions": sorted(map(list, statement.functions)),
            "writes": statement.writes, "command": commands.command(kind, node),
        })
    return result


def token_ends(text):
    """Byte offsets behind each token that is no comment."""
    tokens = parser.scan(text)
    ends = [t.end + 1 for t in tokens if not t.name.endswith("_COMMENT")]
    if text.isascii():
        return ends
    offsets, at = [0], 0
    for character in text:
        at += len(character.encode())
        offsets.append(at)
    return [offsets[e] for e in ends]
