/** Torrential's vocabulary: ids, bytes, geometry, bencode, metainfo, magnet links, addresses. Pure but for crypto.ts. */
export * from "./bencode/decode.ts";
export * from "./bencode/encode.ts";
export { BDict, type BValue } from "./bencode/value.ts";
export * from "./bitfield.ts";
export * from "./bytes.ts";
export * from "./create.ts";
export * from "./crypto.ts";
export * from "./endpoint.ts";
export * from "./errors.ts";
export * from "./geometry.ts";
export * from "./ids.ts";
export * from "./ip-address.ts";
export * from "./magnet.ts";
export * from "./merkle.ts";
export * from "./metainfo/metainfo.ts";
export { INFO_MAX_BYTES, METAINFO_MAX_BYTES, parseInfo, parseMetainfo, PIECE_COUNT_MAX } from "./metainfo/parse.ts";
export * from "./peer-id-names.ts";
export * from "./safe-path.ts";
