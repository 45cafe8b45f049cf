/** Bodies as they were before they were encoded for the way, under a cap on what comes out (PROMISES C7). */
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from "node:zlib";
import { errnoOf } from "../disk/errors.ts";
import { HttpError } from "./http-error.ts";

/** Takes one Content-Encoding. Throws an HttpError "http-too-large" or "http-invalid". */
export function decodeBody(body: Uint8Array, encoding: string, lengthMax: number): Uint8Array {
  const options = { maxOutputLength: lengthMax };
  try {
    switch (encoding.trim().toLowerCase()) {
      case "":
      case "identity":
        return body;
      case "gzip":
      case "x-gzip":
        return gunzipSync(body, options);
      case "deflate":
        // Half of the servers mean zlib's format, as the standard says, and half the bare one. The first nibble tells.
        return ((body[0] ?? 0) & 0x0f) === 8 ? inflateSync(body, options) : inflateRawSync(body, options);
      case "br":
        return brotliDecompressSync(body, options);
    }
  } catch (cause) {
    if (errnoOf(cause) === "ERR_BUFFER_TOO_LARGE")
      throw new HttpError("http-too-large", `its body is longer than ${lengthMax} bytes`, { cause });
    throw new HttpError("http-invalid", `its body is not in the encoding it says`, { cause });
  }
  throw new HttpError("http-invalid", `its body is in an encoding that is not known here`);
}
