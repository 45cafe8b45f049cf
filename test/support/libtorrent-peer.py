"""libtorrent as a peer for our tests: one JSON object per line in, one per line out.

libtorrent-peer.py ADDRESS [FINDS]   listens on a port of the system's choice; quits at the end of its input.
FINDS: how it may find peers besides trackers, "pex" or "lsd", with a comma between them.

Operations: add, status, connect, limit, settings, log, remove. Every answer is an object; a failure has "error".
"""
import json
import os
import re
import sys

import libtorrent as lt

# Plain TCP to the peers it is told of, nothing else, and no limits but those that a test sets.
SETTINGS = {
    "enable_dht": False, "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False,
    "enable_outgoing_utp": False, "enable_incoming_utp": False,
    "in_enc_policy": 2, "out_enc_policy": 2, "allowed_enc_level": 1,  # plain text only
    "connections_limit": 2000, "connection_speed": 500, "listen_queue_size": 1000, "unchoke_slots_limit": -1,
    "active_downloads": -1, "active_seeds": -1, "active_limit": -1, "active_checking": -1, "active_tracker_limit": -1,
    "min_reconnect_time": 1, "max_failcount": 1000,  # the other side is killed again and again
    "max_out_request_queue": 1500, "request_queue_time": 3,
    "send_buffer_watermark": 3 << 20, "send_buffer_low_watermark": 1 << 20, "send_buffer_watermark_factor": 150,
    "recv_socket_buffer_size": 1 << 20, "max_queued_disk_bytes": 7 << 20, "file_pool_size": 500,
    "checking_mem_usage": 2048, "hashing_threads": 1, "aio_threads": 2,
    "mixed_mode_algorithm": 0, "alert_mask": 0,
}


FINDS = sys.argv[2].split(",") if len(sys.argv) > 2 else []


def make_session(address):
    host = f"[{address}]" if ":" in address else address
    settings = dict(SETTINGS, listen_interfaces=f"{host}:0", outgoing_interfaces=address, enable_lsd="lsd" in FINDS)
    return lt.session(settings)


def add(session, request):
    if "magnet" in request:
        params = lt.parse_magnet_uri(request["magnet"])
    else:
        params = lt.add_torrent_params()
        params.ti = lt.torrent_info(request["torrent"])
    params.save_path = request["save"]
    flags = lt.torrent_flags
    params.flags = params.flags & ~(flags.auto_managed | flags.paused)
    if "pex" not in FINDS:
        params.flags |= flags.disable_pex
    if request.get("trust"):
        params.flags |= flags.seed_mode
    if not request.get("announce", True):
        params.flags |= flags.override_trackers
    handle = session.add_torrent(params)
    connect(handle, request.get("peers", []))
    limit(handle, request)


def connect(handle, peers):
    for address, port in peers:
        handle.connect_peer((address, port))


def limit(handle, request):
    if "upLimit" in request:
        handle.set_upload_limit(request["upLimit"])
    if "downLimit" in request:
        handle.set_download_limit(request["downLimit"])


def status(handle):
    s = handle.status()
    checking = (lt.torrent_status.checking_files, lt.torrent_status.checking_resume_data)
    if s.errc.value() != 0:
        raise RuntimeError(s.errc.message())
    return {
        "isComplete": s.is_seeding and s.state not in checking, "completedBytes": s.total_wanted_done,
        "uploaded": s.total_payload_upload, "downloaded": s.total_payload_download,
        "hasMetadata": s.has_metadata, "connected": [list(p.ip) for p in handle.get_peer_info()],
        "failed": s.total_failed_bytes, "redundant": s.total_redundant_bytes, "peers": s.num_peers,
    }


def log(session, logged):
    """Names of the messages that passed, each with its direction: "==> SUGGEST", "<== HAVE_ALL"."""
    for alert in session.pop_alerts():
        found = re.search(r"(==>|<==) ([A-Z_]+)(.*)", alert.message())
        if found is not None and len(logged) < 100_000:
            logged.append(f"{found[1]} {found[2]}{found[3][:80]}")
    messages, logged[:] = list(logged), []
    return {"messages": messages}


def answer(session, request, logged):
    op = request["op"]
    if op == "settings":
        session.apply_settings(request["settings"])
        return {}
    if op == "log":
        return log(session, logged)
    if op == "add":
        add(session, request)
        return {}
    handle = session.find_torrent(lt.sha1_hash(bytes.fromhex(request["infoHash"])))
    if not handle.is_valid():
        raise RuntimeError("no such torrent")
    if op == "status":
        return status(handle)
    if op == "connect":
        connect(handle, request["peers"])
    elif op == "limit":
        limit(handle, request)
    elif op == "remove":
        session.remove_torrent(handle)
    else:
        raise RuntimeError(f"unknown operation {op}")
    return {}


def main():
    session = make_session(sys.argv[1])
    logged = []
    print(json.dumps({"port": session.listen_port(), "version": lt.__version__}), flush=True)
    for line in sys.stdin:
        try:
            result = answer(session, json.loads(line), logged)
        except Exception as error:  # the test that asked is told, and decides
            result = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(result), flush=True)
    if os.environ.get("TORRENTIAL_TEST_HASTY") == "1":
        os._exit(0)
    del session  # returns when everything is on disk and the trackers were told


main()
