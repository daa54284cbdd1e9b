"""pytruenas: logs in by `auth.login_ex`, waits for jobs by their numbers, has a reader thread."""

import system
import tour
from pytruenas import APIKeyAuth, TrueNASClient, query

client = TrueNASClient(
    f"wss://{system.HOST}:{system.PORT}/api/current",
    credentials=APIKeyAuth(system.API_KEY, system.USERNAME),
    verify=system.CA_FILE,
)


def call(method, *params):
    return client.api[method](*params)


def job(method, *params):
    return client.api[method](*params, job=True)


def watch(collection, act):
    with client.api[collection].subscribe() as subscription:
        result = act()
        told = []
        for event in subscription.events(timeout=20):
            told.append(event._asdict())
            if event.fields["state"] == "SUCCESS":
                return result, told
    raise SystemExit("no job was told of to its end")


def own():
    """Upserts, and a key pair of its own for root."""
    done = []
    pairs, users = client.api.keychaincredential, client.api.user
    client.install_sshcreds("stranger")
    client.install_sshcreds("stranger")
    pair = pairs._get(name="stranger", type="SSH_KEY_PAIR")
    root = users._get(username="root")
    client.api.ssh._update(None, ("callback", lambda *it: done.append(it[0])), tcpfwd=True)
    client.api.ssh._update(None, ("callback", lambda *it: done.append(it[0])), tcpfwd=True)
    found = {
        "pairs": len(pairs._query(name=query.RE("^str"))),
        "authorised for root": root["sshpubkey"].splitlines() == [pair["attributes"]["public_key"].strip()],
        "nobody": users._get(123456),
        "ssh updates": [getattr(it, "value", it) for it in done],
    }
    client.api.ssh._update(tcpfwd=False)
    users.update(root["id"], {"sshpubkey": None})
    pairs.delete(pair["id"])
    return found


with client:
    tour.take(call, job, watch, own)
