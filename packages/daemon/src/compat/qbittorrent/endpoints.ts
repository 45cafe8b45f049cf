/** All endpoints below `/api/v2/`, but for those of `auth`. */
import * as actions from "./torrent-actions.ts";
import * as app from "./app.ts";
import * as labels from "./categories.ts";
import { type Endpoint, read, write } from "./http.ts";
import { mainLog, peerLog } from "./log.ts";
import { preferences, setPreferences } from "./preferences.ts";
import * as rss from "./rss.ts";
import * as rssRules from "./rss-rules.ts";
import * as search from "./search.ts";
import { mainData } from "./sync-maindata.ts";
import { torrentPeers } from "./sync-peers.ts";
import * as details from "./torrent-details.ts";
import * as folders from "./torrent-folders.ts";
import { addTorrents } from "./torrents-add.ts";
import { torrentsCount, torrentsInfo } from "./torrents-info.ts";
import * as creator from "./torrent-creator.ts";
import * as edits from "./tracker-edits.ts";
import * as transfer from "./transfer.ts";

export const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ["app/version", read(app.version)],
  ["app/webapiVersion", read(app.webApiVersion)],
  ["app/buildInfo", read(app.buildInfo)],
  ["app/shutdown", write(app.shutdown)],
  ["app/preferences", read(preferences)],
  ["app/setPreferences", write(setPreferences)],
  ["app/defaultSavePath", read(app.defaultSavePath)],
  ["app/networkInterfaceList", read(app.networkInterfaceList)],
  ["app/networkInterfaceAddressList", read(app.networkInterfaceAddresses)],
  ["app/getDirectoryContent", read(app.directoryContent)],
  ["app/cookies", read(app.cookies)],
  ["app/setCookies", write(app.setCookies)],
  ["app/sendTestEmail", write(app.sendTestEmail)],

  ["log/main", read(mainLog)],
  ["log/peers", read(peerLog)],
  ["sync/maindata", read(mainData)],
  ["sync/torrentPeers", read(torrentPeers)],

  ["transfer/info", read(transfer.transferInfo)],
  ["transfer/downloadLimit", read(transfer.downloadLimit)],
  ["transfer/uploadLimit", read(transfer.uploadLimit)],
  ["transfer/setDownloadLimit", write(transfer.setDownloadLimit)],
  ["transfer/setUploadLimit", write(transfer.setUploadLimit)],
  ["transfer/speedLimitsMode", read(transfer.speedLimitsMode)],
  ["transfer/toggleSpeedLimitsMode", write(transfer.toggleSpeedLimitsMode)],
  ["transfer/setSpeedLimitsMode", write(transfer.setSpeedLimitsMode)],
  ["transfer/banPeers", write(transfer.banPeers)],

  ["torrents/info", read(torrentsInfo)],
  ["torrents/count", read(torrentsCount)],
  ["torrents/properties", read(details.properties)],
  ["torrents/trackers", read(details.trackers)],
  ["torrents/webseeds", read(details.webSeeds)],
  ["torrents/files", read(details.files)],
  ["torrents/pieceStates", read(details.pieceStates)],
  ["torrents/pieceHashes", read(details.pieceHashes)],
  ["torrents/export", read(details.exportTorrent)],
  ["torrents/add", write(addTorrents)],
  ["torrents/start", write(actions.start)],
  ["torrents/stop", write(actions.stop)],
  // Names of 4.x.
  ["torrents/resume", write(actions.start)],
  ["torrents/pause", write(actions.stop)],
  ["torrents/delete", write(actions.remove)],
  ["torrents/recheck", write(actions.recheck)],
  ["torrents/reannounce", write(actions.reannounce)],
  ["torrents/topPrio", write(actions.topPriority)],
  ["torrents/bottomPrio", write(actions.bottomPriority)],
  ["torrents/increasePrio", write(actions.increasePriority)],
  ["torrents/decreasePrio", write(actions.decreasePriority)],
  ["torrents/filePrio", write(actions.setFilePriority)],
  ["torrents/setLocation", write(folders.setLocation)],
  ["torrents/setSavePath", write(folders.setSavePath)],
  ["torrents/setDownloadPath", write(folders.setDownloadPath)],
  ["torrents/rename", write(actions.rename)],
  ["torrents/renameFile", write(actions.renameFile)],
  ["torrents/renameFolder", write(actions.renameFolder)],
  ["torrents/setShareLimits", write(actions.setShareLimits)],
  ["torrents/downloadLimit", read(actions.downloadLimit)],
  ["torrents/uploadLimit", read(actions.uploadLimit)],
  ["torrents/setDownloadLimit", write(actions.setDownloadLimit)],
  ["torrents/setUploadLimit", write(actions.setUploadLimit)],
  ["torrents/setForceStart", write(actions.setForceStart)],
  ["torrents/setSuperSeeding", write(actions.setSuperSeeding)],
  ["torrents/setAutoManagement", write(actions.setAutoManagement)],
  ["torrents/toggleSequentialDownload", write(actions.toggleSequential)],
  ["torrents/toggleFirstLastPiecePrio", write(actions.toggleFirstLast)],
  ["torrents/addTrackers", write(edits.addTrackers)],
  ["torrents/editTracker", write(edits.editTracker)],
  ["torrents/removeTrackers", write(edits.removeTrackers)],
  ["torrents/addPeers", write(edits.addPeers)],
  ["torrents/addWebSeeds", write(edits.addWebSeeds)],
  ["torrents/editWebSeed", write(edits.editWebSeed)],
  ["torrents/removeWebSeeds", write(edits.removeWebSeeds)],
  ["torrents/SSLParameters", read(details.sslParameters)],
  ["torrents/setSSLParameters", write(details.setSslParameters)],

  ["torrents/categories", read(labels.categories)],
  ["torrents/createCategory", write(labels.createCategory)],
  ["torrents/editCategory", write(labels.editCategory)],
  ["torrents/removeCategories", write(labels.removeCategories)],
  ["torrents/setCategory", write(labels.setCategory)],
  ["torrents/tags", read(labels.tags)],
  ["torrents/createTags", write(labels.createTags)],
  ["torrents/deleteTags", write(labels.deleteTags)],
  ["torrents/addTags", write(labels.addTags)],
  ["torrents/removeTags", write(labels.removeTags)],
  ["torrents/setTags", write(labels.setTags)],

  ["torrentcreator/addTask", write(creator.addTask)],
  ["torrentcreator/status", read(creator.taskStatus)],
  ["torrentcreator/torrentFile", read(creator.torrentFile)],
  ["torrentcreator/deleteTask", write(creator.deleteTask)],

  ["rss/items", read(rss.rssItems)],
  ["rss/addFolder", write(rss.addFolder)],
  ["rss/addFeed", write(rss.addFeed)],
  ["rss/setFeedURL", write(rss.setFeedUrl)],
  ["rss/removeItem", write(rss.removeItem)],
  ["rss/moveItem", write(rss.moveItem)],
  ["rss/markAsRead", write(rss.markAsRead)],
  ["rss/refreshItem", write(rss.markAsRead)],
  ["rss/rules", read(rssRules.rules)],
  ["rss/setRule", write(rssRules.setRule)],
  ["rss/renameRule", write(rssRules.renameRule)],
  ["rss/removeRule", write(rssRules.removeRule)],
  ["rss/matchingArticles", read(rssRules.matchingArticles)],

  ["search/plugins", read(search.plugins)],
  ["search/status", read(search.searchStatus)],
  ["search/start", write(search.startSearch)],
  ["search/stop", write(search.unknownSearch)],
  ["search/results", read(search.unknownSearch)],
  ["search/delete", write(search.unknownSearch)],
  ["search/downloadTorrent", write(search.downloadTorrent)],
  ["search/installPlugin", write(search.installPlugin)],
  ["search/uninstallPlugin", write(search.uninstallPlugin)],
  ["search/enablePlugin", write(search.enablePlugin)],
  ["search/updatePlugins", write(search.updatePlugins)],
]);
