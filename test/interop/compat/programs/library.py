"""Python libraries that speak one of the two APIs: one line of JSON in, one out. argv: library, url, user, password."""
import base64
import json
import sys
from urllib.parse import urlparse

library, url, user, password = sys.argv[1:5]
host, port = urlparse(url).hostname, urlparse(url).port


def shown(torrent, **more):
    return {"hash": torrent.hashString, "name": torrent.name, **more}


class OldTransmission:
    """transmissionrpc 0.11, Debian's."""

    def __init__(self):
        import transmissionrpc

        self.client = transmissionrpc.Client(host, port=port, user=user, password=password)

    def add(self, what, folder):
        self.client.add_torrent(what, download_dir=folder, paused=True)

    def list(self):
        return [
            shown(
                torrent,
                progress=torrent.percentDone,
                isStopped=torrent.status == "stopped",
                folder=torrent.downloadDir,
                downLimit=torrent.downloadLimit * 1024 if torrent.downloadLimited else 0,
                position=torrent.queuePosition,
            )
            for torrent in self.client.get_torrents()
        ]

    def limit(self, hash, rate):
        self.client.change_torrent(hash, downloadLimit=rate // 1024, downloadLimited=True)

    def move(self, hash, folder):
        self.client.move_torrent_data(hash, folder)

    def rename(self, hash, source, target):
        self.client.rename_torrent_path(hash, source, target)

    def top(self, hash):
        self.client.queue_top(hash)

    def verify(self, hash):
        self.client.verify_torrent(hash)

    def stop(self, hash):
        self.client.stop_torrent(hash)

    def start(self, hash):
        self.client.start_torrent(hash)

    def remove(self, hash, data):
        self.client.remove_torrent(hash, delete_data=data)


class Transmission(OldTransmission):
    """transmission-rpc, Home Assistant's."""

    def __init__(self):
        import transmission_rpc

        self.client = transmission_rpc.Client(host=host, port=port, username=user, password=password)

    def add(self, what, folder):
        if not what.startswith(("magnet:", "http:")):
            what = base64.b64decode(what)
        self.client.add_torrent(what, download_dir=folder, paused=True)

    def list(self):
        return [
            {
                "hash": torrent.hash_string,
                "name": torrent.name,
                "progress": torrent.percent_done,
                "isStopped": torrent.status == "stopped",
                "labels": torrent.labels,
                "folder": torrent.download_dir,
                "downLimit": torrent.download_limit * 1024 if torrent.download_limited else 0,
                "position": torrent.queue_position,
            }
            for torrent in self.client.get_torrents()
        ]

    def limit(self, hash, rate):
        self.client.change_torrent(hash, download_limit=rate // 1024, download_limited=True)

    def label(self, hash, label):
        self.client.change_torrent(hash, labels=[label])


class Qbittorrent:
    """qbittorrent-api, qbit_manage's."""

    def __init__(self):
        import qbittorrentapi

        self.client = qbittorrentapi.Client(host=url, username=user, password=password)
        self.client.auth_log_in()

    def add(self, what, folder):
        link = what.startswith(("magnet:", "http:"))
        given = {"urls": what} if link else {"torrent_files": base64.b64decode(what)}
        answer = self.client.torrents_add(**given, save_path=folder, is_stopped=True)
        if answer != "Ok.":
            raise RuntimeError(answer)

    def list(self):
        return [
            {
                "hash": torrent.hash,
                "name": torrent.name,
                "progress": torrent.progress,
                "isStopped": torrent.state_enum.is_stopped,
                "labels": torrent.tags.split(", "),
                "folder": torrent.save_path,
                "downLimit": torrent.dl_limit,
                "position": torrent.priority,
            }
            for torrent in self.client.torrents_info()
        ]

    def limit(self, hash, rate):
        self.client.torrents_set_download_limit(torrent_hashes=hash, limit=rate)

    def label(self, hash, label):
        self.client.torrents_add_tags(torrent_hashes=hash, tags=label)

    def move(self, hash, folder):
        self.client.torrents_set_location(torrent_hashes=hash, location=folder)

    def rename(self, hash, source, target):
        self.client.torrents_rename_file(torrent_hash=hash, old_path=source, new_path=target)

    def top(self, hash):
        self.client.torrents_top_priority(torrent_hashes=hash)

    def verify(self, hash):
        self.client.torrents_recheck(torrent_hashes=hash)

    def stop(self, hash):
        self.client.torrents_stop(torrent_hashes=hash)

    def start(self, hash):
        self.client.torrents_start(torrent_hashes=hash)

    def remove(self, hash, data):
        self.client.torrents_delete(torrent_hashes=hash, delete_files=data)


LIBRARIES = {"transmissionrpc": OldTransmission, "transmission_rpc": Transmission, "qbittorrentapi": Qbittorrent}
driver = LIBRARIES[library]()
print("{}", flush=True)
for line in sys.stdin:
    name, *args = json.loads(line)["call"]
    try:
        answer = {"answer": getattr(driver, name)(*args)}
    except Exception as error:  # Whatever a library throws is what the test wants to hear.
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
