/**
 * Where we answer otherwise than Debian's transmission-daemon 3.00, and why: most of it is what Transmission 4.1 changed, which
 * is the version that we say we are. What is not a matter of versions
 * is in docs/guide/clients.md too. A "*" stands for anything; a line that nothing needs any more fails the test.
 */
type Reason = string;

const NEWER_TRANSMISSION = "came with Transmission 4";
const WORDS_OF_4 = "the sentence of Transmission 4";
const OFF_IS_NONE = "a limit that is off has no number here";

export const TRANSMISSION_DIFFERENCES: Readonly<Record<string, Reason>> = {
  "*: arguments.torrents[].files[].begin_piece": NEWER_TRANSMISSION,
  "*: arguments.torrents[].files[].end_piece": NEWER_TRANSMISSION,
  "*: arguments.torrents[].trackers[].sitename": NEWER_TRANSMISSION,
  "*: arguments.torrents[].trackerStats[].sitename": NEWER_TRANSMISSION,
  "*: arguments.torrents[].trackerStats[].downloader_count": NEWER_TRANSMISSION,
  "*: arguments.torrents[].peers[].bytesTo*": NEWER_TRANSMISSION,
  "*: arguments.torrents[].peers[].peerId": NEWER_TRANSMISSION,
  "free-space*: arguments.total_size": NEWER_TRANSMISSION,
  "session-get: arguments.anti-brute-force-*": NEWER_TRANSMISSION,
  "session-get: arguments.default-trackers": NEWER_TRANSMISSION,
  "session-get: arguments.preferred_transports": NEWER_TRANSMISSION,
  "session-get: arguments.reqq": NEWER_TRANSMISSION,
  "session-get: arguments.rpc-version-semver": NEWER_TRANSMISSION,
  "session-get: arguments.script-torrent-*": NEWER_TRANSMISSION,
  "session-get: arguments.sequential_download": NEWER_TRANSMISSION,
  "session-get: arguments.tcp-enabled": NEWER_TRANSMISSION,
  "a field twice, and unknown ones: *": "3.00 answers unknown fields with 0; 4 leaves them out",
  "no JSON: *": "what is no JSON is a JSON-RPC parse error since 4",
  "no body: *": "what is no JSON is a JSON-RPC parse error since 4",
  "a list: *": "a list is a batch of JSON-RPC since 4.1",
  "a tag that is text: *": "3.00 drops tags that are no number",
  "add a bad magnet link: (value).result": WORDS_OF_4,
  "add garbage: (value).result": WORDS_OF_4,
  "add what is no base64: (value).result": WORDS_OF_4,
  "set a tracker that is none: (value).result": WORDS_OF_4,
  "set a tracker to remove that is not there: (value).result": WORDS_OF_4,
  "add a file that is not there: (value).result": "a file outside downloads.roots is refused, and says so",
  "no fields: arguments.torrents": "an error has no list beside it",
  "fields that are text: arguments.torrents": "an error has no list beside it",
  "ids of wrong types: *": "3.00 takes null for its first torrent",
  "ids that are an object: *": "3.00 takes it for all torrents, to be removed too",
  "*: (value).torrents[].downloadLimit": OFF_IS_NONE,
  "*: (value).torrents[].uploadLimit": OFF_IS_NONE,
  "album: (value).torrents[].trackers[].id": "ids of trackers are no indexes since 4",
  "the magnet: (value).torrents[].queuePosition": "no place while the queue is off",
};
