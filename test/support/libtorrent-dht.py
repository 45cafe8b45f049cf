"""libtorrent's DHT for our tests: one JSON object per line in, one per line out.

libtorrent-dht.py ADDRESS PORT [HOST:PORT]   a node at ADDRESS, which starts from HOST:PORT.

Operations: get-peers, put, get, put-mutable, get-mutable, download, seed, status, nodes.
"""
import json
import sys
import time

import libtorrent as lt

# Only the DHT may bring peers together, and it must take the addresses of a test's network for the world.
SETTINGS = {
    "enable_dht": True, "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False,
    "enable_outgoing_utp": False, "enable_incoming_utp": False,
    "dht_restrict_routing_ips": False, "dht_restrict_search_ips": False, "dht_ignore_dark_internet": False,
    "dht_prefer_verified_node_ids": False, "dht_enforce_node_id": False,
    "in_enc_policy": 2, "out_enc_policy": 2, "allowed_enc_level": 1,
    "alert_mask": lt.alert.category_t.all_categories,
}


class Node:
    def __init__(self, address, port, bootstrap):
        self.session = lt.session(dict(
            SETTINGS, listen_interfaces=f"{address}:{port}", outgoing_interfaces=address,
            dht_bootstrap_nodes=bootstrap))
        self.handles = {}

    def wait(self, kind, is_wanted, seconds=20):
        """The first alert of a kind that is wanted, or None."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.session.wait_for_alert(100)
            for alert in self.session.pop_alerts():
                if isinstance(alert, kind) and is_wanted(alert):
                    return alert
        return None

    def answer(self, request):
        op = request["op"]
        hash_ = lt.sha1_hash(bytes.fromhex(request["target"])) if "target" in request else None
        if op == "nodes":
            return {"nodes": self.session.status().dht_nodes}
        if op == "get-peers":
            self.session.dht_get_peers(hash_)
            peers = set()
            while True:
                reply = self.wait(lt.dht_get_peers_reply_alert, lambda a: a.info_hash == hash_, 3)
                if reply is None:
                    return {"peers": [f"{a}:{p}" for a, p in sorted(peers)]}
                peers.update(reply.peers())
        if op == "put":
            target = self.session.dht_put_immutable_item(request["value"])
            put = self.wait(lt.dht_put_alert, lambda a: a.target == target)
            return {"target": str(target), "nodes": put.num_success if put else 0}
        if op == "get":
            self.session.dht_get_immutable_item(hash_)
            got = self.wait(lt.dht_immutable_item_alert, lambda a: a.target == hash_)
            return {"value": text(got.item) if got else None}
        if op == "put-mutable":
            public, secret = bytes.fromhex(request["public"]), bytes.fromhex(request["secret"])
            self.session.dht_put_mutable_item(secret, public, request["value"].encode(), request["salt"].encode())
            put = self.wait(lt.dht_put_alert, lambda a: a.salt == request["salt"].encode() or a.salt == request["salt"])
            return {"nodes": put.num_success if put else 0}
        if op == "get-mutable":
            self.session.dht_get_mutable_item(bytes.fromhex(request["public"]), request["salt"].encode())
            got = self.wait(lt.dht_mutable_item_alert, lambda a: a.authoritative)
            return {"value": text(got.item) if got else None, "seq": got.seq if got else None}
        if op in ("download", "seed"):
            params = lt.add_torrent_params()
            if "magnet" in request:
                params = lt.parse_magnet_uri(request["magnet"])
            else:
                params.ti = lt.torrent_info(request["torrent"])
            params.save_path = request["save"]
            flags = lt.torrent_flags
            params.flags = params.flags & ~(flags.auto_managed | flags.paused) | flags.disable_pex
            if op == "seed":
                params.flags |= flags.seed_mode
            handle = self.session.add_torrent(params)
            self.handles[str(handle.info_hash())] = handle
            return {}
        if op == "status":
            s = self.handles[request["target"]].status()
            return {"isComplete": s.is_seeding, "completedBytes": s.total_wanted_done}
        raise RuntimeError(f"unknown operation {op}")


def text(item):
    value = item["value"] if isinstance(item, dict) and "value" in item else item
    return value.decode("latin-1") if isinstance(value, bytes) else value


def main():
    address, port = sys.argv[1], sys.argv[2]
    node = Node(address, port, sys.argv[3] if len(sys.argv) > 3 else "")
    print(json.dumps({"port": node.session.listen_port()}), flush=True)
    for line in sys.stdin:
        try:
            result = node.answer(json.loads(line))
        except Exception as error:  # the test that asked is told, and decides
            result = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(result), flush=True)


main()
