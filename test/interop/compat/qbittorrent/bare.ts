/** Every endpoint that 4.5 has too, by GET and by POST, with nothing said. */
import type { Step } from "../conversation.ts";

const PATHS = (
  "app/buildInfo app/defaultSavePath app/networkInterfaceAddressList app/networkInterfaceList app/preferences " +
  "app/setPreferences app/version app/webapiVersion auth/login log/main log/peers rss/addFeed rss/addFolder rss/items " +
  "rss/markAsRead rss/matchingArticles rss/moveItem rss/refreshItem rss/removeItem rss/removeRule rss/renameRule " +
  "rss/rules rss/setRule search/delete search/enablePlugin search/installPlugin search/plugins search/results " +
  "search/start search/status search/stop search/uninstallPlugin sync/maindata sync/torrentPeers torrents/add " +
  "torrents/addPeers torrents/addTags torrents/addTrackers torrents/bottomPrio torrents/categories " +
  "torrents/createCategory torrents/createTags torrents/decreasePrio torrents/deleteTags torrents/downloadLimit " +
  "torrents/editCategory torrents/editTracker torrents/export torrents/filePrio torrents/files torrents/increasePrio " +
  "torrents/info torrents/pieceHashes torrents/pieceStates torrents/properties torrents/reannounce torrents/recheck " +
  "torrents/removeCategories torrents/removeTags torrents/removeTrackers torrents/rename torrents/renameFile " +
  "torrents/renameFolder torrents/setAutoManagement torrents/setCategory torrents/setDownloadLimit " +
  "torrents/setDownloadPath torrents/setForceStart torrents/setLocation torrents/setSavePath torrents/setSuperSeeding " +
  "torrents/setUploadLimit torrents/tags torrents/toggleFirstLastPiecePrio torrents/toggleSequentialDownload " +
  "torrents/topPrio torrents/trackers torrents/uploadLimit torrents/webseeds transfer/banPeers transfer/downloadLimit " +
  "transfer/info transfer/setDownloadLimit transfer/setUploadLimit transfer/speedLimitsMode transfer/uploadLimit"
).split(" ");

export function bare(): Step[] {
  return ["GET", "POST"].flatMap((method) =>
    PATHS.map((path) => ({ name: `${method} ${path}`, ask: () => ({ path, method }) })),
  );
}
