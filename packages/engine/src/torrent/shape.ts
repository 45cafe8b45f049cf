/** The parts of a context that follow from the torrent alone. */
import { FileMap, Geometry, type Metainfo } from "@torrential/core";

export function shapeOf(metainfo: Metainfo): { readonly geometry: Geometry; readonly fileMap: FileMap } {
  return {
    geometry: new Geometry({ lengthBytes: metainfo.lengthBytes, pieceLength: metainfo.pieceLength }),
    fileMap: new FileMap(metainfo.files.map((file) => file.lengthBytes)),
  };
}
