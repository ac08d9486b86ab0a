"""What a statement asks of its session, as a list of words; an empty list where nothing is compared.

The words are those of SQLSyntax's SessionCommand.
"""

# CURSOR_OPT_HOLD of PostgreSQL's parse nodes.
HOLD = 0x20

# Their spellings are many, and they are transaction control as well as settings.
NOT_COMPARED = {"transaction_isolation", "transaction_read_only", "transaction_deferrable"}


def command(kind, node):
    maker = MAKERS.get(kind)
    return maker(node) if maker else []


def transaction(node):
    kind = node["kind"].removeprefix("TRANS_STMT_").lower()
    name = node.get("savepoint_name", "")
    if kind in ("begin", "start"):
        return ["begin"] + modes(node.get("options", [])) if is_plain(node.get("options", [])) else []
    if kind in ("commit", "rollback"):
        return [kind, "chained" if node.get("chain") else "ended"]
    if kind in ("savepoint", "release", "rollback_to"):
        return [kind, name]
    return ["prepare"] if kind == "prepare" else ["finish_prepared"]


def is_plain(options):
    """Whether no option is given twice: the server refuses some of these and takes others."""
    names = [item["DefElem"]["defname"] for item in options]
    return len(names) == len(set(names))


def modes(options):
    found = {"transaction_isolation": "-", "transaction_read_only": "-", "transaction_deferrable": "-"}
    for item in options:
        value = item["DefElem"]["arg"]["A_Const"]
        if "sval" in value:
            word = value["sval"]["sval"]
        else:
            word = "yes" if value["ival"].get("ival") else "no"
        found[item["DefElem"]["defname"]] = word
    return list(found.values())


def setting(node):
    kind, name = node["kind"], node.get("name", "*").lower()
    if kind == "VAR_SET_MULTI":
        if node["name"] == "TRANSACTION" and is_plain(node["args"]):
            return ["set"] + modes(node["args"])
        return []
    if name in NOT_COMPARED:
        return []
    scope = "transaction" if node.get("is_local") else "session"
    if kind == "VAR_SET_CURRENT":
        return ["setting", scope, name, "current"]
    if kind != "VAR_SET_VALUE":
        return ["setting", scope, name, "standard"]
    values = [argument.get("A_Const", {}) for argument in node["args"]]
    if not all("sval" in value for value in values):
        # Numbers have many spellings, and an interval is no literal.
        return ["setting", scope, name]
    items = [value["sval"].get("sval", "") for value in values]
    return ["setting", scope, name, "items"] + [i.lower() if name == "xmloption" else i for i in items]


def show(node):
    name = node["name"].lower()
    # Those are for the proxy, whatever PostgreSQL would say.
    return [] if name.startswith("pool_") else ["show", name]


def discard(node):
    return ["discard", {"DISCARD_ALL": "all", "DISCARD_PLANS": "plans", "DISCARD_TEMP": "temporary",
                        "DISCARD_SEQUENCES": "sequences"}[node.get("target", "DISCARD_ALL")]]


def named(word, field):
    """A command with one name; `*` where all are meant."""
    return lambda node: [word, node.get(field, "*")]


MAKERS = {
    "TransactionStmt": transaction,
    "VariableSetStmt": setting,
    "DiscardStmt": discard,
    "PrepareStmt": named("prepare_statement", "name"),
    "ExecuteStmt": named("execute", "name"),
    "DeallocateStmt": named("deallocate", "name"),
    "DeclareCursorStmt": lambda node: [
        "declare", node["portalname"], "held" if node["options"] & HOLD else "not held"],
    "FetchStmt": named("fetch", "portalname"),
    "ClosePortalStmt": named("close", "portalname"),
    "ListenStmt": named("listen", "conditionname"),
    "UnlistenStmt": named("unlisten", "conditionname"),
    "VariableShowStmt": show,
}
