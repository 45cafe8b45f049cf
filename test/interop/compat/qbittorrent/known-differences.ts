/**
 * Where we answer otherwise than Debian's qbittorrent-nox 4.5.2, and why: most of it is what came with 4.6, 5.0 and 5.1, which
 * is the version that we say we are, and was looked up in its sources (release-5.1.4). What is not a matter of versions is
 * in docs/guide/clients.md too. A "*" stands for anything; a line that nothing needs any more fails the test.
 */
type Reason = string;

const NEWER = "came with a later version, and is in 5.1";
const OTHER_NAME = "has another name in 5.1";
const NO_SERVER_ERROR = "5.1 says 501, 4.5 says 400: an odd request is no error of the server";
const RAW = "what its parser refuses has no type there";

/** Preferences that 4.5 does not know. */
const NEW_PREFERENCES = (
  "add_to_top_of_queue add_trackers_from_url_enabled add_trackers_url add_trackers_url_list announce_port " +
  "app_instance_name bdecode_depth_limit bdecode_token_limit confirm_torrent_deletion confirm_torrent_recheck " +
  "current_interface_name delete_torrent_content_files dht_bootstrap_nodes file_log_* i2p_* ignore_ssl_errors " +
  "mark_of_the_web max_inactive_seeding_time* merge_trackers proxy_bittorrent proxy_misc proxy_rss " +
  "python_executable_path rss_fetch_delay save_statistics_interval socket_*_buffer_size ssl_* " +
  "status_bar_external_ip torrent_content_remove_option torrent_file_size_limit use_subcategories " +
  "use_unwanted_folder"
).split(" ");

export const QBITTORRENT_DIFFERENCES: Readonly<Record<string, Reason>> = {
  "*.root_path": NEWER,
  "*.reannounce": NEWER,
  "*.private": NEWER,
  "*.popularity": NEWER,
  "*.has_metadata": NEWER,
  "*.comment": NEWER,
  "*.inactive_seeding_time_limit": NEWER,
  "*.max_inactive_seeding_time": NEWER,
  "properties of *: private": NEWER,
  "properties of *: popularity": NEWER,
  "properties of *: has_metadata": NEWER,
  "properties of *: progress": NEWER,
  "*server_state.last_external_address_v*": NEWER,
  "*server_state.use_subcategories": NEWER,
  "*: last_external_address_v*": NEWER,
  "*: platform": NEWER,
  "rss rules, some: mine.priority": NEWER,
  "rss rules, some: mine.torrentParams": NEWER,
  ...Object.fromEntries(NEW_PREFERENCES.map((name) => [`*preferences*: ${name}`, NEWER])),
  "*preferences*: start_paused_enabled": OTHER_NAME,
  "*preferences*: add_stopped_enabled": OTHER_NAME,
  "*preferences*: proxy_torrents_only": "is three switches in 5.1",
  "*preferences*: proxy_type": "is a word in 5.1",
  "after pause: (value)[].state": OTHER_NAME,
  "*: (value)[].seen_complete": "never is -1 in 5.1",
  "HEAD: (status)": "is answered as GET without a body since 4.6",
  "export of album: (type)": "says what it is in 5.1",
  "wish all, as wished: (value)[][].tags": "tags are trimmed and in order since 5.0",
  "*maindata*: categories": "what is empty is left out of a first answer since 4.6",
  "a read by *: (status)": NO_SERVER_ERROR,
  "OPTIONS: (status)": NO_SERVER_ERROR,
  "a form that is JSON: (type)": RAW,
  "a broken multipart form: (type)": RAW,
  "a multipart form without boundary: (type)": RAW,
  "another origin: (status)": "switched off there; the login is compared with it on",
  "the magnet: (value)[].priority": "no place while the queue is off",
  "editTracker, no URL: (status)": "what is no announce URL is refused; they take any text for a tracker",
  "trackers after removeTrackers: (value)": "the one that is no URL was not taken",
  "* log/peers: []": "a ban is told of when it is made; there, when the peer comes back",
  "delete without deleteFiles: (status)": "keeps the files: Sonarr and Radarr leave the parameter out to say so",
};

const SLOWER_EACH_TIME =
  "an address waits longer with each wrong password, from the sixth on, and not an hour from the fifth; who is in stays in";

/** Of coming in. */
export const LOGIN_DIFFERENCES: Readonly<Record<string, Reason>> = {
  "login, too often wrong before: *": SLOWER_EACH_TIME,
  "logout: cookie": "ends by its age, as it was made otherwise",
};
