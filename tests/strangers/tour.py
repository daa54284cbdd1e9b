"""What each of the clients does with a system: the same round, so that all must tell the same.

A client is handed over as functions: `call(method, *params)`; `job(method, *params)` that waits for
the job's result; `watch(collection, act)` that gives what `act()` gave and the changes that were told
until a job of it had ended; `own()` that tries what only this client has, and gives what it found.
What is found is printed as one JSON object: under `own` and `refusals` in the client's own words.
"""

import json

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGHB5fuyAOYxTqrwQWvFj0TgHQKuPDfFAdDfM8yKkCVf guest"


def refused(call, *args):
    """The client's own words for a call that must fail."""
    try:
        result = call(*args)
    except Exception as error:  # each client has exceptions of its own
        return f"{type(error).__name__}: {error}".strip().splitlines()
    raise SystemExit(f"{args} was not refused: {result!r}")


def take(call, job, watch, own):
    """Goes round, and prints what it found."""
    found = {step.__name__: step(call) for step in (login, queries, users, datasets, keychain, ssh)}
    found["jobs"] = jobs(call, job, watch)
    found["refusals"] = refusals(call, job)
    found["own"] = own()
    print(json.dumps(found, indent=2, sort_keys=True))


def login(call):
    me = call("auth.me")
    roles = me["privilege"]["roles"]
    # A client that knows the API's extended JSON gives a set.
    roles = roles["$set"] if isinstance(roles, dict) else roles
    return {
        "me": me["pw_name"],
        "full administrator": "FULL_ADMIN" in roles,
        "ping": call("core.ping"),
        "version": call("system.version"),
    }


def queries(call):
    def users(filters, **options):
        return call("user.query", filters, options)

    local = ["local", "=", True]
    return {
        "get": users([["username", "=", "root"]], get=True)["uid"],
        "in": [u["username"] for u in users([["uid", "in", [0, 950]]], order_by=["-uid"])],
        "regular expression": users([["username", "~", "^tru.*"]], select=["username", "uid"]),
        "or": users([["OR", [["uid", "=", 0], ["uid", "=", 950]]]], count=True),
        "page": users([local], order_by=["uid"], limit=1, offset=1, select=["username", "uid"]),
        "select as": users([["uid", "=", 0]], select=[["group.bsdgrp_group", "primary"]]),
        "nothing": users([["username", "^", "nobody-of-that"]]),
        "services": call("service.query", [["service", "in", ["ssh"]]], {"select": ["service", "enable"]}),
        "pools": call("pool.query", [], {"select": ["name", "status", "healthy"]}),
    }


def users(call):
    call("pool.dataset.create", {"name": "tank/homes"})
    created = call(
        "user.create",
        {
            "username": "guest",
            "full_name": "A guest",
            "group_create": True,
            "password_disabled": True,
            "smb": False,
            "home": "/mnt/tank/homes",
            "home_create": True,
            "shell": "/usr/bin/bash",
            "sshpubkey": KEY,
        },
    )
    number = created["id"]
    call("user.update", number, {"full_name": "A welcome guest", "sudo_commands_nopasswd": ["ALL"]})
    read = call("user.get_instance", number)
    names = ["username", "full_name", "home", "shell", "smb", "sshpubkey", "sudo_commands_nopasswd"]
    home = call("filesystem.stat", read["home"])
    call("user.delete", number, {"delete_group": True})
    call("pool.dataset.delete", "tank/homes")
    return {
        "read": {name: read[name] for name in names},
        "home": [oct(home["mode"]), home["user"], home["group"]],
        "left": call("user.query", [["username", "=", "guest"]]),
    }


def datasets(call):
    created = call("pool.dataset.create", {"name": "tank/visit", "compression": "ZSTD"})
    call("pool.dataset.update", "tank/visit", {"comments": "seen", "atime": "OFF", "quota": 2**30})
    read = call("pool.dataset.get_instance", "tank/visit")
    listed = call("pool.dataset.query", [["pool", "=", "tank"]], {"select": ["id"], "order_by": ["id"]})
    return {
        "created": [created["id"], created["mountpoint"], created["compression"]["value"]],
        "read": [read[name]["value"] for name in ("atime", "quota", "readonly")],
        "comments": read["user_properties"]["comments"]["value"],
        "source": [read[name]["source"] for name in ("atime", "readonly")],
        "listed": listed,
        "children": call("pool.dataset.query", [["id", "=", "tank"]], {"get": True})["children"][0]["id"],
        "deleted": call("pool.dataset.delete", "tank/visit"),
    }


def keychain(call):
    pair = call("keychaincredential.generate_ssh_key_pair")
    made = call(
        "keychaincredential.create", {"name": "visit", "type": "SSH_KEY_PAIR", "attributes": pair}
    )
    call("keychaincredential.update", made["id"], {"name": "visited"})
    read = call("keychaincredential.query", [["name", "=", "visited"]], {"get": True})
    return {
        "read": [read["type"], sorted(read["attributes"])],
        "same key": read["attributes"]["public_key"].strip() == pair["public_key"].strip(),
        "used by": call("keychaincredential.used_by", made["id"]),
        "deleted": call("keychaincredential.delete", made["id"]),
    }


def ssh(call):
    before = call("ssh.config")
    after = call("ssh.update", {"passwordauth": False, "tcpfwd": True})
    call("ssh.update", {name: before[name] for name in ("passwordauth", "tcpfwd")})
    return [[it["passwordauth"], it["tcpfwd"]] for it in (before, after, call("ssh.config"))]


def jobs(call, job, watch):
    call("pool.dataset.create", {"name": "tank/work"})

    def change():
        return job("filesystem.setperm", {"path": "/mnt/tank/work", "mode": "750"})

    result, told = watch("core.get_jobs", change)
    mode = call("filesystem.stat", "/mnt/tank/work")["mode"]
    call("pool.dataset.delete", "tank/work")
    ours = [it["fields"] for it in told if it["fields"]["method"] == "filesystem.setperm"]
    return {
        "result": result,
        "states": list(dict.fromkeys(it["state"] for it in ours)),
        "progress": ours[-1]["progress"]["percent"],
        "mode": oct(mode),
    }


def refusals(call, job):
    return {
        "failed job": refused(job, "filesystem.setperm", {"path": "/mnt/tank/none", "mode": "750"}),
        "no such method": refused(call, "pool.dataset.explode"),
        "no such entry": refused(call, "user.get_instance", 123456),
        "taken name": refused(
            call, "user.create",
            {"username": "root", "full_name": "x", "group_create": True, "password_disabled": True},
        ),
        "unknown field": refused(call, "ssh.update", {"passwordAuth": True}),
        "wrong type": refused(call, "pool.dataset.create", {"name": 7}),
        "too few": refused(call, "pool.dataset.delete"),
    }
